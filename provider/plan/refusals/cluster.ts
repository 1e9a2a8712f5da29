import { failoverReading } from "../../cluster/failover";
import { longestPromotion } from "../../chef/cluster/promotion";
import {
  healthProblems,
  healthProblemsWithout,
  isLeaderless,
  isWell,
  type SearchHealth,
} from "../../cluster/health";
import { onByGuard } from "../../cluster/record";
import { isDeposed, leadsTooEarly, type NodeView, othersNeed, type View } from "../view";
import type { Refusal } from "../refusal";
import type { UpgradeSpec } from "../spec";
import { identityRules } from "./membership";
import { refuse, type Rule } from "./rule";
import { isUnreadable, unreadableOutput } from "./unreadable";

const unhealthy: Rule = (spec, view) => {
  const inside = view.inside;
  const problems = healthProblems(view.state, spec.search);
  if (problems.length === 0) return [];
  if (inside && mayFinish(view, spec.search)) return [];
  if (view.unfinished.length > 1) return [severalUnfinished(spec, view, problems)];
  const unread = isUnreadable(view, spec.search);
  const seen = problems.filter((problem) => !unread(problem));
  const unreadable = unreadableOutput(spec, view);
  if (seen.length === 0) return unreadable;
  const parts = unhealthyParts(view, seen);
  return [
    ...unreadable,
    refuse({
      code: "unhealthy",
      what: "Cluster is not healthy",
      ...parts,
      seen: inside ? `${parts.seen}; ${inside.name} is unfinished` : parts.seen,
      waitable: Math.max(spec.timeouts.healthy, isLeaderless(seen) ? longestPromotion : 0),
    }),
  ];
};

/** With two backends out nothing is started: a person brings one of them back, then this provider finishes the other. */
function severalUnfinished(spec: UpgradeSpec, view: View, problems: readonly string[]): Refusal {
  const [first, ...others] = inOrder(view.unfinished);
  const runs = view.unfinished.map(({ name, state: { claim } }) => {
    const run = claim?.run ?? view.record?.run;
    return `${name}: begun by run ${run}, and not finished`;
  });
  return refuse({
    code: "unfinished",
    what: "More than one backend is unfinished",
    where: view.unfinished.map(({ name }) => name),
    seen: [...runs, problems.join("; ")].join("\n"),
    next: [
      `bring ${first!.name} back first: \`chef-backend-ctl upgrade\` there, once it has chef-backend ${spec.version}`,
      `run \`pulumi up\` again once it has rejoined: it finishes ${others.map(({ name }) => name).join(", then ")}`,
    ].join("\n"),
    waitable: spec.timeouts.healthy,
  });
}

/** Followers first: who led, or may have, comes last. */
const inOrder = (nodes: readonly NodeView[]): NodeView[] =>
  [...nodes].sort((a, b) => Number(a.role === "leader") - Number(b.role === "leader"));

/** Where it is not healthy and what to do: the backends that the problems name, otherwise all of them. */
export function unhealthyParts(
  { state }: Pick<View, "state">,
  problems: readonly string[],
): Pick<Refusal, "where" | "seen" | "next"> {
  const seen = problems.join("; ");
  const named = state.nodes.map(({ name }) => name).filter((name) => isNamed(seen, name));
  const on = named.length > 0 ? named.join(", ") : "the backends";
  // Where the table of members alone is odd the other command shows nothing wrong.
  const ofMembers = /^(?:cluster-status |Elasticsearch shows |the backends do not agree )/;
  const command = problems.every((problem) => ofMembers.test(problem)) ? "cluster-status" : "status";
  const where = named.length > 0 ? named : ["the cluster"];
  // Its status is well: what is missing are followers.
  if (problems.every((problem) => problem.includes("503 at /leader")))
    return {
      where,
      seen,
      next: `compare \`leaderl.required_active_followers\` in chef-backend.rb on ${on} with the followers that replicate; \`curl -q --noproxy '*' -i localhost:7331/leader\` there must answer 200`,
    };
  return { where, seen, next: `run \`chef-backend-ctl ${command}\` on ${on} and fix what it shows` };
}

/** As a word of its own: not `backend-1` in `backend-10`. */
function isNamed(text: string, name: string): boolean {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<![\\w.-])${escaped}(?![\\w-]|\\.\\w)`).test(text);
}

/**
 * The exception of promise 2: only the backend with our unfinished step is out, or it led and took the
 * leadership with it while failover is off by us.
 */
function mayFinish(view: View, search?: SearchHealth): boolean {
  if (leadsTooEarly(view) || servesUntouched(view.inside!)) return false;
  const problems = healthProblemsWithout(view.state, view.inside!.name, search);
  const leaderless = view.nodes.every((node) => node.role !== "leader");
  return problems.length === 0 || ((leaderless || isDeposed(view)) && othersFollow(view));
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

/**
 * An unfinished leader that serves waits for its turn: it is finished last, like any leader. Not one whose package is half
 * installed: it would be left so for as long as all the others take.
 */
const tooEarly: Rule = (_spec, view) => {
  const { inside } = view;
  if (!inside || !leadsTooEarly(view) || inside.state.package.state === "installed") return [];
  const others = othersNeed(view).map((node) => node.name);
  return [
    refuse({
      code: "roles",
      what: "Unfinished backend has become the leader",
      where: inside.name,
      seen: `it leads with a package that is half installed, and ${others.join(" and ")} ${others.length === 1 ? "is" : "are"} not upgraded yet; the leader comes last`,
      next: [
        "turn failover on: `chef-backend-ctl set-cluster-failover on`",
        `hand over leadership: \`chef-backend-ctl promote ${others[0]}\``,
        "run `pulumi up` again",
      ].join("\n"),
    }),
  ];
};

const blockedByOthers: Rule = (spec, view) => {
  // A guard that said that it would turn it on may not have got so far.
  const owned = view.record !== null && (view.record.failover === "off" || onByGuard(view.record));
  return failoverReading(view.state) === "off" && !owned && !spec.takeOverFailover
    ? [
        refuse({
          code: "failover",
          what: "Failover is already off",
          where: "the cluster",
          seen: "leaders blocked, no run of this provider turned failover off",
          next: "ask who did; then `chef-backend-ctl set-cluster-failover on`, or set `takeOverFailover: true`",
        }),
      ]
    : [];
};

/** What the backends say of the cluster. */
export const clusterRules: Rule[] = [...identityRules, unhealthy, tooEarly, blockedByOthers];
