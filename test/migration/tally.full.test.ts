/** The same as in tally.test.ts of very many organizations: their files take minutes to make. */
import { byTier } from "../support/tier";
import { countMany } from "./backupFolder";

const sizes: [number, number][] = [
  [500, 20],
  [5000, 255],
];
test.each(sizes.slice(0, byTier({ quick: 1, full: 1, soak: 2 })))(
  "%i organizations with names of %i characters: one answer, and little is kept of it",
  countMany,
);
