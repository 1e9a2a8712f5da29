import type { Token } from "./tokens";

/** A value that a Ruby file gives as it stands there. */
export type Literal = string | number | boolean | null | readonly Literal[];

interface Read {
  readonly value: Literal;
  /** The token behind it. */
  readonly next: number;
}

const constants: Readonly<Record<string, boolean | null>> = { true: true, false: false, nil: null };

/** Reads a literal from a token on; null where only Ruby can tell what stands there. */
export function literalAt(tokens: readonly Token[], at: number): Read | null {
  let read = operandAt(tokens, at);
  while (read && isOp(tokens[read.next], "*")) {
    const factor = operandAt(tokens, read.next + 1);
    if (typeof read.value !== "number" || typeof factor?.value !== "number") return null;
    read = { value: read.value * factor.value, next: factor.next };
  }
  return read;
}

/** `1` or `"a", "b"` up to the end: what a setting is given. Several make a list. */
export function literalsUpTo(tokens: readonly Token[], at: number, end: number): Literal | undefined {
  const values: Literal[] = [];
  for (let next = at; ;) {
    const read = literalAt(tokens, next);
    if (!read || read.next > end) return undefined;
    values.push(read.value);
    if (read.next === end) return values.length === 1 ? values[0] : values;
    if (!isOp(tokens[read.next], ",")) return undefined;
    next = read.next + 1;
  }
}

export function isOp(token: Token | undefined, text: string): boolean {
  return token?.kind === "op" && token.text === text;
}

function operandAt(tokens: readonly Token[], at: number): Read | null {
  const token = tokens[at];
  switch (token?.kind) {
    case "number":
      return { value: token.value, next: at + 1 };
    case "symbol":
      return { value: token.text, next: at + 1 };
    case "words":
      return token.plain ? { value: token.words, next: at + 1 } : null;
    case "string":
      return stringAt(tokens, at);
    case "word":
      return Object.hasOwn(constants, token.text) ? { value: constants[token.text]!, next: at + 1 } : null;
    case "op":
      return bracketAt(tokens, at, token.text);
    default:
      return null;
  }
}

/** Texts that stand beside each other are one. */
function stringAt(tokens: readonly Token[], from: number): Read | null {
  let [text, at] = ["", from];
  for (let token = tokens[at]; token?.kind === "string"; token = tokens[++at]) {
    if (!token.plain) return null;
    text += token.text;
  }
  return { value: text, next: at };
}

function bracketAt(tokens: readonly Token[], at: number, open: string): Read | null {
  if (open === "(") {
    const inner = literalAt(tokens, at + 1);
    return inner && isOp(tokens[inner.next], ")") ? { ...inner, next: inner.next + 1 } : null;
  }
  return open === "[" ? listAt(tokens, at + 1) : null;
}

function listAt(tokens: readonly Token[], from: number): Read | null {
  const values: Literal[] = [];
  for (let at = from; ;) {
    if (isOp(tokens[at], "]")) return { value: values, next: at + 1 };
    const read = literalAt(tokens, at);
    if (!read) return null;
    values.push(read.value);
    if (!isOp(tokens[read.next], ",") && !isOp(tokens[read.next], "]")) return null;
    at = isOp(tokens[read.next], ",") ? read.next + 1 : read.next;
  }
}
