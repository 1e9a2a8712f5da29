import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** An output as it was found in public, with where it is from and what it must give. */
export interface Found {
  readonly name: string;
  readonly text: string;
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
      const about = JSON.parse(readFileSync(join(folder, file), "utf8")) as Omit<Found, "name" | "text">;
      return { ...about, name: `${kind}/${name}`, text: readFileSync(join(folder, `${name}.txt`), "utf8") };
    });
}
