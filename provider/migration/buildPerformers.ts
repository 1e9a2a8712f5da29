import { migrationLevelPath } from "../commands/facts";
import { StepFailedError } from "../execute/errors";
import { notInstalled } from "../execute/jobs";
import { scriptsMustBeSound } from "../execute/packageScripts";
import { stagePackages } from "../execute/stagePackages";
import { interruptedBackend, interruptedFrontend } from "../plan/refusals/anyMachine";
import { installedRight } from "../plan/view";
import { some } from "../values/some";
import { configFor } from "./backendConfig";
import { needs, secretFiles, tidyFolder } from "./clusterSteps";
import { genServerConfig, knifeConfig, places } from "./commands";
import { moveFile } from "./moveFile";
import type { Performers } from "./performers";
import type { MigrationStep } from "./plan";
import type { MigrationRun } from "./run";
import { filesOf, joined } from "./state";

/** Most files of a report that record and outputs name: there are three for each organization. */
const mostFiles = 60;

/** What builds the new cluster, its frontends, and the report beforehand. */
export const building = {
  stage: async (run, step) => {
    const { cluster } = run.spec;
    const { version, packageFile } = cluster.frontends;
    const source = cluster.packages[cluster.version];
    await stagePackages(run.jobs, step, [
      ...run.state.nodes
        .filter((node) => needs(node, cluster.version, source))
        .map(({ name }) => ({ node: name, packages: [source!.staging!] })),
      ...run.state.frontends
        .filter((node) => needs(node, version, packageFile))
        .map(({ name }) => ({ node: name, packages: [packageFile!.staging!] })),
    ]);
    await run.observe("full");
  },

  "tidy-report": async (run, step) => {
    const node = step.node!;
    await run.jobs.machine(node).keepFile(run.lock.run, "knife.rb", knifeConfig);
    const folder = `${filesOf(run.state.oldFrontends[0]!)}/${tidyFolder}`;
    await run.journal.effect(step, node, async () => {
      const { facts } = await run.jobs
        .machine(node)
        .read([{ name: "files", argv: ["find", folder, "-type", "f", "-printf", "%P\\n"] }]);
      const files = (facts.files?.stdout ?? "").split("\n").filter(Boolean).sort();
      if (files.length === 0)
        throw new StepFailedError(step, `it ended with 0, but left nothing in ${folder}`);
      await run.journal.write({ tidyReport: { node, folder, files: some(files, mostFiles) } });
    });
  },

  /** Judged by the installed version: package managers end with 1 for "already there". */
  install: async (run, step) => {
    await run.journal.begun(step.id);
    const result = await run.jobs.run(step, step.node!);
    const state = await run.observe("full", [step.node!]);
    const { cluster } = run.spec;
    const node = state.nodes.find(({ name }) => name === step.node);
    const machine = node ?? state.frontends.find(({ name }) => name === step.node)!;
    await scriptsMustBeSound(run, [machine], node ? interruptedBackend : interruptedFrontend);
    if (installedRight(machine, node ? cluster.version : cluster.frontends.version))
      return run.journal.done(step.id);
    throw new StepFailedError(
      step,
      notInstalled(step, machine, node ? "chef-backend" : "chef-server-core", result),
      result,
    );
  },

  config: async (run, step) => {
    const own = run.state.nodes.find(({ name }) => name === step.node)!;
    const config = configFor(run.spec, own, run.record);
    if ("what" in config || config.text === null) return;
    await run.journal.begun(step.id);
    await run.jobs.machine(step.node!).keepFile(run.lock.run, "chef-backend.rb", config.text);
    await run.jobs.good(step, step.node!);
    await mustBeThere(run, step);
    await run.observe("full", [step.node!]);
    await run.journal.done(step.id);
  },

  create: async (run, step) => {
    const node = step.node!;
    const isThere = () => joined(run.state).some(({ name }) => name === node);
    // It is there whatever its command said at its end, and is never created a second time.
    if (isThere()) await run.journal.begun(step.id);
    else await run.journal.job(step, node);
    await run.untilHealthy(step, run.state.nodes.slice(0, 1), [node]).catch(async (error: unknown) => {
      if (error instanceof StepFailedError && !isThere()) await run.journal.undone(step.id);
      throw error;
    });
    await run.journal.done(step.id);
  },

  join: async (run, step) => {
    const node = step.node!;
    const at = run.state.nodes.findIndex(({ name }) => name === node);
    // Where an earlier run was broken off it may have joined.
    const outside = !joined(run.state).some(({ name }) => name === node);
    if (outside) await run.untilHealthy(step, run.state.nodes.slice(0, at));
    await run.journal.begun(step.id);
    if (outside) {
      await bring(run, step, run.state.nodes[0]!.name, places.backendSecrets, secretFiles.backend);
      await run.journal.job(step, node);
    }
    await run.untilHealthy(step, run.state.nodes.slice(0, at + 1), [node]).catch(async (error: unknown) => {
      const out = !joined(run.state).some(({ name }) => name === node);
      if (error instanceof StepFailedError && out) await run.journal.undone(step.id);
      throw error;
    });
    await removeSecrets(run, step);
    await run.journal.done(step.id);
  },

  "server-config": async (run, step) => {
    const [leader, first] = [run.state.nodes[0]!, run.state.frontends[0]!];
    const own = run.state.frontends.find(({ name }) => name === step.node)!;
    await run.journal.begun(step.id);
    const [files, name] = [filesOf(leader), secretFiles.config];
    const commands = [["mkdir", "-p", files], genServerConfig(own.fqdn, `${files}/${name}`)];
    await run.jobs.good({ ...step, commands }, leader.name);
    await bring(run, step, leader.name, `${files}/${name}`, name);
    if (own.name !== first.name) {
      await bring(run, step, first.name, places.serverSecrets, secretFiles.server);
      await bring(run, step, first.name, migrationLevelPath, "migration-level");
    }
    await run.jobs.good(step, own.name);
    await mustBeThere(run, step);
    await removeSecrets(run, step);
    await run.journal.done(step.id);
  },

  reconfigure: (run, step) => run.journal.effect(step, step.node!, () => run.untilAnswers(step, step.node!)),
} satisfies Partial<Performers>;

/** Copies a file to the step's machine, under that name among our own files. */
async function bring(
  run: MigrationRun,
  step: MigrationStep,
  from: string,
  path: string,
  name: string,
): Promise<void> {
  const move = {
    from: run.jobs.machine(from),
    path,
    to: run.jobs.machine(step.node!),
    name,
    timeout: step.timeout,
  };
  await run.lock.confirm();
  run.jobs.touched = true;
  await moveFile(move, run.lock.run, run.context.clock);
}

/** Removes every copy of a secrets file that a step has made, wherever it lies. */
export async function removeSecrets(run: MigrationRun, step: MigrationStep): Promise<void> {
  const { nodes, frontends } = run.state;
  const node = [...nodes, ...frontends].find(({ name }) => name === step.node)!;
  // Earlier releases have put the frontend's name behind it.
  const configs = [secretFiles.config, `${secretFiles.config}-${node.name}`];
  const isFrontend = frontends.some(({ name }) => name === node.name);
  const remove = async (machine: typeof node, names: readonly string[]) => {
    const paths = names.map((name) => `${filesOf(machine)}/${name}`);
    await run.jobs.good({ ...step, commands: [["rm", "-f", ...paths]] }, machine.name);
    await mustBeGone(run, step, machine.name, paths);
  };
  await remove(node, [secretFiles.backend, secretFiles.server, ...configs]);
  if (isFrontend) await remove(nodes[0]!, configs);
}

/** Each file that a step has copied or made is there, and is what was to be copied. */
async function mustBeThere(run: MigrationRun, step: MigrationStep): Promise<void> {
  const machine = run.jobs.machine(step.node!);
  for (const [program, ...words] of step.commands.filter(([each]) => each === "cp" || each === "touch")) {
    const paths = words.filter((word) => !word.startsWith("-"));
    const { facts } = await machine.read(
      paths.map((path, at) => ({ name: `file${at}`, argv: ["sha256sum", path] })),
    );
    const sums = paths.map((_path, at) => /^[0-9a-f]{64}/.exec(facts[`file${at}`]?.stdout ?? "")?.[0]);
    if (sums[0] === undefined || sums.some((sum) => sum !== sums[0]))
      throw new StepFailedError(
        step,
        `\`${program}\` ended with 0, but ${paths.at(-1)} on ${step.node} is not what it was to be`,
      );
  }
}

/** @throws StepFailedError where one of these files is still on the machine. */
export async function mustBeGone(
  run: MigrationRun,
  step: MigrationStep,
  node: string,
  paths: readonly string[],
): Promise<void> {
  const { facts } = await run.jobs
    .machine(node)
    .read([{ name: "left", argv: ["stat", "-c", "%n", ...paths] }]);
  const left = (facts.left?.stdout ?? "").split("\n").filter(Boolean);
  if (left.length > 0)
    throw new StepFailedError(step, `\`rm\` ended with 0, but ${left.join(", ")} on ${node} is still there`);
}
