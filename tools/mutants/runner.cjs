/**
 * Jest's runner, for one mutant after another. Stryker asks for tests by name and lets every file load; this one
 * leaves out files that have none of these tests, runs the quick ones first, and stops after the first that fails,
 * or when its seconds of CPU time are used up: what every run touches would be tried by every run.
 */
const { statSync } = require("node:fs");
const { default: TestRunner } = require("jest-runner");

/** The names of the tests of each file that has run in this process. */
const names = new Map();

/** Whole runs in memory come after what is pure, and long files after short ones. */
const cost = ({ path }) => statSync(path).size + (/test.(execute|handlers)/.test(path) ? 1e6 : 0);

const limit = Number(process.env.MUTANTS_SECONDS ?? 60) * 1e6;

module.exports = class extends TestRunner {
  async runTests(tests, watcher, options) {
    let failed = false;
    const begun = process.cpuUsage();
    const used = () => Object.values(process.cpuUsage(begun)).reduce((sum, each) => sum + each);
    this.on("test-file-failure", () => (failed = true));
    this.on("test-file-success", ([{ path }, result]) => {
      failed ||= result.numFailingTests > 0;
      names.set(
        path,
        result.testResults.map(({ fullName }) => fullName),
      );
    });
    const { testNamePattern } = this._globalConfig;
    const wanted = testNamePattern && new RegExp(testNamePattern, "i");
    const has = ({ path }) =>
      !wanted || !names.has(path) || names.get(path).some((name) => wanted.test(name));
    for (const test of tests.filter(has).sort((a, b) => cost(a) - cost(b)))
      if (!wanted || (!failed && used() < limit)) await super.runTests([test], watcher, options);
  }
};
