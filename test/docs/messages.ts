import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** All sources of a folder, with texts that are put together from several literals read as one. */
export function providerText(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n")
    .replace(/["'`]\s*\+\s*["'`]/g, "");
}

/** The fixed parts of a message as the troubleshooting page quotes it: what stands between its ellipses. */
export function messageFragments(cell: string): string[] {
  return cell
    .replaceAll("`", "")
    .split("…")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
