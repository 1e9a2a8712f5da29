import { failoverReading } from "../../cluster/failover";
import { healthProblems, healthProblemsWithout, isWell, type SearchHealth } from "../../cluster/health";
import { onByGuard } from "../../cluster/record";
import { leadsTooEarly, type NodeView, othersNeed, type View } from "../view";
import { refuse, type Rule } from "./rule";

const notTied: Rule = (_spec, view) =>
  view.tied.problems.map((problem) =>
    refuse("membership", problem, "Give each backend of this one cluster once, by an address of its own"),
  );

const anotherCluster: Rule = (spec, view) => {
  const seen = [...view.tied.rows.values()].map((row) => row.guid);
  const known = spec.knownGuids;
  return known.length > 0 && seen.length > 0 && !seen.some((guid) => known.includes(guid))
    ? [
        refuse(
          "membership",
          `This is another cluster than the one adopted: none of the GUIDs ${known.join(", ")} is in it`,
          "Check the hosts; for another cluster use another resource",
        ),
      ]
    : [];
};

const unhealthy: Rule = (spec, view) => {
  const inside = view.inside;
  const problems = healthProblems(view.state, spec.search);
  if (problems.length === 0) return [];
  if (inside && mayFinish(view, spec.search)) return [];
  const ours = inside ? `. Our unfinished step is on ${inside.name}` : "";
  return [
    refuse(
      "unhealthy",
      `The cluster is not healthy: ${problems.join("; ")}${ours}`,
      "Nothing is changed while a backend is missing or behind; see `chef-backend-ctl status` on the nodes",
      spec.timeouts.healthy,
    ),
  ];
};

/**
 * The exception of promise 2: only the backend with our unfinished step is out, or it led and took the
 * leadership with it while failover is off by us.
 */
function mayFinish(view: View, search?: SearchHealth): boolean {
  if (leadsTooEarly(view) || servesUntouched(view.inside!)) return false;
  const problems = healthProblemsWithout(view.state, view.inside!.name, search);
  const leaderless = view.nodes.every((node) => node.role !== "leader");
  return problems.length === 0 || (leaderless && othersFollow(view));
}

/**
 * Its install has not begun, or has left its services alone: what is not healthy now is not its doing, and it is
 * not taken out too.
 */
function servesUntouched({ needsInstall, needsUpgrade, state }: NodeView): boolean {
  const up = typeof state.status !== "string" && state.status.every(isWell);
  const asBefore = needsInstall ? state.package.state === "installed" : state.running.kind === "older";
  return needsUpgrade && asBefore && up;
}

/**
 * The leader's own install took it down: both others run all their services, and wait for a leader. Whether they
 * are done does not matter: nobody serves until failover is on or this one is back.
 */
function othersFollow(view: View): boolean {
  return view.nodes.every(
    ({ inside, role, state }) =>
      inside ||
      (role !== "missing" &&
        typeof state.clusterStatus !== "string" &&
        typeof state.status !== "string" &&
        state.status.every(isWell)),
  );
}

const tooEarly: Rule = (_spec, view) => {
  const { inside } = view;
  // Where it must be installed again anyway nothing is lost when it waits for its turn as the leader.
  const waits = inside?.needsInstall && inside.state.package.state === "installed";
  if (!inside || !leadsTooEarly(view) || waits) return [];
  const others = othersNeed(view).map((node) => node.name);
  return [
    refuse(
      "roles",
      `${inside.name}, which an earlier run did not finish, has become the leader before ${others.join(" and ")} ${others.length === 1 ? "was" : "were"} upgraded`,
      `The leader comes last: hand over by \`chef-backend-ctl set-cluster-failover on\` and \`chef-backend-ctl promote ${others[0]}\`, then run again`,
    ),
  ];
};

const blockedByOthers: Rule = (spec, view) => {
  // A guard that said that it would turn it on may not have got so far.
  const owned = view.record !== null && (view.record.failover === "off" || onByGuard(view.record));
  return failoverReading(view.state) === "off" && !owned && !spec.takeOverFailover
    ? [
        refuse(
          "failover",
          "Failover is off, and not by us: another operator may mean it",
          "Turn it on (`chef-backend-ctl set-cluster-failover on`), or set takeOverFailover: true",
        ),
      ]
    : [];
};

/** Which cluster it is, and whether its backends are the ones that are given. */
export const identityRules: Rule[] = [notTied, anotherCluster];

/** What the backends say of the cluster. */
export const clusterRules: Rule[] = [notTied, anotherCluster, unhealthy, tooEarly, blockedByOthers];
