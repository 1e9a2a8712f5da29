/** Jest's reporter beside its own: how far the run is, and what it is at, now and then. */
const { relative } = require("node:path");

const every = 20_000;

module.exports = class Progress {
  #files = 0;
  #running = new Set();
  #passed = 0;
  #failed = 0;
  #done = 0;

  onRunStart({ numTotalTestSuites }) {
    const begun = Date.now();
    this.#files = numTotalTestSuites;
    this.timer = setInterval(() => this.#tell(Math.round((Date.now() - begun) / 1000)), every);
    this.timer.unref();
  }

  onTestFileStart({ path }) {
    this.#running.add(relative(process.cwd(), path));
  }

  onTestFileResult({ path }, { numPassingTests, numFailingTests }) {
    this.#running.delete(relative(process.cwd(), path));
    this.#done += 1;
    this.#passed += numPassingTests;
    this.#failed += numFailingTests;
  }

  onRunComplete() {
    clearInterval(this.timer);
  }

  #tell(seconds) {
    const now = [...this.#running].join(", ");
    process.stderr.write(
      `--- ${this.#done} of ${this.#files} files, ${this.#passed} tests passed, ${this.#failed} failed, ${seconds} s; now ${now}\n`,
    );
  }
};
