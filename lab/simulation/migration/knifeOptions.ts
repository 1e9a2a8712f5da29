/** A command line of knife. */
export interface KnifeCall {
  /** What is no option. */
  readonly words: readonly string[];
  /** By long name; `true` where there is no value. */
  readonly options: Readonly<Record<string, string | true>>;
}

const short: Record<string, string> = {
  ...{ "-c": "--config", "-s": "--server-url", "-u": "--user", "-k": "--key" },
  ...{ "-y": "--yes", "-V": "--verbose", "-VV": "--verbose" },
};
const common = {
  values: ["config", "server-url", "user", "key"],
  flags: ["yes", "verbose", "no-color", "help"],
};
const sql = ["host", "port", "db", "user", "password", "cert", "key", "rootcert"].map(
  (name) => `sql-${name}`,
);
const ec = {
  values: ["error-log-dir", "concurrency", "webui-key", "secrets-file", "only-org", ...sql],
  flags: ["with-user-sql", "with-key-sql", "skip-useracl", "skip-version-check", "purge"],
};
/** What the gems' subcommands know (knife-ec-backup, knife-tidy). */
const known: Record<string, { values: string[]; flags: string[] }> = {
  "ec backup": ec,
  "ec restore": {
    ...ec,
    flags: [...ec.flags, "overwrite-pivotal", "skip-users", "skip-user-ids", "no-skip-user-ids"],
  },
  "tidy server report": { values: ["orgs", "node-threshold", "keep-versions"], flags: [] },
};

/** @returns the call and its subcommand; a string is knife's complaint */
export function parseKnife(args: readonly string[]): (KnifeCall & { readonly command: string }) | string {
  const command = Object.keys(known).find((each) => args.join(" ").startsWith(each));
  if (command === undefined) return `FATAL: Cannot find subcommand for: '${args.join(" ")}'`;
  const { values, flags } = known[command]!;
  const rest = args.slice(command.split(" ").length);
  const words: string[] = [];
  const options: Record<string, string | true> = {};
  for (let at = 0; at < rest.length; at++) {
    const [option, given] = rest[at]!.split(/=(.*)/s, 2) as [string, string | undefined];
    const name = (short[option] ?? option).slice(2);
    if (!option.startsWith("-")) words.push(rest[at]!);
    else if ([...values, ...common.values].includes(name)) options[name] = given ?? rest[++at] ?? "";
    else if ([...flags, ...common.flags].includes(name)) options[name] = true;
    else return `Error: invalid option: ${option}`;
  }
  return { command, words, options };
}
