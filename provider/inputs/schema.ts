import { z } from "zod";
import { parseVersion } from "../versions/version";

/** A text that may become part of a command or a line: no control characters. */
const line = (what: string) =>
  z
    .string({ error: `expected ${what}` })
    .min(1, `expected ${what}, got nothing`)
    .refine(
      (text) => !/[\u0000-\u001f\u007f]/.test(text),
      `expected ${what} without control characters (NUL, newline, …)`,
    );

const host = line("a host name or IP address").refine(
  (text) => /^[A-Za-z0-9_[][A-Za-z0-9_.:%[\]-]*$/.test(text),
  "expected a host name or IP address, without user, port, path or blanks (the port goes into `port`)",
);
const whole = "expected a port number from 1 to 65535";
const port = z.int(whole).min(1, whole).max(65535, whole);
const user = line("a user name").refine(
  (text) => !text.startsWith("-") && !/\s/.test(text),
  "expected a user name without blanks that does not begin with -",
);
const secret = z.string("expected a text");
const seconds = z.number("expected a number of seconds").positive("expected more than 0 seconds");

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
  perDialTimeout: z.number("expected a number of seconds").min(0, "expected 0 seconds or more").optional(),
};

const connectionFields = {
  ...login,
  knownHosts: z.string("expected the content of a known_hosts file").optional(),
  insecureIgnoreHostKey: z.boolean("expected true or false").optional(),
  proxy: z.strictObject({ host, ...login }).optional(),
  sudo: z.boolean("expected true or false").optional(),
  sudoPassword: secret.optional(),
};

const version = z.string("expected a release such as 2.3.16").refine((text) => parseVersion(text) !== null, {
  error: ({ input }) =>
    `got ${shown(input)}, expected a release such as 2.3.16, or with the package's iteration 2.3.16-1${hint(String(input))}`,
});

function hint(text: string): string {
  if (/^v\d/.test(text)) return ` (without the v: ${text.slice(1)})`;
  if (/[~^<>*x|]|\s-\s/.test(text)) return " (one version, not a range: an upgrade has one target)";
  if (/^\d+(\.\d+)?$/.test(text)) return " (all three numbers)";
  return "";
}

const absolutePath = line("an absolute path on the nodes")
  .refine((text) => text.startsWith("/"), {
    error: ({ input }) => `got ${shown(input)}, expected an absolute path on the nodes, beginning with /`,
  })
  .refine((text) => /\.(deb|rpm)$/.test(text), {
    error: ({ input }) => `got ${shown(input)}, expected a file that ends in .deb or .rpm`,
  })
  .refine((text) => !text.endsWith(".rpm") || !/[\s'"\\*?[\]{}]/.test(text), {
    error: ({ input }) =>
      `got ${shown(input)}, expected a path without blanks, quotes, backslashes, brackets, braces, * and ?: rpm and yum expand them`,
  });
const sha256 = z
  .string("expected a SHA-256 in hexadecimal")
  .regex(/^[0-9a-fA-F]{64}$/, "expected a SHA-256: 64 hexadecimal digits");

const packageFile = z
  .strictObject({
    path: absolutePath.optional(),
    source: line("the path of a file on this machine").optional(),
    url: line("a URL").optional(),
    sha256: sha256.optional(),
  })
  .superRefine((file, context) => {
    const given = (["path", "source", "url"] as const).filter((key) => file[key] !== undefined);
    if (given.length !== 1)
      context.addIssue({
        code: "custom",
        message: `got ${given.join(" and ") || "none of them"}, expected exactly one of path (already on the nodes), source (uploaded) and url (downloaded by the nodes)`,
      });
    if (file.source !== undefined && !/\.(deb|rpm)$/.test(file.source))
      context.addIssue({
        code: "custom",
        path: ["source"],
        message: `got ${shown(file.source)}, expected a file that ends in .deb or .rpm`,
      });
    if (file.url !== undefined && !isPackageUrl(file.url))
      context.addIssue({
        code: "custom",
        path: ["url"],
        message: `got ${shown(file.url)}, expected an http or https URL whose path ends in .deb or .rpm`,
      });
    if (file.url !== undefined && file.sha256 === undefined)
      context.addIssue({
        code: "custom",
        path: ["sha256"],
        message: "is required with url: what the nodes download is installed as root",
      });
  });

function isPackageUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    /\.(deb|rpm)$/.test(url.pathname) &&
    url.username === "" &&
    url.password === ""
  );
}

/** Inputs of `ChefBackendCluster`, as the program gives them. Strict: a misspelt field is an error. */
export const clusterInputs = z.strictObject({
  version,
  nodes: z
    .array(
      z.strictObject({ host, name: line("a name").optional(), ...connectionFields }),
      "expected a list of three backends",
    )
    .length(3, {
      error: ({ input }) =>
        `got ${(input as unknown[]).length}, expected exactly 3 backends: other counts are not supported by the vendor`,
    })
    .superRefine((nodes, context) => {
      nodes.forEach((node, index) => {
        const twin = nodes.findIndex((other) => other.host === node.host && other.port === node.port);
        if (twin < index)
          context.addIssue({
            code: "custom",
            path: [index, "host"],
            message: `got ${shown(node.host)} again (nodes[${twin}]), expected three different backends`,
          });
        const namesake = nodes.findIndex((other) => other.name !== undefined && other.name === node.name);
        if (namesake >= 0 && namesake < index)
          context.addIssue({
            code: "custom",
            path: [index, "name"],
            message: `got ${shown(node.name)} again (nodes[${namesake}]), expected three different names`,
          });
      });
    }),
  connection: z.strictObject(connectionFields).optional(),
  packageFile: packageFile.optional(),
  takeOverFailover: z.boolean("expected true or false").optional(),
  timeouts: z
    .strictObject({
      install: seconds.optional(),
      upgrade: seconds.optional(),
      rejoin: seconds.optional(),
      failover: seconds.optional(),
      stage: seconds.optional(),
      packageLock: seconds.optional(),
      healthy: seconds.optional(),
      statusInterval: seconds.optional(),
    })
    .optional(),
});

export type ClusterInputs = z.infer<typeof clusterInputs>;
export type ConnectionInputs = z.infer<z.ZodObject<typeof connectionFields>>;

/**
 * A value cut short and quoted, for an error. Never called with a secret field; what may be a login or a token
 * in a URL or host is left out all the same.
 */
export function shown(value: unknown): string {
  const text = (JSON.stringify(value) ?? "nothing")
    .replace(/[^/"]*@/g, "…@")
    .replace(/^(".*:\/\/[^?]*\?).*"$/s, '$1…"');
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
