import { Balancer } from "../../lab/simulation/balancer";
import type { UpgradeResult } from "../../provider/execute/upgradeCluster";
import type { FrontendsSpec, UpgradeSpec } from "../../provider/plan/spec";
import { debPath, Rehearsal } from "../support/rehearsal";
import * as check from "./checks";
import * as downtime from "./downtimeRig";
import { allProblems as frontendProblems, type Given, Site, target } from "./frontendsRig";
import * as reindex from "./reindexRig";

/** A procedure to be interrupted: where it begins, what is asked for, and what must hold once it has ended well. */
export interface Scenario {
  readonly build: () => Rehearsal | Promise<Rehearsal>;
  readonly change: (r: Rehearsal) => Partial<UpgradeSpec>;
  readonly problems: (r: Rehearsal, result: UpgradeResult) => string[];
}

type Options = ConstructorParameters<typeof Rehearsal>[0];

/** The package is brought to every backend. */
function staged(r: Rehearsal): Partial<UpgradeSpec> {
  const file = "chef-backend.deb";
  const sha256 = r.nodes[0]!.sha256(debPath);
  const staging = { kind: "upload" as const, source: debPath, sha256, file };
  return { packages: { "2.3.16": { path: file, sha256, staging, stagedKiB: 200 } } };
}

export const rolling = (options: Options = {}): Scenario => ({
  build: () => new Rehearsal(options),
  change: () => ({}),
  problems: check.allProblems,
});

export const withDowntime = (options: Options = {}): Scenario => ({
  build: () => downtime.oldCluster(options),
  change: () => ({ allowDowntime: "2.3.16" }),
  problems: (r, result) => [...downtime.problems(r, result), ...downtime.repeated(r)],
});

export const withReindex = (frontend: string = reindex.withMaintenance): Scenario => ({
  build: () => reindex.aRehearsal(reindex.oneHop, frontend),
  change: (r) => reindex.asked(r, reindex.oneHop, { reindexTestOrg: "acme" }),
  problems: (r, result) => [...reindex.endProblems(r, result), ...reindex.harm(r)],
});

/** Frontends behind a load balancer, one of them with an add-on. */
class Balanced extends Site {
  readonly balancer: Balancer;

  constructor(given: Given) {
    super({ ...given, change: { "frontend-1": { addons: { "chef-manage": "3.2.20" } }, ...given.change } });
    this.balancer = new Balancer(this.sim);
    this.runHere = async (line, { FRONTEND_HOST: host = "" }) => {
      await this.clock.sleep(1000);
      const own = this.sim.frontends.find((each) => [each.name, each.ip].includes(host))!;
      this.balancer[line as "drain" | "undrain"](own.name);
      return { code: 0, output: "" };
    };
  }
}

const everything: Partial<FrontendsSpec> = {
  ...{ smokeTest: true, reconfigureAddons: true },
  drain: { command: "drain", undo: "undrain", wait: 0 },
};

export const frontends = (given: Given = {}, change: Partial<UpgradeSpec> = {}): Scenario => ({
  build: () => new Balanced(given),
  change: (r) => (r as Site).asked(everything, change),
  problems: (r, result) => [
    ...frontendProblems(r as Site, result),
    ...[...(r as Balanced).balancer.out].map((name) => `${name} gets no clients`),
  ],
});

export const cleanup: Scenario = {
  build: async () => {
    const r = new Site();
    expect(frontendProblems(r, await r.run())).toEqual([]);
    return r;
  },
  change: (r) => (r as Site).asked({ cleanup: target }),
  problems: (r, result) => frontendProblems(r as Site, result),
};

/** Every procedure, so that among them every kind of step is performed. */
export const procedures: Record<string, Scenario> = {
  rolling: { ...rolling(), change: staged },
  "rolling, with a leader that goes on with its old build": {
    ...rolling(),
    build: () => {
      const r = new Rehearsal();
      r.sim.switches("backend-1").upgradeRestartsNothing = 1;
      return r;
    },
  },
  "rolling, after an interrupted installation": {
    ...rolling(),
    build: () => check.lostWithJob("backend-2/install", 14),
  },
  "rolling, the leader stopped by its own installation": {
    ...rolling(),
    build: () => {
      const r = new Rehearsal();
      r.sim.switches("backend-1").installBreaksLeader = true;
      return r;
    },
  },
  downtime: withDowntime(),
  "downtime, with an `upgrade` that waits for a leader": {
    ...withDowntime(),
    build: () => {
      const r = downtime.oldCluster();
      r.sim.upgradeAlone = "waits";
      return r;
    },
  },
  reindex: withReindex(),
  frontends: frontends(),
  cleanup,
};
