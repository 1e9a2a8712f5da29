import { appendFileSync } from "node:fs";

/** For `npm run test:full`, which adds them up in its last line (tools/test.mjs). */
export function addFigures(figures: Readonly<Record<string, number>>): void {
  const file = process.env.TEST_FIGURES;
  if (file) appendFileSync(file, `${JSON.stringify(figures)}\n`);
}

/** Whether everything is to be tried: `npm run test:full`. */
export const full = process.env.FULL === "1";
