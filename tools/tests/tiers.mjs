/** The three tiers of tests: what is in each, for how long, and what a run leaves to the others. */

const ofRealMachines = "real machines (needs root on Linux)";
const slowAndSampled = ["--testMatch", "**/*.full.test.ts", "**/*.sampled.test.ts"];

export const tiers = {
  quick: {
    command: "npm test",
    does: [
      "types, lint and format",
      "everything in memory, the lab, SSH against servers in the process, the scripts under real shells",
      "through the real Pulumi engine: a rolling and a full-downtime upgrade, a failure and its resume, Enterprise Chef, the migration",
    ],
    minutes: "9 minutes on 2 cores",
    files: ["--testMatch", "**/*.test.ts", "--testPathIgnorePatterns", "\\.(full|soak)\\.test\\.ts$"],
    leaves: `npm run test:full: ${ofRealMachines}, further paths through the engine, OpenSSH, faults, more random schedules`,
  },
  full: {
    command: "npm run test:full",
    does: [
      ofRealMachines,
      "further paths, the secrets, kills and the packed package through the real Pulumi engine",
      "OpenSSH, full disks, hostile strings under real shells",
      "more of what the quick tier tries a sample of",
    ],
    minutes: "35 minutes on 2 cores",
    files: slowAndSampled,
    leaves: "npm test: what is in the quick tier alone; npm run test:soak: the same as here for hours",
  },
  soak: {
    command: "npm run test:soak",
    does: [
      `each fault and kill at each step on ${ofRealMachines}`,
      "every path of the matrix through the engine; every moment, and thousands of random schedules, in memory",
    ],
    minutes: "many hours",
    files: [...slowAndSampled, "**/*.soak.test.ts"],
    leaves: "npm test: what is in the quick tier alone",
  },
};
