import { Backend } from "../cluster/backend";
import { Frontend } from "../frontend";
import type { Machine } from "../machine";
import { cat } from "./cat";
import { chefBackendCtl } from "./chefBackendCtl";
import { chefServerCtl } from "./chefServerCtl";
import { cp } from "./cp";
import { curl } from "./curl";
import { date } from "./date";
import { df } from "./df";
import { dpkg } from "./dpkg";
import { dpkgDeb } from "./dpkgDeb";
import { dpkgQuery } from "./dpkgQuery";
import { hostname, id, uname, whoami } from "./identity";
import { find } from "./find";
import type { Program } from "./program";
import { readlink } from "./readlink";
import { reboot } from "./reboot";
import { rpm } from "./rpm";
import { sha256sum } from "./sha256sum";
import { stat } from "./stat";
import { dnf, yum } from "./yum";

const everywhere: Record<string, Program> = {
  cat,
  cp,
  curl,
  date,
  df,
  find,
  hostname,
  id,
  readlink,
  reboot,
  sha256sum,
  stat,
  uname,
  whoami,
};
const deb: Record<string, Program> = { dpkg, "dpkg-query": dpkgQuery, "dpkg-deb": dpkgDeb };
const rpmBased: Record<string, Program> = { rpm, yum, dnf };
const backend: Record<string, Program> = { "chef-backend-ctl": chefBackendCtl };
const frontend: Record<string, Program> = { "chef-server-ctl": chefServerCtl };

/** The tables that hold for a machine. */
function tablesOf(machine: Machine): Record<string, Program>[] {
  const packaging = machine.packages.platform === "deb" ? deb : rpmBased;
  return [
    everywhere,
    packaging,
    machine instanceof Backend ? backend : machine instanceof Frontend ? frontend : {},
  ];
}

/** Programs of a machine that the simulation answers for. */
export function programNames(machine: Machine): string[] {
  return tablesOf(machine).flatMap((table) => Object.keys(table));
}

/** Whatever the machine has under that name (or path). */
export function programOf(machine: Machine, name: string): Program | undefined {
  const base = name.replace(/^.*\//, "");
  return tablesOf(machine).find((table) => Object.hasOwn(table, base))?.[base];
}
