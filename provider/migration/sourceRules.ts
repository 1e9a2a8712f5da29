import { isInStep } from "../drbd/drbd";
import { refuse } from "../plan/refusal";
import { drbdOutOfSync } from "../plan/refusals/drbd";
import { unreadableDatabase } from "../plan/refusals/anyMachine";
import { closedSource } from "./record";
import type { Rule } from "./rule";

const wrongSource =
  "list the two backends and the frontends of one Chef server 12 with DRBD and keepalived in `source`";

/** The old system really is what there is a way out of. */
const notDrbdHa: Rule = ({ timeouts }, { oldBackends, oldFrontends }) =>
  [...oldBackends, ...oldFrontends].flatMap((machine) => {
    const { name, package: pkg, ha } = machine;
    if (pkg.state === "unreadable") return unreadableDatabase("source", machine, timeouts.packageLock);
    if (pkg.state === "absent")
      return [
        refuse({
          code: "source",
          what: "Package chef-server-core is not installed",
          where: name,
          seen: "neither dpkg nor rpm knows a chef-server-core package",
          next: wrongSource,
        }),
      ];
    const topology = ha === null || ha.topology === "" ? "no topology" : `topology "${ha.topology}"`;
    return ha?.topology === "ha"
      ? []
      : [
          refuse({
            code: "source",
            what: "Machine of another kind of Chef server",
            where: name,
            seen: `its configuration names ${topology}, expected "ha" (DRBD and keepalived)`,
            next: wrongSource,
          }),
        ];
  });

const otherVip: Rule = (_spec, { oldBackends, oldFrontends }) => {
  const machines = [...oldBackends, ...oldFrontends].filter(({ ha }) => ha?.topology === "ha");
  const named = machines.map(({ name, ha }) => `${name} ${ha!.vip || "none"}`).join(", ");
  if (machines.some(({ ha }) => ha!.vip === ""))
    return [
      refuse({
        code: "source",
        what: "Address of the active backend is missing",
        where: machines.filter(({ ha }) => ha!.vip === "").map(({ name }) => name),
        seen: `no backend_vip in /etc/opscode/chef-server.rb: ${named}`,
        next: "add it; knife asks the old pair there while its frontends are stopped",
      }),
    ];
  const same = new Set(machines.map(({ ha }) => ha!.vip)).size <= 1;
  return same
    ? []
    : [
        refuse({
          code: "source",
          what: "Machines of different Chef servers",
          where: machines.map(({ name }) => name),
          seen: `backend_vip: ${named}`,
          next: wrongSource,
        }),
      ];
};

/** A copy of stale data would be a migration to the past. */
const outOfStep: Rule = ({ timeouts }, { oldBackends }) =>
  oldBackends
    .filter(({ drbd }) => !isInStep(drbd))
    .map(({ name, drbd }) => drbdOutOfSync(name, drbd, timeouts.cluster));

const noMaster: Rule = ({ source, timeouts }, { oldBackends }) => {
  // One that cannot be reached is told of as such.
  if (oldBackends.length < source.backends.length) return [];
  const masters = oldBackends.filter(({ keepalived }) => keepalived === "master");
  const said = oldBackends.map(({ name, keepalived }) => `${name} ${keepalived || "unknown"}`).join(", ");
  if (masters.length === 1) return [];
  return [
    refuse({
      code: "source",
      what: "No single active backend",
      where: oldBackends.map(({ name }) => name),
      seen: `${said} in /var/opt/opscode/keepalived/current_cluster_status, expected one master`,
      next: "fix keepalived; it can take minutes to settle",
      waitable: timeouts.services,
    }),
  ];
};

const notServing: Rule = ({ timeouts }, { oldFrontends }, record) =>
  oldFrontends
    .filter(({ name, answer }) => answer !== "pong" && !closedSource(record).includes(name))
    .map(({ name, answer }) =>
      refuse({
        code: "source",
        what: "Old frontend does not answer",
        where: name,
        seen: `/_status: ${answer}`,
        next: "run `chef-server-ctl status` there and fix what it shows",
        waitable: timeouts.services,
      }),
    );

/** Found now, and not when the old frontends are closed already. */
const noKnife: Rule = ({ source: { knife } }, { oldFrontends }, record) =>
  oldFrontends.flatMap(({ name, knifeLacks }) =>
    knifeLacks
      .filter(({ command }) => command === "ec backup" || !record?.tidyReport)
      .map(({ command, problem }) => {
        const [plugin, other] =
          command === "ec backup"
            ? ["knife-ec-backup", "set `source.knife` to another knife"]
            : ["knife-tidy", "set `tidy: false`"];
        return refuse({
          code: command === "ec backup" ? "source" : "tidy",
          what: "Knife plugin cannot be run",
          where: name,
          seen: `\`${knife} ${command}\`: ${problem}`,
          next: `install it there (\`${knife.replace(/knife$/, "gem")} install ${plugin}\`), or ${other}`,
        });
      }),
  );

/** The old system is one that there is this way out of, whole, and serves. */
export const sourceRules: Rule[] = [notDrbdHa, otherVip, outOfStep, noMaster, notServing, noKnife];
