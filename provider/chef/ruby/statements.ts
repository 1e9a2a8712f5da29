import { type Token, tokensOf } from "./tokens";

/** A statement of a Ruby file. */
export interface Statement {
  readonly tokens: readonly Token[];
  /** As it stands there, on one line. */
  readonly text: string;
  /** What it depends on, as it stands there: the beginning of the block around it; null where it is always run. */
  readonly within: string | null;
}

/** What is read of a file: `broken` says from where on it could not be, for people. */
export interface RubyFile {
  readonly statements: readonly Statement[];
  readonly broken: string | null;
}

const openers = new Set(["if", "unless", "while", "until", "case", "for", "begin", "def", "class", "module"]);
/** Behind a statement they only say when it holds. */
const modifiers = new Set(["if", "unless", "while", "until"]);
const loops = new Set(["while", "until", "for"]);
/** A word behind these begins a statement of its own. */
const beginners = new Set(["then", "else", "do", "begin", "ensure", "and", "or", "not"]);

/** Reads the statements of a Ruby file, in their order. Never throws. */
export function statementsOf(source: string): RubyFile {
  const { text, tokens } = tokensOf(source);
  const statements: Statement[] = [];
  const around: string[] = [];
  let broken: string | null = null;
  for (let at = 0; at < tokens.length;) {
    let end = at;
    while (end < tokens.length && !["end", "broken"].includes(tokens[end]!.kind)) end++;
    const [own, last] = [tokens.slice(at, end), tokens[end]];
    if (own.length > 0) {
      const said = text.slice(own[0]!.start, own.at(-1)!.end).replace(/\s+/g, " ");
      const within = around.at(-1) ?? null;
      statements.push({ tokens: own, text: said, within });
      for (const change of blocksOf(own))
        if (change > 0) around.push(said);
        else if (around.pop() === undefined) broken ??= `\`${said}\` ends a block that was not begun`;
    }
    if (last?.kind === "broken") broken ??= last.text;
    at = end + 1;
  }
  if (around.length > 0) broken ??= `\`${around[0]!}\` begins a block that does not end`;
  return { statements, broken };
}

/** Which blocks a statement begins (1) and ends (-1). */
function blocksOf(tokens: readonly Token[]): number[] {
  let loop = false;
  return tokens.flatMap((token, at) => {
    const before = tokens[at - 1];
    if (token.kind !== "word" || (before?.kind === "op" && /^(?:&?\.|::)$/.test(before.text))) return [];
    if (before?.kind === "word" && before.text === "def") return [];
    if (token.text === "end") return [-1];
    if (token.text === "do") {
      const ofLoop = loop;
      loop = false;
      return ofLoop ? [] : [1];
    }
    if (!openers.has(token.text) || (modifiers.has(token.text) && !beginsHere(before))) return [];
    loop ||= loops.has(token.text);
    return [1];
  });
}

function beginsHere(before: Token | undefined): boolean {
  if (!before) return true;
  if (before.kind === "word") return beginners.has(before.text);
  return before.kind === "op" && !/^[)\]}]$/.test(before.text);
}
