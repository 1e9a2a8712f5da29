import { allowedInMaintenance, askApi } from "../../commands/chefServerCtl";
import type { FrontendState } from "../../cluster/state";
import type { Step } from "../../plan/plan";
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
async function lookAt(run: Run, name: string): Promise<Door> {
  const frontend = (await run.observe()).frontends.find((each) => each.name === name)!;
  if (frontend.unreachable !== null) return { is: "unseen", seen: frontend.unreachable };
  return hasMaintenance(frontend) ? await askAsClient(run, frontend) : byServices(frontend);
}

function byServices({ services }: FrontendState): Door {
  const up = services.filter((each) => each.up).map((each) => each.service);
  if (services.length === 0) return { is: "unseen", seen: "chef-server-ctl status names no service" };
  return up.length > 0
    ? { is: "open", seen: `${up.join(", ")} still runs` }
    : { is: "closed", seen: "no service runs" };
}

async function askAsClient(run: Run, { name, addresses }: FrontendState): Promise<Door> {
  const address = addresses.find((each) => !/^(127\.|::1$|fe80:)/.test(each));
  if (address === undefined) return { is: "unseen", seen: "its address is not known" };
  const { facts } = await run.jobs.machine(name).read([
    { name: "api", argv: askApi(address) },
    { name: "allowed", argv: allowedInMaintenance(), slow: true },
  ]);
  const code = (facts.api?.stdout ?? "").trim();
  if (code === "503") return { is: "closed", seen: `${address} answers with 503` };
  // Whoever is let in is told the version; any other answer may have a reason of its own.
  if (!/^2\d\d$/.test(code))
    return { is: "unseen", seen: `${address} answers with ${facts.api?.stderr.trim() || code}` };
  const { stdout = "", code: listed } = facts.allowed ?? {};
  const asked = stdout.split("\n").map((line) => line.trim());
  if (listed !== 0 || asked.includes(address))
    return { is: "unseen", seen: `${address} may be on its list of addresses that are let in` };
  return { is: "open", seen: `${address} answers with ${code}` };
}

/** @throws StepFailedError where it certainly lets clients in; says so where nobody can tell. */
export async function mustBeClosed(run: Run, step: Step, name: string): Promise<void> {
  const { is, seen } = await lookAt(run, name);
  if (is === "open") throw new StepFailedError(step, `it ended with 0, but ${name} lets clients in: ${seen}`);
  if (is === "unseen")
    run.context.report({
      type: "note",
      text: `Whether ${name} is closed to clients was not verified: ${seen}`,
    });
}

/** @throws StepFailedError where it certainly sends clients away. */
export async function mustLetIn(run: Run, step: Step, name: string): Promise<void> {
  const { is, seen } = await lookAt(run, name);
  if (is === "closed")
    throw new StepFailedError(step, `it ended with 0, but ${name} sends clients away: ${seen}`);
}
