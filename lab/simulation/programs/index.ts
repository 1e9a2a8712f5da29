import { Backend } from "../cluster/backend";
import { Frontend } from "../frontend";
import type { Machine } from "../machine";
import type { System } from "../system";
import type { Platform } from "../types";
import { addonPrograms } from "./addonCtl";
import { cat } from "./cat";
import { chefBackendCtl } from "./chefBackendCtl";
import { chefServerCtl } from "./chefServerCtl";
import { cp } from "./cp";
import { curl } from "./curl";
import { date } from "./date";
import { df } from "./df";
import { dpkg } from "./dpkg";
import { dpkgDeb } from "./dpkgDeb";
import { dpkgDivert } from "./dpkgDivert";
import { dpkgQuery } from "./dpkgQuery";
import { grep } from "./grep";
import { hostname, id, ip, uname, whoami } from "./identity";
import { find } from "./find";
import { frontendServer } from "../migration/frontendServer";
import { knife } from "../migration/knife";
import type { Program } from "./program";
import { readlink } from "./readlink";
import { reboot } from "./reboot";
import { rpm } from "./rpm";
import { sha256sum } from "./sha256sum";
import { stat } from "./stat";
import { tail } from "./tail";
import { which } from "./which";
import { dnf, yum } from "./yum";
import { zypper } from "./zypper";

type Programs = Readonly<Record<string, Program>>;

const everywhere: Record<string, Program<System>> = {
  cat,
  date,
  df,
  grep,
  hostname,
  id,
  ip,
  reboot,
  sha256sum,
  stat,
  uname,
  which,
  whoami,
};
const common: Record<Platform, Record<string, Program<System>>> = {
  deb: { ...everywhere, dpkg, "dpkg-divert": dpkgDivert, "dpkg-query": dpkgQuery, "dpkg-deb": dpkgDeb },
  rpm: { ...everywhere, rpm, yum, dnf, zypper },
};
const ofCluster: Record<string, Program> = { cp, curl, find, readlink, tail };
const backend: Record<string, Program> = { "chef-backend-ctl": chefBackendCtl };
const frontend: Record<string, Program> = {
  "chef-server-ctl": chefServerCtl,
  knife: knife(frontendServer),
  ...addonPrograms,
};

/** Programs of every machine that the simulation answers for, with those of its package manager. */
export function commonPrograms(machine: Machine): Readonly<Record<string, Program<System>>> {
  return common[machine.packages.platform];
}

/** Every command asks for its machine's table: each is made once. */
const tables = {
  deb: tablesOf(common.deb),
  rpm: tablesOf(common.rpm),
};

function tablesOf(own: Record<string, Program<System>>): Record<"backend" | "frontend" | "other", Programs> {
  const all = { ...own, ...ofCluster };
  return { backend: { ...all, ...backend }, frontend: { ...all, ...frontend }, other: all };
}

/** Programs of a machine of a Chef Backend cluster, by name. */
export function programsOf(machine: Machine): Programs {
  const kind = machine instanceof Backend ? "backend" : machine instanceof Frontend ? "frontend" : "other";
  return tables[machine.packages.platform][kind];
}
