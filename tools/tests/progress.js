/** Jest's reporter beside its own: how far the run is, now and then. */
const every = 20_000;

module.exports = class Progress {
  #begun = Date.now();
  #told = Date.now();
  #files = 0;

  onRunStart(results) {
    this.#begun = this.#told = Date.now();
    this.#files = results.numTotalTestSuites;
  }

  onTestResult(_test, _result, results) {
    if (Date.now() - this.#told < every) return;
    this.#told = Date.now();
    const done = results.numPassedTestSuites + results.numFailedTestSuites + results.numPendingTestSuites;
    const seconds = Math.round((Date.now() - this.#begun) / 1000);
    process.stderr.write(
      `--- ${done} of ${this.#files} files, ${results.numPassedTests} tests passed, ${results.numFailedTests} failed, ${seconds} s\n`,
    );
  }
};
