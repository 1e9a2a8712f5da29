import { appendFileSync } from "node:fs";
import { tier } from "../../support/tier";

/** For `npm run test:soak`, which adds them up in its last line (tools/test.mjs). */
export function addFigures(figures: Readonly<Record<string, number>>): void {
  const file = process.env.TEST_FIGURES;
  if (file) appendFileSync(file, `${JSON.stringify(figures)}\n`);
}

/** Whether everything is to be tried, for hours. */
export const everything = tier === "soak";
