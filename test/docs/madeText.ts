import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * What stands between `<!-- NAME: … -->` and `<!-- /NAME -->` of a page is made by the code. `REWRITE_DOCS=1` puts it there.
 * @param page below the project's root
 * @returns what stands there now
 */
export function madeText(page: string, name: string, made: string): string {
  const path = join(__dirname, "../..", page);
  const whole = new RegExp(`(<!-- ${name}: [^>]* -->\\n)([^]*?)(<!-- /${name} -->)`);
  const text = readFileSync(path, "utf8");
  if (!whole.test(text)) throw new Error(`${page} has no place for ${name}`);
  if (process.env.REWRITE_DOCS === "1")
    writeFileSync(
      path,
      text.replace(whole, (_all, begin: string, _old, end: string) => `${begin}\n${made}\n\n${end}`),
    );
  return whole.exec(readFileSync(path, "utf8"))![2]!.trim();
}
