import { createHash } from "node:crypto";
import { fileName } from "../../provider/gate/fileName";
import { validate } from "../../provider/inputs/validate";
import { quote } from "../../provider/shell/quote";
import { cannotBeSent, hostileStrings } from "./hostileStrings";

export const all = hostileStrings("touch $CANARY");
export const sendable = all.filter((text) => !cannotBeSent(text));
export const sha256 = createHash("sha256").update("content").digest("hex");

/** Inputs in which everything is right, changed. */
const inputs = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  version: "2.3.16",
  nodes: ["a", "b", "c"].map((host) => ({ host })),
  packageFile: { path: "/srv/x.deb" },
  ...change,
});
export const checked = (change: Record<string, unknown>) => validate(inputs(change), () => false);
export const isName = (text: string) => {
  try {
    return fileName(text) === quote(text);
  } catch {
    return false;
  }
};

/** Splits the strings into those that validation accepts at a place, and expects its field's name for the others. */
export function accepted(change: (text: string) => Record<string, unknown>, field: string): string[] {
  return all.filter((text) => {
    const { failures } = checked(change(text));
    for (const { property } of failures) expect([text, property]).toEqual([text, field]);
    return failures.length === 0;
  });
}
