import { drbdText, isInStep, isSyncing } from "../../drbd/drbd";
import { refuse } from "../../plan/refusals/rule";
import { configFolder } from "../facts";
import { mastersProblems } from "../wellness";
import type { Rule } from "./rule";

const config = `${configFolder}/private-chef.rb`;

/** Read on both, never asked for. */
export const bootstrap: Rule = ({ pair, state }) => {
  if (pair || state.nodes.some((node) => node.unreachable !== null)) return [];
  const wayOut = `Exactly one of the two must be the bootstrap backend by its own ${config}: look at that file on both`;
  const strange = state.nodes.filter(({ bootstrap: told }) => typeof told === "string");
  if (strange.length > 0)
    return strange.map(({ name, bootstrap: why }) =>
      refuse("bootstrap", `${name}: ${config}: ${why}`, wayOut),
    );
  const names = state.nodes.map(({ name }) => name);
  const which = state.nodes[0]!.bootstrap
    ? `Both ${names.join(" and ")} are`
    : `Neither ${names.join(" nor ")} is`;
  return [refuse("bootstrap", `${which} marked :bootstrap => true in ${config}`, wayOut)];
};

/** A failover onto stale data would lose writes: until keepalived of the other one is stopped both must be the same. */
export const drbd: Rule = ({ spec, state, pair, done }) =>
  pair && done(`${pair.secondary.name}/stop-keepalived`)
    ? []
    : state.nodes
        .filter(({ unreachable: why, drbd: it }) => why === null && !isInStep(it))
        .map(({ name, drbd: it }) =>
          refuse(
            "drbd",
            `${name}: DRBD is not Connected and UpToDate/UpToDate: ${drbdText(it)}`,
            "Both backends must have the same data before one of them takes over: see `drbdadm status` and /proc/drbd",
            isSyncing(it) ? spec.timeouts.keepalived : 0,
          ),
        );

export const oneMaster: Rule = ({ spec, state, pair, begun }) => {
  if (state.nodes.some(({ unreachable: why }) => why !== null)) return [];
  if (pair && begun(`${pair.secondary.name}/stop-keepalived`)) return [];
  return mastersProblems(state.nodes).map((problem) =>
    refuse(
      "keepalived",
      problem,
      "Mend keepalived first; it can take minutes to settle",
      spec.timeouts.keepalived,
    ),
  );
};
