/**
 * The order of the test files. Jest begins with those that took longest, but on a clean machine it knows no times: those
 * that wait for engines and machines go first then, so that none of them is alone at the end.
 */
const { default: Sequencer } = require("@jest/test-sequencer");

const long = [
  "/machines/",
  "/pulumi/",
  "/security/",
  "/gate/",
  "/endToEnd/",
  "/faults/",
  ".sampled.",
  "/execute/",
];
const rank = ({ path }) => {
  const at = long.findIndex((part) => path.includes(part));
  return at < 0 ? long.length : at;
};

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const known = super.sort(tests);
    return tests.some(({ duration }) => duration !== undefined)
      ? known
      : known.toSorted((a, b) => rank(a) - rank(b));
  }
};
