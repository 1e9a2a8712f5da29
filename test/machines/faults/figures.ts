import { appendFileSync } from "node:fs";
import { tier } from "../../support/tier";

/** A run adds them up and prints the sums (tools/test.mjs). */
export function addFigures(figures: Readonly<Record<string, number>>): void {
  const file = process.env.TEST_FIGURES;
  if (file) appendFileSync(file, `${JSON.stringify(figures)}\n`);
}

/** Whether everything is to be tried, for hours. */
export const everything = tier === "soak";
