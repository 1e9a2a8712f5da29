import type { Refusal } from "../plan/plan";
import { cleanupTooEarly, cleanupUnseen, notWell } from "./refusals/cleanup";
import {
  families,
  lost,
  notPrivateChef,
  notRoot,
  noTar,
  unreachable,
  unreadable,
  wrongHosts,
} from "./refusals/machines";
import { interrupted, packageFile, packageLock, room } from "./refusals/packages";
import { bootstrap, drbd, oneMaster } from "./refusals/pair";
import type { Rule } from "./refusals/rule";
import { changedMind, consent, downgrade, path } from "./refusals/way";
import type { EnterpriseView } from "./view";

/** What forbids even to say what is there. */
const essential: Rule[] = [unreachable, notRoot, wrongHosts, unreadable, notPrivateChef, bootstrap];

const rules: Record<"upgrade" | "cleanup" | "none", Rule[]> = {
  upgrade: [
    ...[...essential, lost, families, changedMind, downgrade, path, drbd, oneMaster],
    ...[interrupted, packageLock, packageFile, room, noTar, consent, cleanupTooEarly],
  ],
  cleanup: [...essential, cleanupUnseen, notWell],
  none: essential,
};

/** Everything that forbids changing this system now, all at once. */
export function refusalsOf(view: EnterpriseView): Refusal[] {
  const found = rules[view.task ?? "none"].flatMap((rule) => rule(view));
  const has = (code: string) => found.some((each) => each.code === code);
  // For a version that cannot be, no package fits either.
  return has("downgrade") || has("path") ? found.filter(({ code }) => code !== "packageFile") : found;
}

/** Without this not even what is there can be told: it forbids adopting a system, too. */
export function isEssential({ code }: Refusal): boolean {
  return ["unreachable", "root", "package", "packageDatabase", "membership", "bootstrap"].includes(code);
}
