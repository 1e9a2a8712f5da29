import type { NodePlan } from "../plan/plan";
import { release } from "../versions/version";
import { oldData } from "./facts";
import type { EnterpriseStep } from "./plan";
import { machinesOf } from "./state";
import type { EnterpriseView } from "./view";

/** What goes down, in its order, as sentences. */
export function downtimeOf({ pair, state }: EnterpriseView): string[] {
  const primary = pair?.primary.name ?? "the bootstrap backend";
  const secondary = pair?.secondary.name ?? "the other backend";
  const names = state.frontends.map(({ name }) => name);
  const [first, ...later] = names;
  const others =
    later.length > 1 ? `; then side by side: ${later.join(", ")}` : later.map((name) => `, ${name}`);
  return [
    ...(names.length > 0
      ? [`All frontends are stopped: ${names.join(", ")}. Nobody is answered from then on`]
      : []),
    `keepalived is stopped on ${secondary}, and ${primary} becomes the active backend, which may be a failover`,
    `The package is installed on ${[secondary, primary, ...names].join(", ")}: the point of no return`,
    `Upgraded one after another: ${[primary, secondary, ...(first ? [first] : [])].join(", ")}${others}`,
    `All services are started, backends first: clients are answered again`,
  ];
}

/** What is destroyed, as a sentence. */
export function destroysOf({ order, spec, done }: EnterpriseView): string {
  const left = order.filter(({ name }) => !done(`${name}/cleanup`)).map(({ name }) => name);
  return `DATA WILL BE DESTROYED on ${left.join(", ")}: what the upgrade to ${spec.version} has left of the release before it, ${oldData}. There is no way back after it`;
}

/** What each kind of step does to a machine, in a preview's words. */
const deeds: Partial<Record<EnterpriseStep["kind"], string>> = {
  "stop-keepalived": "stop keepalived",
  "upgrade-primary": "upgrade",
  "copy-config": "take over /etc/opscode",
  cleanup: "DESTROY the old data",
};

/** What happens to each machine, in the order of the inputs. */
export function describeMachines(view: EnterpriseView, steps: readonly EnterpriseStep[]): NodePlan[] {
  const { pair, spec } = view;
  const acts = steps.filter(({ kind }) => kind !== "stage");
  const changing = view.order.filter(({ name }) => acts.some(({ nodes }) => nodes.includes(name)));
  const waiting = view.task !== null && pair === null;
  return machinesOf(view.state).map((machine) => {
    const { name } = machine;
    const at = waiting ? view.order.indexOf(machine) : changing.indexOf(machine);
    const kinds = acts.filter(({ nodes }) => nodes.includes(name)).map(({ kind }) => deeds[kind] ?? kind);
    const installed = machine.package.version === null ? "none" : release(machine.package.version);
    const backend = name === pair?.primary.name ? "primary backend" : "secondary backend";
    const isBackend = view.state.nodes.some((node) => node.name === name);
    return {
      ...{ name, installed, running: installed, desired: spec.version, order: at < 0 ? null : at + 1 },
      role: !isBackend ? "frontend" : pair ? backend : "backend",
      does: kinds.join(", "),
      because: at < 0 ? "already there" : why(view, installed),
    };
  });
}

function why({ task, open, spec }: EnterpriseView, installed: string): string {
  if (task === "cleanup") return `${spec.version} is verified`;
  if (installed !== spec.version) return `${installed} => ${spec.version}`;
  return open ? "begun and not finished" : "the other machines need it";
}
