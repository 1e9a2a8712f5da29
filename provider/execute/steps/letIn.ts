import { askApi } from "../../commands/askServer";
import { allowedInMaintenance } from "../../commands/chefServerCtl";
import type { ClusterState, FrontendState } from "../../cluster/state";
import { apiOf } from "../../observe/serverStatus";
import { isInMaintenance, stoppedFrontends } from "../../plan/frontendView";
import type { Step } from "../../plan/plan";
import { closedFrontends, staysInMaintenance, wasInMaintenance } from "../../plan/progress";
import { hasMaintenance } from "../../procedures/frontendSteps";
import { StepFailedError } from "../errors";
import type { Run } from "../run";

/** Whether a frontend lets its clients in, and what shows it; `unseen`: nothing does. */
interface Door {
  readonly is: "open" | "closed" | "unseen";
  readonly seen: string;
}

/**
 * Whether clients are let in: by maintenance mode where the frontend knows it, else by its services. A frontend's own address
 * may be on the list of those who are let in during maintenance; then nothing can be told from there.
 */
export async function doorOf(run: Run, frontend: FrontendState): Promise<Door> {
  if (frontend.unreachable !== null) return { is: "unseen", seen: frontend.unreachable };
  return hasMaintenance(frontend) ? await byAnswer(run, frontend) : byServices(frontend);
}

function byServices({ services }: FrontendState): Door {
  const up = services.filter((each) => each.up).map((each) => each.service);
  if (services.length === 0) return { is: "unseen", seen: "chef-server-ctl status names no service" };
  return up.length > 0
    ? { is: "open", seen: `${up.join(", ")} still runs` }
    : { is: "closed", seen: "no service runs" };
}

async function byAnswer(run: Run, { name, address, api }: FrontendState): Promise<Door> {
  if (address === null) return { is: "unseen", seen: "its address is not known" };
  const door = doorBy(address, api);
  if (door.is !== "open") return door;
  const { facts } = await run.jobs
    .machine(name)
    .read([{ name: "allowed", argv: allowedInMaintenance(), slow: true }]);
  const { stdout = "", code: listed } = facts.allowed ?? {};
  const asked = stdout.split("\n").map((line) => line.trim());
  if (listed !== 0 || asked.includes(address))
    return { is: "unseen", seen: `${address} may be on its list of addresses that are let in` };
  return door;
}

/** Whoever is let in is told the version; any other answer may have a reason of its own. */
function doorBy(address: string, api: string): Door {
  const seen = `${address} ${api === "" ? "does not answer" : `answers with ${api}`}`;
  return { is: api === "503" ? "closed" : /^2\d\d$/.test(api) ? "open" : "unseen", seen };
}

/** The same of what stands in front of the frontends. A backend asks: it is no member, and none of those who are let in. */
async function balancerDoor(run: Run): Promise<Door> {
  const { host, port } = run.spec.frontends!.loadBalancer!;
  const asking = run.state.nodes.find(({ unreachable }) => unreachable === null) ?? run.state.nodes[0]!;
  const { facts } = await run.jobs
    .machine(asking.name)
    .read([{ name: "api", argv: askApi(host, port), slow: true }]);
  return doorBy(`the load balancer ${host}, asked from ${asking.name},`, apiOf(facts.api));
}

const lookAt = async (run: Run, name: string) => doorOf(run, frontendIn(await run.observe(), name));

const frontendIn = ({ frontends }: ClusterState, name: string) =>
  frontends.find((each) => each.name === name)!;

/** @throws StepFailedError where it certainly lets clients in; says so where nobody can tell. */
export async function mustBeClosed(run: Run, step: Step, name: string): Promise<void> {
  const { is, seen } = await lookAt(run, name);
  if (is === "open") throw new StepFailedError(step, `it ended with 0, but ${name} lets clients in: ${seen}`);
  if (is === "unseen") unverified(run, name, seen);
  const others = run.spec.frontends!.nodes.filter((each) => each.name !== name);
  if (others.every((each) => run.record!.done.includes(`${each.name}/close`)))
    await balancerMustBeClosed(run, step);
}

/** Once every frontend is closed that we know of. @throws StepFailedError where clients are let in all the same. */
export async function balancerMustBeClosed(run: Run, step: Step): Promise<void> {
  if (!run.spec.frontends?.loadBalancer) return;
  const { is, seen } = await balancerDoor(run);
  if (is === "open")
    throw new StepFailedError(
      step,
      `every frontend is closed, and clients are let in: ${seen}. List every frontend behind it in \`frontends.nodes\`; it must not be among the addresses that \`chef-server-ctl maintenance --list-ips\` shows`,
    );
  if (is === "unseen") unverified(run, "the load balancer", seen);
}

const unverified = (run: Run, what: string, seen: string) =>
  run.context.report({
    type: "note",
    text: `Whether ${what} is closed to clients was not verified: ${seen}`,
  });

/** @throws StepFailedError where it certainly sends clients away. */
export async function mustLetIn(run: Run, step: Step, name: string): Promise<void> {
  const { is, seen } = await lookAt(run, name);
  if (is === "closed")
    throw new StepFailedError(step, `it ended with 0, but ${name} sends clients away: ${seen}`);
}

/** Between two looks at one that sends clients away, in milliseconds: without its Redis it does so for a moment, too. */
const pause = 5000;

/** Before it is closed or stopped for the first time: maintenance that is on already is not ours to end. */
export async function rememberMaintenance(run: Run, name: string): Promise<void> {
  const owed = [...closedFrontends(run.record), ...stoppedFrontends(run.record)];
  if (owed.includes(name)) return;
  const mark = wasInMaintenance(name);
  if (!isInMaintenance(frontendIn(await run.freshState(), name))) {
    // Whoever had switched it on has ended it since.
    if (staysInMaintenance(run.record, name))
      await run.journal.write(({ begun }) => ({ begun: begun.filter((id) => id !== mark) }));
    return;
  }
  await run.context.clock.sleep(pause);
  if (isInMaintenance(frontendIn(await run.observe(), name))) await run.journal.begun(mark);
}
