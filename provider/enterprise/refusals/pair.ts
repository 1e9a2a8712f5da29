import { isInStep } from "../../drbd/drbd";
import { refuse } from "../../plan/refusal";
import { drbdOutOfSync } from "../../plan/refusals/drbd";
import { configFolder } from "../facts";
import { mastersProblems } from "../wellness";
import type { Rule } from "./rule";

const config = `${configFolder}/private-chef.rb`;

/** Read on both, never asked for. */
export const bootstrap: Rule = ({ pair, state }) => {
  if (pair || state.nodes.some((node) => node.unreachable !== null)) return [];
  const unclear = (where: string | string[], seen: string) =>
    refuse({
      code: "bootstrap",
      what: "Bootstrap backend is unclear",
      where,
      seen,
      next: `look at ${config} on both backends: exactly one has to be marked \`:bootstrap => true\``,
    });
  const strange = state.nodes.filter(({ bootstrap: told }) => typeof told === "string");
  if (strange.length > 0)
    return strange.map(({ name, bootstrap: why }) => unclear(name, `${config}: ${why}`));
  const which = state.nodes[0]!.bootstrap ? "both are" : "neither is";
  return [
    unclear(
      state.nodes.map(({ name }) => name),
      `${which} marked \`:bootstrap => true\``,
    ),
  ];
};

/** A failover onto stale data would lose writes: until keepalived of the other one is stopped both must be the same. */
export const drbd: Rule = ({ spec, state, pair, done }) =>
  pair && done(`${pair.secondary.name}/stop-keepalived`)
    ? []
    : state.nodes
        .filter(({ unreachable: why, drbd: it }) => why === null && !isInStep(it))
        .map(({ name, drbd: it }) => drbdOutOfSync(name, it, spec.timeouts.keepalived));

export const oneMaster: Rule = ({ spec, state, pair, begun }) => {
  if (state.nodes.some(({ unreachable: why }) => why !== null)) return [];
  if (pair && begun(`${pair.secondary.name}/stop-keepalived`)) return [];
  return mastersProblems(state.nodes).map((problem) =>
    refuse({
      code: "keepalived",
      what: "No single active backend",
      where: state.nodes.map(({ name }) => name),
      seen: problem,
      next: "fix keepalived; it can take minutes to settle",
      waitable: spec.timeouts.keepalived,
    }),
  );
};
