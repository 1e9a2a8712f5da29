/** The last line of `chef-server-ctl test`, which is rspec's: how many examples it has run (reports in test/fixtures/field/server-test). */
export const testSummary = /^\d+ examples?, \d+ failures?\b/;

/** Whether one of these lines tells that anything was tested: with nothing to run rspec ends with 0, too. */
export const hasTested = (summaries: readonly string[]): boolean =>
  summaries.some((line) => !/^0 examples/.test(line));
