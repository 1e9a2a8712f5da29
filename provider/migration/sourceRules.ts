import { drbdText, isInStep, isSyncing } from "../drbd/drbd";
import { refuse } from "../plan/refusals/rule";
import { closedSource } from "./record";
import type { Rule } from "./rule";

const wrongSource =
  "Give the two backends and the frontends of a Chef server 12 in DRBD/keepalived HA in source";

/** The old system really is what there is a way out of. */
const notDrbdHa: Rule = (_spec, { oldBackends, oldFrontends }) =>
  [...oldBackends, ...oldFrontends].flatMap(({ name, package: pkg, ha }) => {
    if (pkg.state === "absent")
      return [refuse("source", `${name} has no chef-server-core package installed`, wrongSource)];
    const topology = ha === null || ha.topology === "" ? "no topology" : `topology "${ha.topology}"`;
    const message = `${name} is no machine of a DRBD/keepalived HA Chef server: its configuration names ${topology}, expected "ha"`;
    return ha?.topology === "ha" ? [] : [refuse("source", message, wrongSource)];
  });

const otherVip: Rule = (_spec, { oldBackends, oldFrontends }) => {
  const machines = [...oldBackends, ...oldFrontends].filter(({ ha }) => ha?.topology === "ha");
  const named = machines.map(({ name, ha }) => `${name} ${ha!.vip || "none"}`).join(", ");
  if (machines.some(({ ha }) => ha!.vip === ""))
    return [
      refuse(
        "source",
        `A machine's configuration names no address of the active backend (backend_vip): ${named}`,
        "Knife asks the old pair there while its frontends are stopped: complete /etc/opscode/chef-server.rb",
      ),
    ];
  const same = new Set(machines.map(({ ha }) => ha!.vip)).size <= 1;
  return same
    ? []
    : [
        refuse(
          "source",
          `The machines in source are not of one system, by its backend_vip: ${named}`,
          wrongSource,
        ),
      ];
};

/** A copy of stale data would be a migration to the past. */
const outOfStep: Rule = ({ timeouts }, { oldBackends }) =>
  oldBackends
    .filter(({ drbd }) => !isInStep(drbd))
    .map(({ name, drbd }) =>
      refuse(
        "drbd",
        `${name}: DRBD is not in step: ${drbdText(drbd)}`,
        "Both backends must be Connected and UpToDate: see `cat /proc/drbd`",
        isSyncing(drbd) ? timeouts.cluster : 0,
      ),
    );

const noMaster: Rule = ({ source, timeouts }, { oldBackends }) => {
  // One that cannot be reached is told of as such.
  if (oldBackends.length < source.backends.length) return [];
  const masters = oldBackends.filter(({ keepalived }) => keepalived === "master");
  const said = oldBackends.map(({ name, keepalived }) => `${name} ${keepalived || "unknown"}`).join(", ");
  if (masters.length === 1) return [];
  const message = `One old backend must be active, by /var/opt/opscode/keepalived/current_cluster_status: ${said}`;
  return [refuse("source", message, "Bring keepalived into order first", timeouts.services)];
};

const notServing: Rule = ({ timeouts }, { oldFrontends }, record) =>
  oldFrontends
    .filter(({ name, answer }) => answer !== "pong" && !closedSource(record).includes(name))
    .map(({ name, answer }) =>
      refuse(
        "source",
        `old frontend ${name} does not answer its clients (${answer})`,
        `See \`chef-server-ctl status\` on ${name}`,
        timeouts.services,
      ),
    );

/** Found now, and not when the old frontends are closed already. */
const noKnife: Rule = ({ source: { knife } }, { oldFrontends }, record) =>
  oldFrontends.flatMap(({ name, knifeLacks }) =>
    knifeLacks
      .filter(({ command }) => command === "ec backup" || !record?.tidyReport)
      .map(({ command, problem }) => {
        const [plugin, other] =
          command === "ec backup"
            ? ["knife-ec-backup", "give another knife in source.knife"]
            : ["knife-tidy", "set tidy: false"];
        return refuse(
          command === "ec backup" ? "source" : "tidy",
          `${name}: \`${knife} ${command}\` cannot be run: ${problem}`,
          `Install the plugin there (\`${knife.replace(/knife$/, "gem")} install ${plugin}\`), or ${other}`,
        );
      }),
  );

/** The old system is one that there is this way out of, whole, and serves. */
export const sourceRules: Rule[] = [notDrbdHa, otherVip, outOfStep, noMaster, notServing, noKnife];
