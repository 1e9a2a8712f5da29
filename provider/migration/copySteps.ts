import { start, stop } from "../commands/chefServerCtl";
import { oldKnife } from "./clusterSteps";
import { packInto, spareRoom } from "../machine/machine";
import { mib, spareKiB } from "../plan/refusals/disk";
import * as ctl from "./commands";
import type { MigrationStep } from "./plan";
import type { MigrationView } from "./planMigration";
import { filesOf, type MigrationState, type OldFrontend } from "./state";

/** What a copy leaves on the machines, among our own files. */
export const copyFiles = {
  /** What the old server has, on both sides. */
  backup: "migration-backup",
  archive: "migration.tar.gz",
  /** What the new server has. */
  again: "migration-check",
} as const;

/**
 * One copy of the data, from the old server to the new one, compared. A rehearsal leaves the old system serving. The old
 * frontends are opened first where a rehearsal finds them closed by us.
 */
export function copySteps(view: MigrationView): MigrationStep[] {
  const { spec, state, record, closed, done } = view;
  const [from] = state.oldFrontends;
  const [to] = state.frontends;
  if (!from || !to) return [];
  const opened = spec.rehearse ? state.oldFrontends.filter(({ name }) => closed.includes(name)) : [];
  const shut = spec.rehearse ? [] : state.oldFrontends;
  const all = [
    ...opened.map((node) => openSource(view, node)),
    ...shut.map((node) => closeSource(view, node)),
    ...copy(view, from, to),
    finish(view),
  ];
  return (record?.migrated ? all.slice(-2) : all).filter(({ id }) => !done(id));
}

/** Copies on the old side: an archive by earlier versions alone. */
const leftOn = (files: string): string[] =>
  [copyFiles.backup, copyFiles.archive].map((each) => `${files}/${each}`);

/** How large a copy becomes nobody can tell before: it ends before the machine that serves there suffers. */
const sparing = (path: string, command: (path: string) => string[]): string[] => [
  ...[spareRoom, String(spareKiB), path],
  ...command(path),
];

function onSource(
  node: OldFrontend,
  { spec }: MigrationView,
  step: Pick<MigrationStep, "kind" | "title" | "reason" | "commands" | "verify">,
): MigrationStep {
  const guard = "the new cluster and its frontends are ready";
  return {
    id: `${node.name}/${step.kind}`,
    node: node.name,
    guard,
    timeout: spec.timeouts.services,
    ...step,
  };
}

/**
 * Stopped, though 14.6.32 has a maintenance mode: that is a mark in the old pair's Redis, so it would change the pair, and
 * its API would send knife away, too.
 */
export function closeSource(view: MigrationView, node: OldFrontend): MigrationStep {
  return onSource(node, view, {
    kind: "close",
    title: "stopping the old frontend for the final copy: DOWNTIME",
    reason: "what is written after the final backup would be lost",
    commands: [stop()],
    verify: "the command ends with 0, and no service runs",
  });
}

export function openSource(view: MigrationView, node: OldFrontend): MigrationStep {
  return onSource(node, view, {
    kind: "open",
    title: "starting the old frontend again",
    reason: "whoever closes it opens it again",
    commands: [start()],
    verify: "the command ends with 0, and /_status says pong",
  });
}

function copy(
  { spec, state, record }: MigrationView,
  from: OldFrontend,
  to: MigrationState["frontends"][number],
): MigrationStep[] {
  const [old, fresh] = [filesOf(from), filesOf(to)];
  const { timeouts } = spec;
  const its = newKnife(spec, to);
  const purge = record?.filled ?? false;
  const size = record?.backupKiB;
  const step = (
    node: { readonly name: string } | null,
    kind: MigrationStep["kind"],
    title: string,
    reason: string,
    commands: MigrationStep["commands"],
    verify: string,
    timeout: number,
  ): MigrationStep => ({
    ...{
      id: `${node?.name ?? "cluster"}/${kind}`,
      kind,
      node: node?.name ?? null,
      title,
      reason,
      commands,
      verify,
      timeout,
    },
    guard: spec.rehearse ? "the steps before it are done" : "no old frontend serves",
  });
  return [
    step(
      ...[from, "backup" as const],
      `backing up the old server${size ? ` (the last backup had ${mib(size)})` : ""}`,
      spec.rehearse
        ? "the old system serves meanwhile: what is written now may be missing"
        : "nobody writes any more",
      [
        ["rm", "-rf", ...leftOn(old)],
        sparing(`${old}/${copyFiles.backup}`, (folder) => ctl.ecBackup(oldKnife(spec, state), folder)),
      ],
      "it ends with 0, and says of no object that it failed",
      timeouts.backup,
    ),
    step(
      ...([from, "archive", "taking the checksum of the packed backup"] as const),
      "it is packed on its way: no archive lies on the old side",
      [[packInto, `${old}/${copyFiles.backup}`, "sha256sum"]],
      "it ends with 0, and prints a checksum",
      timeouts.backup,
    ),
    step(
      ...([to, "transfer", `moving the backup from ${from.name}, packed on its way`] as const),
      "through us, and never onto our disk",
      [],
      "what arrives has that checksum",
      timeouts.transfer,
    ),
    step(
      ...([to, "unpack", "unpacking the backup"] as const),
      "knife restores from a folder",
      [
        ["rm", "-rf", `${fresh}/${copyFiles.backup}`],
        sparing(`${fresh}/${copyFiles.backup}`, () => [
          ...["tar", "-C", fresh, "-xzf", `${fresh}/${copyFiles.archive}`],
        ]),
      ],
      "it ends with 0",
      timeouts.transfer,
    ),
    step(
      ...([to, "restore", "restoring into the new server"] as const),
      purge
        ? "an earlier copy is brought up to date: what was deleted since is deleted here, too"
        : "it is empty",
      [
        // What an attempt before this one has said.
        ["rm", "-rf", `${fresh}/${copyFiles.backup}/errors`],
        // Yes to a client that came while the old system was backed up and served: it comes with the final copy.
        ctl.ecRestore(its, `${fresh}/${copyFiles.backup}`, { purge, yes: spec.rehearse }),
      ],
      "it ends with 0, and says of no object that it failed",
      timeouts.restore,
    ),
    step(
      ...([to, "backup-again", "backing up the new server, to compare"] as const),
      "what is there now is counted in the same way as what was there",
      [
        ["rm", "-rf", `${fresh}/${copyFiles.again}`],
        sparing(`${fresh}/${copyFiles.again}`, (folder) => ctl.ecBackup(its, folder)),
      ],
      "it ends with 0, and says of no object that it failed",
      timeouts.backup,
    ),
    step(
      ...([null, "compare", "comparing both sides"] as const),
      "by organization and kind",
      [],
      spec.rehearse ? "differences are shown" : "there are as many objects of each kind on both sides",
      timeouts.services,
    ),
    step(
      ...([null, "remove-copies", "removing the copies, but for the archive on the new side"] as const),
      "they hold everything that the server has, its keys among it",
      [["rm", "-rf", ...leftOn(old)]],
      "the command ends with 0",
      timeouts.services,
    ),
  ];
}

/** Knife on the first new frontend asks itself. */
const newKnife = (spec: MigrationView["spec"], to: MigrationState["frontends"][number]): ctl.Knife => ({
  ...{ program: spec.newKnife, url: "https://localhost", sqlHost: null },
  config: `${filesOf(to)}/knife.rb`,
});

function finish({ spec }: MigrationView): MigrationStep {
  return {
    ...{ id: "cluster/finish", kind: "finish", node: null, commands: [], timeout: spec.timeouts.services },
    title: "looking at the new cluster once more",
    reason: spec.rehearse ? "the rehearsal ends" : "clients come next",
    guard: "both sides have been compared",
    verify: "it is healthy, and every frontend says pong",
  };
}
