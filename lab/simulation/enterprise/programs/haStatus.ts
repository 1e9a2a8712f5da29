import { inStep } from "../drbd";
import type { EnterpriseNode } from "../enterpriseNode";
import { MOVER } from "../services";
import type { EnterpriseRun } from "./privateChefCtl";

/** One check: its line when all is well and when it is not, and the exit status then. */
interface Check {
  readonly well: boolean;
  readonly line: string;
  readonly code: number;
}

const check = (well: boolean, good: string, bad: string, code: number): Check => ({
  ...{ well, code },
  line: well ? `[OK] ${good}` : `[ERROR] ${bad}`,
});

/** `ha-status`: the exit status is that of the last check that failed, though the first ones end it. */
export async function haStatus(run: EnterpriseRun): Promise<number> {
  const node = run.sim.machine(run.machine.name);
  await run.sleep(run.sim.timings.control);
  const lines: string[] = [];
  let code = 0;
  for (const { well, line, code: own } of [
    ...configured(node),
    ...(node.isBackend ? states(run, node) : []),
  ]) {
    lines.push(line);
    if (!well) code = own;
    if (!well && own === 1) break;
  }
  if (code !== 1)
    lines.push("", code === 0 ? "[OK] all checks passed." : "[ERROR] ERRORS WERE DETECTED.", "");
  run.show(lines.map((line) => `${line}\n`).join(""));
  return code;
}

function configured({ isBackend, switches }: EnterpriseNode): Check[] {
  const please = "please configure keepalived according to documentation.";
  return [
    check(isBackend, "keepalived HA services enabled.", `keepalived HA services not enabled, ${please}`, 1),
    check(true, "DRBD disk replication enabled.", "", 1),
    check(true, "DRBD partition /dev/opscode/drbd found.", "", 1),
    check(
      switches.drbd !== "missing",
      "DRBD device /dev/drbd0 found.",
      "DRBD device /dev/drbd0 not found, please FIXME.",
      1,
    ),
  ];
}

function states({ sim }: EnterpriseRun, node: EnterpriseNode): Check[] {
  const current = sim.keepalived.statusOf(node);
  const master = current === "master";
  const who = master ? "I am master" : "I am not master";
  const vip = sim.addressesOf(node).includes(sim.vip);
  const view = sim.drbd(node);
  const roles = master ? "Primary/Secondary" : "Secondary/Primary";
  const drbd = `cs:${view.connection} ro:${view.roles} ds:${view.disks}`;
  const mounted = `my DRBD partition is ${node.active ? "" : "not "}mounted and ${who}`;
  return [
    check(true, `cluster status = ${current}`, "", 2),
    vip
      ? check(master, `found VIP IP address and ${who}`, `found VRRP address and ${who}`, 3)
      : check(!master, `did not find VIP IP address and ${who}`, `did not find VIP IP address and ${who}`, 3),
    check(true, "found VRRP communications interface eth0", "", 8),
    check(
      inStep(view) && view.roles === roles,
      `my DRBD status is Connected/${master ? "Primary" : "Secondary"}/UpToDate and ${who}`,
      `my DRBD status is${master ? ":" : ""} ${drbd}`,
      4,
    ),
    check(node.active === master, mounted, mounted, 5),
    ...["primary", "secondary"].map((which, at) =>
      check(
        sim.backends[at]!.up,
        `DRBD ${which} IP address pings`,
        `DRBD ${which} IP address does not ping`,
        6,
      ),
    ),
    ...services(node, master, who),
  ];
}

/** Those that keepalived starts run on the master alone; opscode-chef-mover is not among them. */
function services(node: EnterpriseNode, master: boolean, who: string): Check[] {
  const names = [...node.services.keys(), ...node.leftovers].sort();
  return names.map((name) => {
    const runs = node.running(name);
    if (!node.managed(name) || name === MOVER || !node.services.has(name))
      return check(runs, `${name} is running.`, `${name} is not running.`, 7);
    if (master)
      return check(
        runs,
        `${name} is running correctly, and ${who}.`,
        `${name} is not running correctly, and ${who}. `,
        7,
      );
    return check(!runs, `${name} is not running, and ${who}.`, `${name} is running, and ${who}.`, 7);
  });
}
