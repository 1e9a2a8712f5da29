/**
 * Where tests run: Node, and below what a failed test says stands the log of the lab that it used
 * (test/support/labLog.ts). The first lines stay what was promised and what happened instead.
 */
const { TestEnvironment } = require("jest-environment-node");

module.exports = class extends TestEnvironment {
  /** Logs as they were outside: a lab of a test, or of a block of tests, is not the next one's. */
  #outside = [];
  #told = new WeakSet();

  async handleTestEvent({ name, error, test }) {
    const logs = this.global.labLogs;
    if (!logs) return;
    if (/^(test_start|run_describe_start)$/.test(name)) this.#outside.push(new Map(logs.shown));
    if (/^(test_done|run_describe_finish)$/.test(name)) {
      logs.shown = this.#outside.pop();
      logs.blamed = false;
    }
    if (/^(test_fn|hook)_failure$/.test(name) && logs.shown.size > 0)
      await this.#add(asError(error, test), [...logs.shown]);
  }

  async #add(error, logs) {
    if (!(error && typeof error.message === "string" && typeof error.stack === "string")) return;
    if (this.#told.has(error) || !error.stack.includes(error.message)) return;
    this.#told.add(error);
    const texts = await Promise.all(logs.map(([, log]) => textOf(log)));
    const text = logs.map(([what], at) => `${what}:\n${quoted(texts[at])}`).join("\n\n");
    const message = `${error.message}\n\n${text}`;
    const stack = error.stack.replace(error.message, () => message);
    try {
      // What a signal was aborted with has them as getters, and an error may be frozen.
      Object.defineProperties(error, {
        message: { value: message, configurable: true, writable: true },
        stack: { value: stack, configurable: true, writable: true },
      });
    } catch {
      process.stderr.write(`${text}\n`);
    }
  }
};

/** A time-out is told as a string: an error takes its place, with the place of the test as its stack. */
function asError(error, test) {
  const last = test?.errors.at(-1);
  if (typeof error !== "string" || !Array.isArray(last)) return error;
  const places = last[1]?.stack?.split("\n").filter((line) => /^ +at /.test(line)) ?? [];
  last[0] = new Error(error);
  last[0].stack = [error, ...places].join("\n");
  return last[0];
}

const quoted = (text) => (text === "" ? "(nothing)" : text).replace(/^/gm, "    | ");

async function textOf(log) {
  try {
    return await log();
  } catch (error) {
    return `(no log: ${error.message})`;
  }
}
