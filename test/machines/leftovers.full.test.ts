import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { waitFor } from "./lab/host";
import { leftovers, livingNamespaces, namespacesOf } from "./lab/leftovers";
import { describeMachines } from "./lab/requirements";
import { startMachines } from "./lab/startMachines";

describeMachines("what machines leave behind", () => {
  test("nothing, after close", async () => {
    const begun = Date.now();
    const machines = await startMachines();
    const up = Date.now();
    const namespaces = await namespacesOf(machines.all.map(({ pid }) => pid));
    expect((await livingNamespaces(namespaces)).length).toBe(6 * 6);
    expect((await leftovers(machines.id)).length).toBeGreaterThan(50);
    const closing = Date.now();
    await machines.close();
    const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(1);
    console.log(
      `six machines with a cluster: up in ${seconds(up - begun)} s, gone in ${seconds(Date.now() - closing)} s`,
    );
    await waitFor("nothing is left", 60, async () => (await leftovers(machines.id)).length === 0);
    expect(await livingNamespaces(namespaces)).toEqual([]);
  });

  test("nothing, when the process that started them is killed", async () => {
    const script = join(__dirname, "lab/victim.js");
    const victim = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    const [id] = await firstLine(victim.stdout);
    expect((await leftovers(id)).length).toBeGreaterThan(6);
    victim.kill("SIGKILL");
    await waitFor("nothing is left", 60, async () => (await leftovers(id)).length === 0);
  });
});

async function firstLine(stream: NodeJS.ReadableStream): Promise<[string]> {
  for await (const line of createInterface({ input: stream })) return [line];
  throw new Error("it printed nothing");
}
