/** What is said of machines, each once, with the names of all of which it is: one cause is told once. */
export function together(
  said: readonly (readonly [name: string, note: string])[],
): (readonly [names: string, note: string])[] {
  const on = new Map<string, string[]>();
  for (const [name, note] of said) on.set(note, [...(on.get(note) ?? []), name]);
  return [...on].map(([note, names]) => [names.join(", "), note]);
}
