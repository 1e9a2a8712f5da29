import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { FactResult } from "../../provider/machine/machine";

/** An output as it was found in public, with where it is from and what it must give. */
export interface Found {
  readonly name: string;
  readonly text: string;
  /** What came on standard error, where that was told apart. */
  readonly errors: string;
  readonly command: string;
  readonly product: string;
  readonly source: string;
  readonly exit?: number;
  readonly facts: Readonly<Record<string, unknown>>;
}

const root = join(__dirname, "../fixtures/field");

/** Every kind of output: one folder a command. */
export const kinds = readdirSync(root).sort();

/** All that was found of one kind. */
export function found(kind: string): Found[] {
  const folder = join(root, kind);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => {
      const name = basename(file, ".json");
      const about = JSON.parse(readFileSync(join(folder, file), "utf8")) as Omit<
        Found,
        "name" | "text" | "errors"
      >;
      const read = (ending: string) => {
        const path = join(folder, `${name}${ending}`);
        return existsSync(path) ? readFileSync(path, "utf8") : "";
      };
      return { ...about, name: `${kind}/${name}`, text: read(".txt"), errors: read(".stderr.txt") };
    });
}

/** As a reading has it; where its exit status is not known it failed only if that is its point. */
export function resultOf({ text, errors, exit, facts }: Found): FactResult {
  return { code: exit ?? (facts.unreadable ? 1 : 0), stdout: text, stderr: errors };
}
