/**
 * Reads `cleanup --no-op`: what it would still remove, in Chef's words of its why-run mode (chef, provider/directory.rb,
 * file.rb, user.rb); none where it says nothing of the kind.
 */
export function parseLeftovers(text: string): string[] {
  return [...text.matchAll(/^\s*- Would (?:delete|remove) (.*\S)/gm)].map((match) =>
    match[1]!.replace(/^existing (?:directory|file) (?=\/)/, ""),
  );
}
