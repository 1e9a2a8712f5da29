import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ShellMachine } from "../../provider/gate/shellMachine";
import { realClock } from "../../provider/machine/clock";
import { allOrganizations, countTable, differences, summary } from "../../provider/migration/counts";
import { some } from "../../provider/values/some";
import { losses } from "../../provider/migration/losses";
import { parseTally, type Tally, tallyFact } from "../../provider/migration/tally";
import { LocalShell } from "../support/localShell";

/** A backup's files, as knife-ec-backup 3.0 writes them, in a folder with a name of several words. */
export class Backup {
  readonly folder = join(mkdtempSync(join(tmpdir(), "tally-")), "it's a backup");

  put(...paths: readonly string[]): this {
    for (const path of paths) {
      mkdirSync(join(this.folder, dirname(path)), { recursive: true });
      if (path.endsWith("/")) mkdirSync(join(this.folder, path), { recursive: true });
      else writeFileSync(join(this.folder, path), "{}");
    }
    return this;
  }

  write(path: string, text: string): this {
    this.put(path);
    writeFileSync(join(this.folder, path), text);
    return this;
  }

  async tally(shell = "/bin/sh"): Promise<Tally | null> {
    const root = new LocalShell(shell);
    const machine = new ShellMachine("frontend-1", root, realClock);
    const { facts } = await machine.read([tallyFact(this.folder)]);
    await root.close();
    return parseTally(facts.tally!);
  }

  remove(): void {
    rmSync(dirname(this.folder), { recursive: true, force: true });
  }
}

/** `count` organizations with names of that length, the most that a Chef server allows being 255. */
function organizations(count: number, length: number): Backup {
  const backup = new Backup().put("users/ann.json", "user_acls/ann.json");
  const kinds = [
    "clients",
    "roles",
    "environments",
    "groups",
    "containers",
    "policies",
    "cookbooks",
    "data_bags",
  ];
  for (let at = 0; at < count; at += 1) {
    const own = join(backup.folder, "organizations", String(at).padStart(length, "0"));
    for (const kind of ["nodes", "acls/nodes", ...kinds]) mkdirSync(join(own, kind), { recursive: true });
    for (const path of ["nodes/one.json", "acls/nodes/one.json"]) writeFileSync(join(own, path), "");
    writeFileSync(join(own, "members.json"), '"username": "ann"');
  }
  return backup;
}

/** That many organizations are counted in one answer, and what is kept and said of them stays short. */
export async function countMany(count: number, length: number): Promise<void> {
  const backup = organizations(count, length);
  const tally = (await backup.tally())!;
  backup.remove();
  expect(new Set(tally.counts.map(({ organization }) => organization)).size).toBe(count + 1);
  expect(losses(tally)).toEqual([]);
  expect(Buffer.byteLength(JSON.stringify(summary(tally.counts)))).toBeLessThan(100_000);
  expect(countTable(tally.counts, tally.counts).every((row) => row.old === row.new)).toBe(true);

  const without = tally.counts.map((each) => (each.kind === "nodes" ? { ...each, count: 0 } : each));
  const found = differences(countTable(tally.counts, without));
  expect(found).toHaveLength(count);
  expect(some(found).join("; ").length).toBeLessThan(10_000);
  if (count > 20) expect(some(found).at(-1)).toBe(`and ${count - 20} more`);
  if (count < 20) return;
  expect(summary(tally.counts)).toEqual(
    expect.arrayContaining([
      { organization: allOrganizations, kind: "organizations", count },
      { organization: allOrganizations, kind: "nodes", count },
      { organization: "", kind: "users", count: 1 },
    ]),
  );
}
