import type { Reading } from "../../provider/machine/machine";

/** A reading of a machine on which this provider has left nothing yet. */
export const aReading = (facts: Reading["facts"], change: Partial<Reading> = {}): Reading => ({
  ...{ facts, lock: null, jobs: [], record: "", guard: "", upgradedTo: "", upgradedAt: null },
  ...{ address: null, installation: null, stateDir: "/state", clockOffset: 0, clockUncertainty: 0 },
  ...change,
});
