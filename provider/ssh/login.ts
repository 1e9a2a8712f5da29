import type { AnyAuthMethod, AuthHandlerMiddleware, AuthenticationType, Prompt } from "ssh2";
import { loadPrivateKey } from "./privateKey";
import { Sha512Agent, withSha512 } from "./rsaSha512";
import type { Target } from "./settings";

/** The login on one connection: which methods to try, and what became of them. */
export interface Login {
  readonly authHandler: AuthHandlerMiddleware;
  /** Methods tried so far, for the message. */
  readonly tried: readonly string[];
  /** Methods that the server would still accept, as it last said. */
  readonly accepted: () => readonly string[];
  /** The password has left this machine: whatever happens next, no second attempt (accounts get locked). */
  readonly passwordSent: () => boolean;
  /** Why no password was given although one is there. */
  readonly obstacle: () => string | undefined;
}

/**
 * Offers what is configured and nothing else: private key, then agent, then the password, once, as the method
 * `password` or, where the server has only that, as the answer to one hidden keyboard-interactive prompt.
 * @throws SshError `badKey`.
 */
export function prepareLogin(target: Target): Login {
  const username = target.user;
  const { password, agentSocketPath } = target.settings;
  const key = loadPrivateKey(target);
  // An agent full of other keys would use up the server's attempts before the configured method is tried.
  const agent = agentSocketPath || (key || password ? undefined : process.env["SSH_AUTH_SOCK"]);
  const keys = key ? [key, withSha512(key)].filter((each) => each !== undefined) : [];
  const tried: string[] = [];
  let left: readonly string[] = [];
  let sent = false;
  let obstacle: string | undefined;

  const offer = (method: AnyAuthMethod, name: string): AnyAuthMethod => {
    if (!tried.includes(name)) tried.push(name);
    return method;
  };
  const prompt = (
    _name: string,
    _instructions: string,
    _lang: string,
    prompts: Prompt[],
    finish: (answers: string[]) => void,
  ): void => {
    const [only] = prompts;
    if (sent || prompts.length !== 1 || only?.echo) {
      obstacle ??= "the server asks for more than one password (a one-time code?), which is not supported";
      finish(prompts.map(() => ""));
      return;
    }
    sent = true;
    finish([password!.reveal()]);
  };

  function next(accepts: (type: AuthenticationType) => boolean): AnyAuthMethod | false {
    if (accepts("publickey")) {
      const key = keys.shift();
      if (key) return offer({ type: "publickey", username, key }, "privateKey");
      if (agent && !tried.includes("agent")) {
        return offer({ type: "agent", username, agent: new Sha512Agent(agent) }, "agent");
      }
    }
    if (password && !tried.includes("password")) {
      if (accepts("password")) {
        sent = true;
        return offer({ type: "password", username, password: password.reveal() }, "password");
      }
      if (accepts("keyboard-interactive")) {
        return offer({ type: "keyboard-interactive", username, prompt }, "password");
      }
    }
    return false;
  }

  let asked = false;
  const authHandler: AuthHandlerMiddleware = (authsLeft, partialSuccess, use) => {
    // ssh2 gives null before the first answer, against its types.
    if ((authsLeft as AuthenticationType[] | null) === null && !asked) {
      // "none" makes the server list its methods, as OpenSSH's client does; it costs no attempt.
      asked = true;
      return use({ type: "none", username });
    }
    left = authsLeft ?? [];
    // The key was right, and the server wants something else besides.
    if (partialSuccess && tried.includes("privateKey")) keys.length = 0;
    const method = next((type) => left.includes(type));
    return use(method as AnyAuthMethod);
  };

  return {
    authHandler,
    tried,
    accepted: () => left,
    passwordSent: () => sent,
    obstacle: () => obstacle,
  };
}
