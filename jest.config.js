/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "<rootDir>/tools/tests/environment.js",
  roots: ["<rootDir>/test"],
  // Of every tier: tools/test.mjs narrows it down.
  testMatch: ["**/*.test.ts"],
  testSequencer: "<rootDir>/tools/tests/longestFirst.js",
  reporters: ["default", "<rootDir>/tools/tests/progress.js"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2023" }, module: { type: "commonjs" } },
    ],
  },
  // Most tests wait for processes and for a scaled clock: every core gets one at a time.
  maxWorkers: "100%",
  // Nothing here depends on absolute speed: the limit only ends what hangs.
  testTimeout: 900_000,
};
