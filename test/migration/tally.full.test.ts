/** The same as in tally.test.ts of very many organizations: their files take minutes to make. */
import { countMany } from "./backupFolder";

test.each([
  [500, 20],
  [5000, 255],
])("%i organizations with names of %i characters: one answer, and little is kept of it", countMany);
