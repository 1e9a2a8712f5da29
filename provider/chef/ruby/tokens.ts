/** A piece of a Ruby file, as far as a configuration needs it. */
export type Token = {
  /** Offsets in the text. */
  readonly start: number;
  readonly end: number;
  /** White space stands in front: `peers ['a']` gives an argument, `peers['a']` an index. */
  readonly spaced: boolean;
} & (
  | { readonly kind: "word" | "label" | "symbol" | "op"; readonly text: string }
  | { readonly kind: "number"; readonly value: number }
  /** `plain` is false where only Ruby can tell what the text is: interpolation, backticks, heredocs, patterns. */
  | { readonly kind: "string"; readonly text: string; readonly plain: boolean }
  /** `%w[…]`, `%i[…]`. */
  | { readonly kind: "words"; readonly words: readonly string[]; readonly plain: boolean }
  /** The end of a line, or `;`. */
  | { readonly kind: "end" }
  /** From here on nothing can be told: what a person is told of it. */
  | { readonly kind: "broken"; readonly text: string }
);

/** Brackets in each other, and characters for which it is looked ahead: no configuration has more. */
const [deepest, farthest] = [50, 4000];

/** What a kind of token has besides its place. */
type Part = Token extends infer T ? (T extends Token ? Omit<T, "start" | "end" | "spaced"> : never) : never;

const closers: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}", "<": ">" };
const operators =
  /^(?:\*\*=|\|\|=|&&=|<<=|>>=|<=>|===|\.\.\.|=>|==|=~|!=|!~|>=|<=|<<|>>|&&|\|\||&\.|::|\.\.|->|[-+*/%|&^]=|\*\*|[-+*/%|&^~!<>=?:.,()[\]{}])/;
const numbers =
  /^(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+(?![.\d])|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][-+]?\d+)?)/;
const wordStart = /^(?:@{0,2}|\$)[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*[?!]?/;

/**
 * Cuts a Ruby file into tokens, without comments, `=begin … =end` and what follows `__END__`. Lines that go on (an open
 * bracket, an operator or a backslash at the end, a leading dot on the next line) have no `end` between them.
 */
export function tokensOf(source: string): { readonly text: string; readonly tokens: readonly Token[] } {
  const text = source
    .replace(/^\ufeff/, "")
    .replace(/\r\n?/g, "\n")
    .replace(/^__END__\n[^]*/m, "");
  return { text, tokens: new Scanner(text).all() };
}

class Scanner {
  #at = 0;
  #depth = 0;
  #spaced = true;
  readonly #tokens: Token[] = [];
  /** Heredocs whose text begins on the next line. */
  #heredocs: { readonly word: string; readonly indented: boolean }[] = [];

  constructor(readonly text: string) {}

  all(): readonly Token[] {
    if (!this.#comment()) return this.#tokens;
    while (this.#at < this.text.length) if (!this.#next()) break;
    return this.#tokens;
  }

  /** @returns false where nothing behind can be told. */
  #next(): boolean {
    const { text } = this;
    const char = text[this.#at]!;
    const rest = text.slice(this.#at, this.#at + 400);
    if (char === "\n") return this.#lineEnd();
    if (/^[ \t\f\v]/.test(char) || rest.startsWith("\\\n")) {
      this.#at += char === "\\" ? 2 : 1;
      this.#spaced = true;
      return true;
    }
    if (char === "#") {
      while (this.#at < text.length && text[this.#at] !== "\n") this.#at++;
      return true;
    }
    if (char === ";") return this.#push(1, { kind: "end" });
    if (char === '"' || char === "`" || char === "'") return this.#quoted(1, char, char, char !== "'");
    const begins = this.#valueBegins(rest[1] ?? "\n");
    if (begins && char === "%") {
      const [open, type, bracket] = /^%([qQwWiI]?)([^\w\s])/.exec(rest) ?? [];
      if (open !== undefined) return this.#percent(open.length, type!, bracket!);
    }
    // `?"` is a text of one character.
    if (begins && /^\?(?:[^\s\w]|\w(?!\w))/.test(rest))
      return this.#push(2, { kind: "string", text: rest[1]!, plain: true });
    if (begins && char === "/") return this.#pattern();
    if (begins && char === "<") {
      const [opened, indent, quote, word] = /^<<([~-]?)(["'`]?)([A-Za-z_]\w*)\2/.exec(rest) ?? [];
      if (opened !== undefined && (indent !== "" || quote !== "" || /^[A-Z_]/.test(word!))) {
        this.#heredocs.push({ word: word!, indented: indent !== "" });
        return this.#push(opened.length, { kind: "string", text: "", plain: false });
      }
    }
    if (char === ":" && rest[1] !== ":") {
      const symbol = /^:([A-Za-z_]\w*[?!=]?(?![=>]))/.exec(rest) ?? /^:([A-Za-z_]\w*)/.exec(rest);
      if (symbol) return this.#push(symbol[0].length, { kind: "symbol", text: symbol[1]! });
      if (rest[1] === '"' || rest[1] === "'") return this.#quoted(2, rest[1], rest[1], rest[1] === '"');
    }
    const word = wordStart.exec(rest)?.[0];
    if (word !== undefined) {
      if (/^:(?!:)/.test(text.slice(this.#at + word.length, this.#at + word.length + 2)) && !this.#ternary())
        return this.#push(word.length + 1, { kind: "label", text: word });
      // `a!=b` is no method `a!`.
      const cut = /[?!]$/.test(word) && /^=(?![=~>])/.test(text.slice(this.#at + word.length)) ? 1 : 0;
      return this.#push(word.length - cut, { kind: "word", text: word.slice(0, word.length - cut) });
    }
    const sign = begins && /^-\d/.test(rest) ? "-" : "";
    const digits = numbers.exec(rest.slice(sign.length))?.[0];
    if (digits !== undefined) {
      const octal = /^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits;
      const value = Number(octal.replaceAll("_", "")) * (sign === "-" ? -1 : 1);
      return this.#push(sign.length + digits.length, { kind: "number", value });
    }
    const operator = operators.exec(rest)?.[0];
    if (operator === undefined) return this.#broken(`the character ${JSON.stringify(char)}`);
    if ("([{".includes(operator) && ++this.#depth > deepest)
      return this.#broken(`more than ${deepest} brackets in each other`);
    if (")]}".includes(operator)) this.#depth = Math.max(0, this.#depth - 1);
    return this.#push(operator.length, { kind: "op", text: operator });
  }

  #push(length: number, part: Part): true {
    const start = this.#at;
    this.#at += length;
    this.#tokens.push({ ...part, start, end: this.#at, spaced: this.#spaced } as Token);
    this.#spaced = false;
    return true;
  }

  /** @param what as it goes on behind "line N: " */
  #broken(what: string): false {
    const line = this.text.slice(0, this.#at).split("\n").length;
    this.#push(0, { kind: "broken", text: `line ${line}: ${what}` });
    return false;
  }

  #lineEnd(): boolean {
    const start = this.#at++;
    for (const { word, indented } of this.#heredocs) {
      const end = new RegExp(`^${indented ? "[ \\t]*" : ""}${word}$`, "m").exec(this.text.slice(this.#at));
      if (!end) return this.#broken(`a text up to ${word}, which does not end`);
      this.#at += end.index + end[0].length;
    }
    this.#heredocs = [];
    this.#spaced = true;
    if (!this.#comment()) return false;
    const last = this.#tokens.at(-1);
    const open = this.#depth > 0 || (last?.kind === "op" && !/^[)\]}?|]$/.test(last.text));
    if (last && last.kind !== "end" && !open && !this.#goesOn())
      this.#tokens.push({ kind: "end", start, end: start + 1, spaced: true });
    return true;
  }

  /** The next line that is no comment begins with a dot. */
  #goesOn(): boolean {
    return /^(?:[ \t]*(?:#.*)?\n)*[ \t]*&?\.(?!\.)/.test(this.text.slice(this.#at, this.#at + farthest));
  }

  /** Skips `=begin … =end` at the beginning of a line. @returns false where it does not end */
  #comment(): boolean {
    while (/^=begin\b/.test(this.text.slice(this.#at, this.#at + 7))) {
      const end = /^=end\b.*$/m.exec(this.text.slice(this.#at));
      if (!end) return this.#broken("a comment from =begin on, which does not end");
      this.#at += end.index + end[0].length + 1;
    }
    return true;
  }

  /** Whether what comes here begins a value, and is no operator between two. */
  #valueBegins(next: string): boolean {
    const last = this.#tokens.at(-1);
    if (!last || last.kind === "end" || last.kind === "label") return true;
    if (last.kind === "op") return !/^[)\]}]$/.test(last.text);
    return last.kind === "word" && this.#spaced && !/\s|=/.test(next);
  }

  /** `a ? b : c`, where no label can be. */
  #ternary(): boolean {
    for (let at = this.#tokens.length - 1; at >= 0; at--) {
      const token = this.#tokens[at]!;
      if (token.kind === "end") return false;
      if (token.kind === "op" && token.text === "?") return true;
    }
    return false;
  }

  #quoted(skip: number, open: string, close: string, double: boolean): boolean {
    const content = this.#until(this.#at + skip, open, close);
    if (content === null) return this.#broken("a string that does not end");
    const plain = open !== "`" && !(double && /(?<!\\)(?:\\\\)*#[{@$]/.test(content));
    const value = double ? unescapedDouble(content) : content.replace(/\\([\\'])/g, "$1");
    const length = skip + content.length + 1;
    if (skip === 2 && plain) return this.#push(length, { kind: "symbol", text: value });
    const behind = this.text.slice(this.#at + length, this.#at + length + 2);
    if (/^:(?!:)/.test(behind) && plain && !this.#ternary())
      return this.#push(length + 1, { kind: "label", text: value });
    return this.#push(length, { kind: "string", text: value, plain });
  }

  #percent(skip: number, type: string, open: string): boolean {
    const content = this.#until(this.#at + skip, open, closers[open] ?? open);
    if (content === null) return this.#broken("a string that does not end");
    const double = !/[qwi]/.test(type);
    const plain = !(double && /#[{@$]/.test(content)) && !content.includes("\\");
    const length = skip + content.length + 1;
    return /[wWiI]/.test(type)
      ? this.#push(length, { kind: "words", words: content.trim().split(/\s+/).filter(Boolean), plain })
      : this.#push(length, { kind: "string", text: content, plain });
  }

  #pattern(): boolean {
    const length = /^\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])*\/[a-z]*/.exec(this.text.slice(this.#at))?.[0]
      .length;
    return length === undefined
      ? this.#push(1, { kind: "op", text: "/" })
      : this.#push(length, { kind: "string", text: "", plain: false });
  }

  /** What stands up to the closing mark, brackets of the same kind and interpolations in between whole; null: no end. */
  #until(from: number, open: string, close: string): string | null {
    let depth = 0;
    let inner = 0;
    for (let at = from; at < this.text.length; at++) {
      const char = this.text[at]!;
      if (char === "\\") at++;
      else if (open !== "'" && char === "#" && this.text[at + 1] === "{") [inner, at] = [inner + 1, at + 1];
      else if (inner > 0) inner += char === "{" ? 1 : char === "}" ? -1 : 0;
      else if (open !== close && char === open) depth++;
      else if (char === close && depth-- === 0) return this.text.slice(from, at);
    }
    return null;
  }
}

const escapes: Readonly<Record<string, string>> = {
  ...{ n: "\n", t: "\t", s: " ", r: "\r", e: "\u001b", "0": "\0", a: "\u0007", b: "\b", f: "\f", v: "\v" },
};

function unescapedDouble(content: string): string {
  return content.replace(
    /\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{1,2})|\n|([^]))/g,
    (_all, braced?: string, four?: string, hex?: string, char?: string) => {
      const code = braced ?? four ?? hex;
      if (code !== undefined) return String.fromCodePoint(Math.min(parseInt(code, 16), 0x10ffff));
      return char === undefined ? "" : (escapes[char] ?? char);
    },
  );
}
