import { documentedPlaces, placesOf } from "../chef/cluster/places";
import { isSameMachine } from "../chef/machine/sameMachine";
import { type Hop, isRebuild } from "../cluster/hop";
import { newestRecord, type RunRecord } from "../cluster/record";
import type { ClusterState } from "../cluster/state";
import type { Refusal } from "../plan/plan";
import { isInMaintenance, owesReindex, stoppedFrontends } from "../plan/frontendView";
import { closedFrontends, progressOf, sameHop } from "../plan/progress";
import { notApproved } from "../plan/refusals/approval";
import type { UpgradeSpec } from "../plan/spec";
import { duration } from "../report/events";
import { release } from "../versions/version";

type Backends = Pick<ClusterState, "nodes">;
type Machines = Pick<ClusterState, "nodes" | "frontends">;

/**
 * Machines, not entries: one that is listed twice stands still all the same; and none that somebody has in maintenance. What a
 * run has closed or stopped says nothing of that.
 */
function isOnlyOne({ nodes, frontends }: Machines): boolean {
  const record = newestRecord(nodes.map((node) => node.record));
  const ours = [...closedFrontends(record), ...stoppedFrontends(record)];
  const serving = frontends.filter(
    (each, at) =>
      (!isInMaintenance(each) || ours.includes(each.name)) &&
      !frontends.slice(0, at).some((other) => isSameMachine(each, other)),
  );
  return serving.length === 1;
}

/**
 * Backends that want more followers than are left while one of them is upgraded: as long as it is out the leader answers
 * frontends with 503 at `/leader`, and they have no backend (config_rb_backend).
 */
function inNeedOfFollowers({ nodes }: Backends): { readonly name: string; readonly needed: string }[] {
  return nodes.flatMap(({ name, config }) => {
    const needed = config["leaderl.required_active_followers"];
    // Whoever names it without a plain number means some number of them.
    if (needed?.kind === "untold") return needed.names ? [{ name, needed: "not readable" }] : [];
    return needed && needed.value > nodes.length - 2 ? [{ name, needed: String(needed.value) }] : [];
  });
}

/** How the same goes without downtime. */
function fewerFollowers(wanting: ReturnType<typeof inNeedOfFollowers>, { nodes }: Backends): string {
  const now = wanting.map(({ name, needed }) => `${needed} on ${name}`).join(", ");
  return `or, for an upgrade without downtime, set \`leaderl.required_active_followers\` to at most ${nodes.length - 2} in chef-backend.rb (now ${now}), then run \`chef-backend-ctl reconfigure\` there`;
}

/** All frontends share one index: none serves while it is rebuilt after their upgrade. */
function closesForReindex(spec: UpgradeSpec, hop: Hop, { nodes }: Backends): boolean {
  const record = newestRecord(nodes.map((node) => node.record));
  return hop.method === "frontends" && owesReindex(spec, hop, progressOf(record, hop));
}

/** How the frontends are upgraded without it. */
const declined = ({ to }: Hop) =>
  `or, to leave the search index as it is, set \`frontends.skipReindex: "${release(to)}"\`: Chef asks for the reindex where Elasticsearch is external, and its sources show no difference in what is indexed`;

/** Where the index is that is deleted, if that is not the documented directory. */
function movedTo({ nodes }: Backends): string {
  const folders = new Set(nodes.map(({ config }) => placesOf(config).searchData));
  folders.delete(documentedPlaces.searchData);
  return folders.size > 0 ? ` in ${[...folders].join(" and ")}` : "";
}

/**
 * What is out of service during a hop, in a few words: a preview cuts long lines; null when somebody serves
 * throughout.
 */
export function downtimeOf(spec: UpgradeSpec, hop: Hop, state: Machines): string | null {
  switch (hop.method) {
    case "downtime":
      return "all backends are down together; point of no return: the first upgrade";
    case "reindex":
      return `frontends are closed until the index${movedTo(state)} is deleted (point of no return) and rebuilt`;
    case "frontends":
      return closesForReindex(spec, hop, state)
        ? "all frontends are closed while the search index is rebuilt"
        : isOnlyOne(state)
          ? `the only frontend${state.frontends.length > 1 ? " out of maintenance" : ""} stands still`
          : null;
    case "rolling":
      return inNeedOfFollowers(state).length > 0
        ? "frontends have no backend while a follower is out (leaderl.required_active_followers)"
        : null;
    case "cleanup":
      return null;
  }
}

/** The same at length, for who has to consent. */
function atLengthOf(spec: UpgradeSpec, hop: Hop, state: Machines): readonly string[] {
  const [first, ...rest] = atLength[hop.method]!;
  if (closesForReindex(spec, hop, state))
    return [
      ...(isOnlyOne(state) ? [first!] : []),
      "all frontends are out of service while the search index is rebuilt after their upgrade",
      rebuilding,
    ];
  return isRebuild(hop)
    ? ["all frontends are out of service while the search index is rebuilt", ...rest]
    : [first!, ...rest];
}

const rebuilding = "rebuilding takes about 2 minutes for 1,000 Chef nodes";

const atLength: Partial<Record<Hop["method"], readonly string[]>> = {
  downtime: [
    "all backends go down together, from the first `down-for-upgrade` until the last `upgrade` has ended",
    "frontends answer again once they are reconfigured",
    "point of no return: the first `upgrade`",
  ],
  reindex: [
    "all frontends are out of service while the backends are upgraded and the search index is rebuilt",
    rebuilding,
    "point of no return: the index is deleted",
  ],
  frontends: ["the only frontend that serves clients is out of service while it is upgraded"],
  rolling: ["frontends have no backend while a follower is out: the leader then answers 503 at /leader"],
};

/** Kinds of steps that lie inside a downtime, for the estimate. */
const kinds: Partial<Record<Hop["method"], (spec: UpgradeSpec) => readonly [kind: string, times: number][]>> =
  {
    downtime: ({ nodes, frontends }) => [
      ["down", nodes.length],
      ["start-upgrade", nodes.length],
      ["await-upgrades", 1],
      ["healthy", 1],
      ["reconfigure-frontend", frontends?.nodes.length ?? 0],
    ],
    reindex: ({ nodes }) => [
      ["install", nodes.length],
      ["upgrade", nodes.length],
      ["rejoin", nodes.length],
      ["stop-search", nodes.length],
      ["delete-index", nodes.length],
      ["start-search", nodes.length],
      ["reconfigure-frontend", 1],
      ["healthy", 1],
      ["reindex", 1],
    ],
  };

/** About how long a hop's downtime took by the last times of its steps; null where too few are known. */
export function estimate(spec: UpgradeSpec, hop: Hop, record: RunRecord | null): number | null {
  const installs = ["install", "upgrade", "rejoin"];
  const all = kinds[hop.method]?.(spec) ?? [];
  const parts = isRebuild(hop) ? all.filter(([kind]) => !installs.includes(kind)) : all;
  const known = parts.filter(([kind]) => record?.times[kind] !== undefined);
  if (parts.length === 0 || known.length * 2 < parts.length) return null;
  return known.reduce((sum, [kind, times]) => sum + times * record!.times[kind]!, 0);
}

/**
 * Downtime needs consent, given by naming the version that it is for: so that it does not stay for the next one.
 * @param hops those that are not under way: what has begun with consent is not left half done for want of it.
 */
export function consentRefusal(
  spec: UpgradeSpec,
  hops: readonly Hop[],
  record: RunRecord | null,
  state: Machines,
): Refusal[] {
  const down = hops.filter((hop) => downtimeOf(spec, hop, state) !== null);
  if (down.length === 0) return [];
  const onlyFrontends = down.every((hop) => hop.method === "frontends");
  const wanted = onlyFrontends ? spec.frontends!.version! : release(spec.version);
  const given = spec.allowDowntime === null ? null : release(spec.allowDowntime);
  if (given === release(wanted)) return [];
  // What is named covers everything that is done on the way which begins with it, and nothing that comes later.
  if (given === release(spec.version) && down.every((hop) => isCovered(hop, record))) return [];
  const parts = down.flatMap((hop) => {
    const [first, ...rest] = atLengthOf(spec, hop, state);
    const seconds = estimate(spec, hop, record);
    const about = seconds === null ? "" : `, about ${duration(seconds)} by the last run`;
    return [`${hopOf(hop)} (${hop.because}): ${first}${about}`, ...rest];
  });
  const wanting = down.every(({ method }) => method === "rolling") ? inNeedOfFollowers(state) : [];
  const hints = [
    ...(wanting.length === 0 ? [] : [fewerFollowers(wanting, state)]),
    ...down.filter((hop) => closesForReindex(spec, hop, state)).map(declined),
  ];
  return [notApproved({ where: down.map(hopOf), given, wanted: release(wanted), parts, hints })];
}

const hopOf = (hop: Hop) =>
  isRebuild(hop) ? `search index on ${release(hop.to)}` : `${release(hop.from)} -> ${release(hop.to)}`;

function isCovered(hop: Hop, record: RunRecord | null): boolean {
  const open = record?.hop && !record.finished ? [record.hop] : [];
  return [...open, ...(record?.ahead ?? [])].some((each) => sameHop(each, hop));
}
