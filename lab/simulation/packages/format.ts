/** Fills `${Name}` fields in a dpkg-query format; fields that are not known are empty, as in dpkg. */
export function fillDebFormat(format: string, fields: Readonly<Record<string, string>>): string {
  return unescape(format.replace(/\$\{([^};]+)(?:;[^}]*)?\}/g, (_, name: string) => fields[name] ?? ""));
}

/** Fills `%{NAME}` tags in an rpm query format. @throws Error with rpm's words for an unknown tag */
export function fillRpmFormat(format: string, tags: Readonly<Record<string, string>>): string {
  const fill = (_: string, name: string) => {
    const value = tags[name.toUpperCase()];
    if (value === undefined) throw new Error(`error: incorrect format: unknown tag: "${name}"`);
    return value;
  };
  return unescape(format.replace(/%\{([^}:]+)(?::[^}]*)?\}/g, fill)).replaceAll("%%", "%");
}

function unescape(text: string): string {
  const known: Record<string, string> = { n: "\n", t: "\t", "\\": "\\" };
  return text.replace(/\\(.)/g, (whole, letter: string) => known[letter] ?? whole);
}
