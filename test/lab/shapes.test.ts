import { filling } from "../../lab/simulation/programs/printed";
import { noise } from "../../lab/simulation/shape";
import { ctl, rig } from "./rig";

/** What `chef-backend-ctl` prints on backend-1. */
async function says({ exec }: ReturnType<typeof rig>, ...words: string[]) {
  return (await exec("backend-1", ctl, ...words)).stdout;
}

describe("the shape of tables", () => {
  test("the old short table, and another order of rows", async () => {
    const r = rig();
    const order = async () => (await says(r, "status")).match(/^\w+(?= .*(?:running|down))/gm);
    r.sim.shape.oldStatus = true;
    expect(await says(r, "status")).toMatch(
      /^elasticsearch {2}running \(pid \d+\) {2}1d 5h 59m 4\ds {2}state/m,
    );
    expect(await says(r, "status")).not.toContain("disks");
    expect(await order()).toEqual(["elasticsearch", "epmd", "etcd", "leaderl", "postgresql"]);
    r.sim.shape.oldStatus = false;
    r.sim.shape.serviceOrder = ["postgresql", "etcd"];
    expect((await order())!.slice(0, 2)).toEqual(["postgresql", "etcd"]);
  });

  test("columns of cluster-status: shuffled, further ones, whom a node follows beside its role", async () => {
    const r = rig({ columns: { followsInRole: true, blocked: false } });
    r.sim.columns.extra = { Zone: "eu west 1", Note: "" };
    r.sim.columns.order = ["GUID", "ES", "Zone"];
    const lines = (await says(r, "cluster-status")).split("\n");
    expect(lines[0]).toMatch(/^GUID +ES +Zone +Name +IP +Role +PG +Note$/);
    expect(lines[1]).toMatch(/^dc0c\w+ {2}not_master {2}eu west 1 {2}backend-1 .* leader +leader$/);
    expect(lines[3]).toMatch(/ master +eu west 1 .* follower \(backend-1\) {2}follower$/);
  });

  test("noise, color, CR LF, and everything twice", async () => {
    const r = rig({ shape: { before: noise.banner + noise.locale, after: noise.ntp } });
    const plain = (await says(rig(), "status", "etcd")).replace(/\d+/g, "N");
    const now = async () => (await says(r, "status", "etcd")).replace(/\d+/g, "N");
    const bare = (text: string) => text.replace(/\d+/g, "N");
    expect(await now()).toBe(bare(noise.banner + noise.locale) + plain + bare(noise.ntp));
    Object.assign(r.sim.shape, { before: noise.ruby, after: "", twice: true });
    expect(await now()).toBe(bare(noise.ruby) + plain + plain);
    Object.assign(r.sim.shape, { before: "", twice: false, crlf: true });
    expect(await now()).toBe(plain.replaceAll("\n", "\r\n"));
    Object.assign(r.sim.shape, { crlf: false, colored: true });
    expect(await says(r, "status")).toMatch(
      /^\x1b\[1mService .*\x1b\[0m\n\w+ +\x1b\[32mrunning\x1b\[0m \(pid/,
    );
    expect(await says(r, "status", "--simple")).toMatch(/^\x1b\[32mrun\x1b\[0m: elasticsearch/);
  });
});

describe("prints: in place of a command's own words", () => {
  test("a text, bytes, so many bytes, a failure; the command itself runs", async () => {
    const { exec, sim } = rig();
    const { prints } = sim.switches("backend-1");
    const on = (...argv: string[]) => exec("backend-1", ...argv);
    prints.status = "Traceback: no such thing\n";
    expect(await on(ctl, "status")).toEqual({ code: 0, stdout: "Traceback: no such thing\n", stderr: "" });
    expect((await on(ctl, "status", "--simple")).stdout).toMatch(/^run: elasticsearch/);
    prints["status --simple"] = 50_000_000;
    const { stdout } = await on(ctl, "status", "--simple");
    expect([stdout.length, stdout.startsWith(filling + filling)]).toEqual([50_000_000, true]);
    prints["cluster-status"] = new Uint8Array([0xff, 0, 0x41]);
    expect((await on(ctl, "cluster-status")).stdout).toBe("\ufffd\0A");
    prints.df = { code: 3, message: "df: out of memory" };
    expect(await on("df", "-Pk", "/opt")).toEqual({ code: 3, stdout: "", stderr: "df: out of memory\n" });
    prints[`${ctl} set-cluster-failover off`] = "";
    expect(await on(ctl, "set-cluster-failover", "off")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(sim.failover).toBe(false);
  });

  test("a file of the real machine too", async () => {
    const { exec, sim } = rig();
    sim.switches("backend-1").prints = { cat: "nothing to see\n" };
    expect((await exec("backend-1", "cat", "/etc/hosts")).stdout).toBe("nothing to see\n");
  });
});

describe("status --simple", () => {
  test("what runit says of services that do not just run", async () => {
    const { exec, sim, seconds } = rig();
    sim.backend("backend-1").stop(["leaderl", "epmd"]);
    const { runit } = sim.switches("backend-1");
    runit.elasticsearch = "no folder";
    runit.etcd = "finish";
    runit.leaderl = "want up";
    await seconds(4);
    const { code, stdout } = await exec("backend-1", ctl, "status", "--simple");
    expect(code).toBe(1);
    expect(stdout.replace(/pid \d+/g, "pid 1").replace(/\d{5,}s/g, "Ns")).toBe(
      `fail: elasticsearch: unable to change to service directory: file does not exist
down: epmd: 5s, normally up; run: log: (pid 1) Ns
finish: etcd: (pid 1) Ns, want up; run: log: (pid 1) Ns
down: leaderl: 5s, normally up, want up; run: log: (pid 1) Ns
run: postgresql: (pid 1) Ns; run: log: (pid 1) Ns
`,
    );
  });

  test("runsvdir is dead: no service is supervised, and `upgrade` waits for ever", async () => {
    const { exec, sim, start, clock, seconds, put } = rig();
    await exec("backend-2", "dpkg", "-i", put({ version: "2.3.16" }));
    sim.switches("backend-2").runsvdirDead = true;
    const { code, stdout } = await exec("backend-2", ctl, "status", "--simple");
    expect([code, stdout.split("\n")[2]]).toEqual([
      5,
      "warning: etcd: unable to open supervise/ok: file does not exist",
    ]);
    const upgrade = start("backend-2", [ctl, "upgrade"]);
    await seconds(86400);
    expect([sim.maxOut, sim.history.at(-1)!.ended]).toEqual([0, undefined]);
    sim.switches("backend-2").runsvdirDead = false;
    expect((await clock.run(upgrade)).code).toBe(0);
  });
});
