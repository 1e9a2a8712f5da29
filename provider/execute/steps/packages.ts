import type { Step } from "../../plan/plan";
import { interruptedBackend, interruptedFrontend } from "../../plan/refusals/anyMachine";
import { packageFileOf } from "../../plan/view";
import { missingPackages } from "../../procedures/packageSteps";
import { satisfies } from "../../versions/version";
import { StepFailedError } from "../errors";
import { notInstalled } from "../jobs";
import { scriptsMustBeSound } from "../packageScripts";
import type { Run } from "../run";
import { stagePackages } from "../stagePackages";
import type { Performers } from "./performers";

export const packages: Performers = {
  /** Everything that a machine needs on the whole way, all machines side by side. */
  stage: async (run, step) => {
    const backends = run.state.nodes.map((node) => ({
      node: node.name,
      packages: missingPackages(run.spec, node).map((version) => run.spec.packages[version]!.staging!),
    }));
    const { version = null, packageFile } = run.spec.frontends ?? {};
    const frontends = run.state.frontends
      .filter((node) => version !== null && packageFile?.staging && packageFileOf(node, version)?.missing)
      .map(({ name }) => ({ node: name, packages: [packageFile!.staging!] }));
    await stagePackages(run.jobs, step, [...backends, ...frontends]);
    await run.observe("full");
  },

  "install-only": async (run, step) => {
    await run.journal.begun(step.id);
    const { package: pkg, running } = run.state.nodes.find((node) => node.name === step.node)!;
    // Its services still run what they ran, whatever a run of another day has noted on the node.
    const runs = pkg.state === "installed" && running.kind !== "older" ? pkg.version! : undefined;
    await installed(run, step, run.target.version, runs);
  },

  "install-frontend": (run, step) => installed(run, step, run.spec.frontends!.version!),
};

/**
 * Judged by the installed version: package managers end with 0 after a downgrade, and with 1 for "already there".
 * @param runs the build that the node's services go on with, where that shall be noted on it
 */
export async function installed(run: Run, step: Step, version: string, runs?: string): Promise<void> {
  const node = step.node!;
  const result = await run.jobs.run(step, node, runs);
  const state = await run.observe();
  const backend = state.nodes.find((each) => each.name === node);
  const machine = backend ?? state.frontends.find((each) => each.name === node)!;
  await scriptsMustBeSound(run, [machine], backend ? interruptedBackend : interruptedFrontend);
  const { package: pkg } = machine;
  if (pkg.state === "installed" && satisfies(pkg.version!, version)) return;
  throw new StepFailedError(
    step,
    notInstalled(step, machine, backend ? "chef-backend" : "chef-server-core", result),
    result,
  );
}
