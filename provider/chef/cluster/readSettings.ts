import { isOp, type Literal, literalsUpTo } from "../ruby/literal";
import { type Statement, statementsOf } from "../ruby/statements";
import type { Token } from "../ruby/tokens";

/** What a file gives for a key. */
export type Given =
  | { readonly kind: "given"; readonly value: Literal; readonly line: string }
  /** Only Ruby can tell: `line` is what stands in the way, `names` whether it names this very key. */
  | { readonly kind: "untold"; readonly line: string; readonly names: boolean };

/** These can set whatever they like, wherever they stand. */
const anything = new Set(
  (
    "eval instance_eval class_eval module_eval instance_exec class_exec send public_send __send__ load require_relative " +
    "from_file from_string from_hash merge! method define_method binding"
  ).split(" "),
);
/** Behind a part of the configuration these may set any of its keys; other words there are other settings. */
const ofAPart =
  /!$|^(?:restore|reset|configuration|update|store|tap|then|with|configure|save|each\w*|to_h|to_hash)$/;
/** Of Ruby's own library: none of them knows of a configuration. */
const harmless = new Set(
  "socket json yaml ipaddr resolv etc open3 fileutils time date set uri erb net/http securerandom tempfile English".split(
    " ",
  ),
);
const assignments = /^(?:[-+*/%|&^]|\*\*|\|\||&&|<<|>>)?=$|^<<$/;
/** Words of the longest key, and the one behind it. */
const longestKey = 4;
/** Behind these words no value of the setting in front of them begins. */
const noValue = new Set(
  "if unless while until and or then end in rescue not else elsif when ensure".split(" "),
);

/**
 * Reads settings as Mixlib::Config evaluates them: `key value`, `key = value`, `key(value)`, in dotted form
 * (`postgresql.port`) and in brackets (`postgresql['port']`); the last one counts.
 * @param keys those that are looked for, in dotted form
 * @returns by key what stands there; a key that stands nowhere is not in it
 */
export function readSettings(source: string, keys: readonly string[]): ReadonlyMap<string, Given> {
  const found = new Map<string, Given>();
  const { statements, broken } = statementsOf(source);
  const untold = (matches: (key: string) => boolean, line: string, names: boolean) => {
    for (const key of keys.filter(matches)) found.set(key, { kind: "untold", line, names });
  };
  let returned: string | null = null;
  // `postgresql = …` makes a variable of that name, and hides what is behind it from then on.
  const hidden = new Set<string>();
  for (const statement of statements) {
    const within = statement.within ?? returned;
    const line = within === null ? statement.text : `${statement.text} (in \`${within}\`)`;
    const set = within === null ? assignmentOf(statement, keys) : null;
    const [first, second] = statement.tokens;
    const name = first?.kind === "word" ? first.text : "";
    if (set && (set.key === name || !hidden.has(name))) {
      found.set(set.key, { kind: "given", value: set.value, line });
      continue;
    }
    for (const { prefix, exact } of mentionsIn(statement, keys))
      untold(
        (key) => key === prefix || (!exact && (prefix === "" || key.startsWith(`${prefix}.`))),
        line,
        exact,
      );
    if (name === "return") returned = statement.text;
    if (isOp(second, "=")) hidden.add(name);
  }
  if (broken !== null) untold(() => true, broken, false);
  return found;
}

interface Chain {
  readonly path: readonly string[];
  /** Behind `path` stands an index that only Ruby can tell. */
  readonly dynamic: boolean;
  readonly next: number;
}

/** `postgresql.port`, `postgresql['port']`, `self.vip`, `self[:vip]` from a token on; null where no such thing begins. */
function chainAt(tokens: readonly Token[], from: number): Chain | null {
  const first = tokens[from];
  if (first?.kind !== "word") return null;
  const path = first.text === "self" ? [] : [first.text];
  let at = from + 1;
  for (;;) {
    const token = tokens[at];
    const behind = tokens[at + 1];
    if ((isOp(token, ".") || isOp(token, "&.")) && behind?.kind === "word") {
      path.push(behind.text);
      at += 2;
    } else if (isOp(token, "[") && !token!.spaced) {
      const name =
        behind?.kind === "symbol" || (behind?.kind === "string" && behind.plain) ? behind.text : null;
      if (name === null || !isOp(tokens[at + 2], "]"))
        return { path, dynamic: true, next: closing(tokens, at) };
      path.push(name);
      at += 3;
    } else return { path, dynamic: false, next: at };
  }
}

/** The token behind a bracket. */
function closing(tokens: readonly Token[], from: number): number {
  let depth = 0;
  for (let at = from; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (token.kind !== "op") continue;
    if (/^[([{]$/.test(token.text)) depth++;
    if (/^[)\]}]$/.test(token.text) && --depth === 0) return at + 1;
  }
  return tokens.length;
}

/** The key that a statement gives, and its value as it stands there. */
function assignmentOf(
  { tokens }: Statement,
  keys: readonly string[],
): { readonly key: string; readonly value: Literal } | null {
  const chain = chainAt(tokens, 0);
  const key = chain?.path.join(".") ?? "";
  if (!chain || chain.dynamic || !keys.includes(key)) return null;
  const value = valueFrom(tokens, chain.next);
  return value === undefined ? null : { key, value };
}

function valueFrom(tokens: readonly Token[], at: number): Literal | undefined {
  const [token, end] = [tokens[at], tokens.length];
  if (isOp(token, "=")) return literalsUpTo(tokens, at + 1, end);
  if (isOp(token, "(") && !token!.spaced)
    return isOp(tokens[end - 1], ")") ? literalsUpTo(tokens, at + 1, end - 1) : undefined;
  return at < end && token!.spaced ? literalsUpTo(tokens, at, end) : undefined;
}

interface Mention {
  /** A key, or the part of the configuration whose keys are meant; empty: any key. */
  readonly prefix: string;
  readonly exact: boolean;
}

/** What a statement that cannot be read may set. */
function mentionsIn({ tokens }: Statement, keys: readonly string[]): Mention[] {
  const isPart = (path: string) => path === "" || keys.some((key) => key.startsWith(`${path}.`));
  const mentions: Mention[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (token.kind !== "word") continue;
    const ofAnother = isOp(tokens[at - 1], ".") || isOp(tokens[at - 1], "&.") || isOp(tokens[at - 1], "::");
    const chain = chainAt(tokens, at)!;
    // No key is longer; what stands behind only tells what is done to it.
    const path = [...chain.path.slice(0, longestKey), ...chain.path.slice(longestKey).slice(-1)];
    const known = path.findLastIndex((_name, end) => isPart(path.slice(0, end + 1).join(".")));
    const part = path.slice(0, known + 1).join(".");
    const key = path.slice(0, known + 2).join(".");
    const sets = setsAt(tokens, chain.next) || (at === 0 && isOp(tokens[chain.next], ","));
    if (keys.includes(key)) {
      if (path.length === known + 2 && (sets || chain.dynamic)) mentions.push({ prefix: key, exact: true });
      // `publish_address.replace "…"`: the very value is changed.
      else if (path.length > known + 2 && /!$|^(?:replace|push|concat|insert|unshift|<<)$/.test(path.at(-1)!))
        mentions.push({ prefix: key, exact: true });
    } else if (token.text === "require") {
      const file = tokens[isOp(tokens[at + 1], "(") ? at + 2 : at + 1];
      if (!(file?.kind === "string" && harmless.has(file.text))) mentions.push({ prefix: "", exact: false });
    } else if (known >= 0 && !ofAnother) {
      const behind = path[known + 1];
      if (behind === undefined || anything.has(behind) || ofAPart.test(behind))
        mentions.push({ prefix: part, exact: false });
    } else if (token.text === "self" && !ofAnother) {
      if (path.length === 0 || anything.has(path[0]!)) mentions.push({ prefix: "", exact: false });
    } else if (path.some((name) => anything.has(name))) mentions.push({ prefix: "", exact: false });
    at = Math.max(at, chain.dynamic ? at : chain.next - 1);
  }
  return mentions;
}

/** Whether a value follows: `= 1`, `||= 1`, `(1)`, ` 1`, ` x`. */
function setsAt(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  switch (token?.kind) {
    case undefined:
      return false;
    case "op":
      if (assignments.test(token.text)) return true;
      if (token.text === "(") return !isOp(tokens[at + 1], ")");
      return token.spaced && /^(?:\[|\{|->)$/.test(token.text);
    case "word":
      return !noValue.has(token.text);
    default:
      return true;
  }
}
