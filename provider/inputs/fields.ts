import { z } from "zod";
import { isShortName } from "../chef/server/organizations";
import { parseVersion } from "../versions/version";
import { shown } from "./shown";

/** Half of a character: it would not arrive as it is. */
const wholeCharacters = (text: string) => !/\p{Cs}/u.test(text);

/** A text that may become part of a command or a line: no control characters, nothing that turns or hides text. */
export const line = (what: string) =>
  z
    .string({ error: `expected ${what}` })
    .min(1, `expected ${what}`)
    .refine(
      (text) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text),
      `expected ${what} without control characters (NUL, newline, …) and invisible ones`,
    )
    .refine(wholeCharacters, `expected ${what} in whole characters, not half of a surrogate pair`);

/** It becomes part of names of files on the node, and of job ids. */
const short = (text: string) => new TextEncoder().encode(text).length <= 180;

const addressOrName = "a host name or IP address";

/** Digits and dots, or colons, are an address, a zone (`fe80::1%eth0`) among it; whatever else there is a name. */
function isHost(text: string): boolean {
  if (text.includes(":")) return z.ipv6().safeParse(text.replace(/%[\w.-]+$/, "")).success;
  return /^[\d.]+$/.test(text) ? z.ipv4().safeParse(text).success : /^\w[\w.-]*$/.test(text);
}

/** An IPv6 address may stand in brackets, as in URLs: nothing else knows them. */
export const host = line(addressOrName)
  .overwrite((text) => text.replace(/^\[(.*:.*)\]$/, "$1"))
  .refine(
    isHost,
    `expected ${addressOrName}, without user, port, path or blanks (the port goes into \`port\`)`,
  )
  .refine(short, `expected ${addressOrName} of at most 180 characters`);
const name = line("a name")
  .refine((text) => !text.startsWith("."), "expected a name that does not begin with a dot")
  .refine(short, "expected a name of at most 180 bytes");
const whole = "expected a port number from 1 to 65535";
export const port = z.int(whole).min(1, whole).max(65535, whole);
const user = line("a user name").refine(
  (text) => !text.startsWith("-") && !/\s/.test(text),
  "expected a user name without blanks that does not begin with -",
);
const secret = z
  .string("expected a text")
  .refine(wholeCharacters, "expected a text in whole characters, not half of a surrogate pair");

/** Seconds: beyond 2147483 a timer of Node's fires at once. */
const longest = 2_000_000;
const time = z
  .number("expected a number of seconds")
  .max(longest, `expected at most ${longest} seconds (about 23 days)`);

export const seconds = time.positive("expected more than 0 seconds");

export const secondsOrNone = time.min(0, "expected 0 seconds or more");

/** Shorter, a run that lives could miss it: it sends a heartbeat every 10 s, and may lose one or two. */
const shortestGuard = 30;
const guardTime = `expected 0 (off), or ${shortestGuard} to ${longest} seconds`;
export const secondsOrOff = z
  .number(guardTime)
  .refine((time) => time === 0 || (time >= shortestGuard && time <= longest), guardTime);
export const trueOrFalse = z.boolean("expected true or false");

/** A version of a package; `what` says of what, with an example at its end. */
export const version = (what: string) =>
  z.string(`expected ${what}`).refine((text) => parseVersion(text) !== null, {
    error: ({ input }) =>
      `got ${shown(input)}, expected ${what}, or with the package's iteration ${what.split(" ").at(-1)}-1${hint(String(input))}`,
  });

/** One build of a package, named so that what is said of it does not stay for the next. @param example of a build */
export const build = (example: string) => {
  const expected = `expected one build with the package's iteration, such as ${example}`;
  return z.string(expected).refine((text) => (parseVersion(text)?.iteration ?? null) !== null, {
    error: ({ input }) => `got ${shown(input)}, ${expected}`,
  });
};

function hint(text: string): string {
  if (/^v\d/.test(text)) return ` (without the v: ${text.slice(1)})`;
  if (/[~^<>*x|]|\s-\s/.test(text)) return " (one version, not a range: an upgrade has one target)";
  if (/^\d+(\.\d+)?$/.test(text)) return " (all three numbers)";
  return "";
}

export const organization = z
  .string("expected an organization's short name")
  .regex(
    isShortName,
    "expected an organization's short name: lower-case letters, digits, - and _, not beginning with -",
  );

/** An organization, and the version that something was accepted for: so that it does not stay for the next. */
export const partialIndex = z.string("expected an organization with a version").refine(
  (text) => {
    const [name, version, ...more] = text.split("@");
    return organization.safeParse(name).success && parseVersion(version ?? "") !== null && more.length === 0;
  },
  {
    error: ({ input }) =>
      `got ${shown(input)}, expected an organization's short name, @, and the version that the error names: acme@2.3.16`,
  },
);

const login = {
  port: port.optional(),
  user: user.optional(),
  password: secret.optional(),
  privateKey: secret.optional(),
  privateKeyPassword: secret.optional(),
  agentSocketPath: line("the path of an agent's socket").optional(),
  hostKey: line("a public key such as `ssh-ed25519 AAAA…`").optional(),
  dialErrorLimit: z
    .int("expected a whole number")
    .min(-1, "expected a whole number, -1 (no limit) or more")
    .optional(),
  perDialTimeout: secondsOrNone.optional(),
};

export const connectionFields = {
  ...login,
  knownHosts: z.string("expected the content of a known_hosts file").optional(),
  insecureIgnoreHostKey: trueOrFalse.optional(),
  proxy: z.strictObject({ host, ...login }).optional(),
  sudo: trueOrFalse.optional(),
  sudoPassword: secret.optional(),
};

/** Ids of machines that do not exist any more. */
export const goneMachines = z
  .array(line("the id of a machine, as the refusal prints it"), "expected a list of ids of machines")
  .optional();

/** A backend or a frontend: where it is, what it is called, and what is different about its connection. */
export const machine = z.strictObject({ host, name: name.optional(), ...connectionFields });
