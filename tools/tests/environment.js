/**
 * Where tests run: Node, and below what a failed test says stands the log of the lab that it used
 * (test/support/labLog.ts). The first lines stay what was promised and what happened instead.
 */
const { TestEnvironment } = require("jest-environment-node");

module.exports = class extends TestEnvironment {
  #before = new Map();

  handleTestEvent({ name, error }) {
    // A lab that a test starts for itself is not the next one's.
    if (name === "test_start") this.#before = new Map(this.global.labLogs);
    if (name === "test_done") this.global.labLogs = this.#before;
    if (name !== "test_fn_failure" && name !== "hook_failure") return;
    if (!(error && typeof error.message === "string" && typeof error.stack === "string")) return;
    // The lab that was used last is not the one of the counterexample.
    if (/^Property failed after/.test(error.message)) return;
    const logs = [...(this.global.labLogs ?? [])].map(([what, log]) => `${what}:\n${indented(textOf(log))}`);
    if (logs.length === 0) return;
    const message = `${error.message}\n\n${logs.join("\n\n")}`;
    error.stack = error.stack.replace(error.message, () => message);
    error.message = message;
  }
};

const indented = (text) => text.replace(/^/gm, "    ");

function textOf(log) {
  try {
    return log();
  } catch (error) {
    return `(no log: ${error.message})`;
  }
}
