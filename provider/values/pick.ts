/** The entries of an object whose names are wanted. */
export function pick<V>(
  object: Readonly<Record<string, V>>,
  isWanted: (name: string) => boolean,
): Record<string, V> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => isWanted(name)));
}
