/**
 * Reads `cleanup --no-op`: the folders that it would still remove, in Chef's words of its why-run mode (chef,
 * provider/directory.rb); none where it says nothing of the kind.
 */
export function parseLeftovers(text: string): string[] {
  return [...text.matchAll(/Would delete existing directory (\/\S+)/g)].map((match) => match[1]!);
}
