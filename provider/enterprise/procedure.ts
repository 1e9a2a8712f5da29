import * as ctl from "./commands";
import { configFolder, oldData } from "./facts";
import type { EnterpriseStep } from "./plan";
import { isMaster, keepalivedStands, mustStop } from "./standing";
import type { EnterpriseMachine, Pair } from "./state";
import { install, stage, stepsOf } from "./stepsOf";
import { type EnterpriseView, needsInstall } from "./view";

/**
 * Private Chef to Enterprise Chef 11, high availability, with downtime (vendor's page "Upgrade to Enterprise Chef 11:
 * High Availability").
 *
 *   1. reconfigure on every machine, one after another: services in a sane state, the package on every machine
 *   2. stop on all frontends, side by side                                                     (DOWNTIME BEGINS)
 *   3. stop keepalived on the secondary backend, once DRBD is Connected and UpToDate/UpToDate on both; the bootstrap
 *      backend, the primary one, is waited for until it is master
 *   4. the package installed on the secondary backend, on the primary one, then on all frontends side by side
 *                                                                                              (POINT OF NO RETURN)
 *   5. upgrade on the primary; after a time-out again
 *   6. /etc/opscode from the primary to every other machine, verified by the checksums of all files
 *   7. upgrade on the secondary; both keepalived states verified, mended once where they are not right
 *   8. upgrade on the first frontend alone, then on the others side by side
 *   9. start on all: backends, then frontends                                                  (DOWNTIME ENDS)
 *  10. status verified on every machine
 *
 * Guarantees:
 * - Nothing is stopped before the whole preflight has passed; no backend gives up its data to one that is behind.
 * - Until the first installation begins, a failure starts what was stopped. From then on there is only the way
 *   forward, and the next run goes on from where this one ended.
 * - No frontend serves between its stop and its start, whoever boots it: it is stopped again.
 * - Each command that ended well is not run a second time; one that still runs is waited for.
 * - Old data is destroyed by `cleanup` only, never in the run that upgraded (`cleanupSteps`).
 */
export function upgradeSteps(view: EnterpriseView, { primary, secondary }: Pair): EnterpriseStep[] {
  const { spec, state, done, begun } = view;
  const { frontends } = state;
  const [first, ...later] = frontends;
  const undone = (word: string, machines: readonly EnterpriseMachine[]) =>
    machines.filter(({ name }) => !done(`${name}/${word}`));
  const step = stepsOf(view);
  const needs = view.order.filter((machine) => needsInstall(view, machine));
  const waits = done("cluster/await-master") && (done(`${primary.name}/upgrade`) || isMaster(primary));

  return [
    ...stage(view, needs, step),

    ...(begun(`${secondary.name}/stop-keepalived`) ? [] : undone("reconfigure", needs)).flatMap((machine) =>
      step("reconfigure", [machine], "reconfiguring", [ctl.reconfigure()], {
        reason: "all services shall be in a sane state",
      }),
    ),

    ...step(
      "stop",
      frontends.filter((each) => mustStop(view, each)),
      "stopping all services",
      [ctl.stop()],
      {
        reason: "nobody may write while the data is upgraded",
        verify: "no service runs",
      },
    ),

    ...step(
      "stop-keepalived",
      keepalivedStands(view, secondary) ? [] : [secondary],
      "stopping keepalived",
      [ctl.stop("keepalived")],
      {
        reason: "the bootstrap backend has to be the active one; this may trigger a failover",
        guard: "DRBD is Connected and UpToDate/UpToDate on both backends",
      },
    ),
    ...step("await-master", waits ? [] : "cluster", `waiting for ${primary.name} to be master`, [], {
      reason: "the upgrade of the data begins on the active backend",
      verify: `current_cluster_status on ${primary.name} says master`,
      timeout: spec.timeouts.keepalived,
    }),

    ...[secondary, primary]
      .filter((each) => needs.includes(each))
      .flatMap((each) => install(view, [each], step)),
    ...install(
      view,
      frontends.filter((each) => needs.includes(each)),
      step,
    ),

    ...step("upgrade-primary", undone("upgrade", [primary]), "upgrading", [ctl.upgrade()], {
      id: `${primary.name}/upgrade`,
      reason: "the primary backend has the data",
      guard: `it is master, nobody else runs; after a time-out again, ${spec.upgradeAttempts} times at most`,
      timeout: spec.timeouts.upgrade,
    }),

    ...[[secondary], frontends].flatMap((machines) =>
      step(
        "copy-config",
        undone("copy-config", machines),
        `taking over ${configFolder} from ${primary.name}`,
        [],
        {
          reason: "every machine has to know what the primary's upgrade has made",
          verify: "all files have the same SHA-256, owners and modes",
          timeout: spec.timeouts.copy,
        },
      ),
    ),

    ...step("upgrade", undone("upgrade", [secondary]), "upgrading", [ctl.upgrade()], {
      reason: "after the primary",
      guard: `${configFolder} is the primary's`,
      timeout: spec.timeouts.upgrade,
    }),
    ...step(
      "settle-keepalived",
      done("cluster/settle-keepalived") ? [] : "cluster",
      "waiting for keepalived",
      [],
      {
        reason: "the upgrade has started it again",
        verify: `${primary.name} is master, ${secondary.name} is backup`,
        timeout: spec.timeouts.keepalived,
      },
    ),

    ...[first ? [first] : [], later].flatMap((machines) =>
      step("upgrade", undone("upgrade", machines), "upgrading", [ctl.upgrade()], {
        reason: machines.includes(first!) ? "the first frontend alone" : "after the first frontend",
        guard: `${configFolder} is the primary's`,
        timeout: spec.timeouts.upgrade,
      }),
    ),

    ...[[primary], [secondary], frontends].flatMap((machines) =>
      step("start", undone("start", machines), "starting all services", [ctl.start()], {
        reason: "every machine is upgraded",
      }),
    ),

    ...verify(view),
  ];
}

/**
 * What the upgrade has left of the release before is destroyed, one machine after another. Only where the program
 * says so, in a later run than the one that upgraded, with every machine verified at the version.
 */
export function cleanupSteps(view: EnterpriseView): EnterpriseStep[] {
  const step = stepsOf(view);
  return [
    ...view.order
      .filter(({ name }) => !view.done(`${name}/cleanup`))
      .flatMap((machine) =>
        step("cleanup", [machine], "destroying the old data", [ctl.cleanup()], {
          reason: `cleanup is true: ${oldData}`,
          guard: `every machine is verified at ${view.spec.version}, since an earlier run`,
        }),
      ),
    ...verify(view),
  ];
}

function verify(view: EnterpriseView): EnterpriseStep[] {
  return stepsOf(view)("verify", "cluster", "verifying every machine", [], {
    reason: "what ended well need not be well",
    verify: "the package, private-chef-ctl status and keepalived's state are right on every machine",
  });
}
