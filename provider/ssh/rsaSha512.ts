import { BaseAgent, createAgent, type ParsedKey, type SignCallback, type SigningRequestOptions } from "ssh2";

/** What RSA signatures with SHA-512 are called (RFC 8332). */
const NAME = "rsa-sha2-512";

/**
 * The same RSA key for signatures with SHA-512; `undefined` for a key of another type. ssh2 signs with SHA-256 wherever
 * the server knows that, and never tries SHA-512 then; but OpenSSH's server (9.2) names all that it knows, also
 * what its PubkeyAcceptedAlgorithms forbids. OpenSSH's client begins with SHA-512.
 */
export function withSha512(key: ParsedKey): ParsedKey | undefined {
  if (key.type !== "ssh-rsa") return undefined;
  // ssh2 asks for a signature under the name of the key's type.
  return Object.create(key, {
    type: { value: NAME },
    sign: { value: (data: Buffer) => key.sign(data, "sha512") },
  }) as ParsedKey;
}

/** An agent that offers its keys, and then the RSA ones among them once more for SHA-512. */
export class Sha512Agent extends BaseAgent<ParsedKey> {
  readonly #agent: BaseAgent;
  readonly #again = new Map<ParsedKey, ParsedKey>();

  constructor(socketPath: string) {
    super();
    this.#agent = createAgent(socketPath);
  }

  override getIdentities(done: (error?: Error | null, keys?: ParsedKey[]) => void): void {
    this.#agent.getIdentities((error, keys = []) => {
      if (error) return done(error);
      for (const key of keys as ParsedKey[]) {
        const again = withSha512(key);
        if (again) this.#again.set(again, key);
      }
      done(null, [...(keys as ParsedKey[]), ...this.#again.keys()]);
    });
  }

  override sign(key: ParsedKey, data: Buffer, options: SigningRequestOptions, done?: SignCallback): void;
  override sign(key: ParsedKey, data: Buffer, done: SignCallback): void;
  override sign(key: ParsedKey, data: Buffer, options: unknown, done?: SignCallback): void {
    const rsa = this.#again.get(key);
    if (rsa) this.#agent.sign(rsa, data, { hash: "sha512" }, done);
    else this.#agent.sign(key, data, options as SigningRequestOptions, done);
  }
}
