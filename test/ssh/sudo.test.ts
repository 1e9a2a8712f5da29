import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { Secret } from "../../provider/secrets/secret";
import { NodeConnection } from "../../provider/ssh/nodeConnection";
import type { ConnectionSettings } from "../../provider/ssh/settings";
import { settingsFor, useServers } from "../support/connections";
import { fakeSudo, type SudoMode } from "../support/fakeSudo";

const { server, connection, keep } = useServers();
const sudoPassword = new Secret("sudo password");

async function userOn(mode: SudoMode, more: Partial<ConnectionSettings> = {}) {
  const sudo = keep(fakeSudo(mode));
  const it = await server({ open: true, env: sudo.env });
  const settings = settingsFor(it, { sudo: true, ...more });
  return { sudo, it, settings, ssh: await connection(settings) };
}

describe("without sudo", () => {
  test("the script runs directly; hostile text in it stays as it is", async () => {
    const it = await server({ open: true });
    const ssh = await connection(settingsFor(it));
    const result = await ssh.execAsRoot(`printf '%s' "it's $((1 + 1))"; exit 3`);
    expect(result).toMatchObject({ stdout: "it's 2", stderr: "", code: 3 });
  });

  test("standard input is empty, or what is given", async () => {
    const it = await server({ open: true });
    const ssh = await connection(settingsFor(it));
    expect((await ssh.execAsRoot("cat; echo end")).stdout).toBe("end\n");
    expect((await ssh.execAsRoot("cat", { stdin: "payload" })).stdout).toBe("payload");
  });
});

describe("sudo without a password", () => {
  test("runs the script; sudo is told not to ask; input is free for use", async () => {
    const { sudo, ssh } = await userOn("nopasswd");
    expect(await ssh.execAsRoot("cat; echo err >&2; exit 4", { stdin: "payload" })).toMatchObject({
      stdout: "payload",
      stderr: "err\n",
      code: 4,
    });
    expect(sudo.logged()).toMatch(/^argv -n -- sh -c/);
  });

  test("what the script prints to standard error arrives as it is printed, without our marker", async () => {
    const { ssh } = await userOn("nopasswd");
    const chunks: string[] = [];
    const script = "printf one >&2; sleep 0.1; printf two >&2";
    const { stderr } = await ssh.execAsRoot(script, { onStderr: (chunk) => chunks.push(chunk.toString()) });
    expect(stderr).toBe("onetwo");
    expect(chunks.join("")).toBe("onetwo");
  });
});

describe("sudo with a password", () => {
  test("the password goes in by standard input only, and the script cannot read it", async () => {
    const { sudo, it, ssh } = await userOn("password", { sudoPassword });
    expect(await ssh.execAsRoot("cat; echo done")).toMatchObject({ stdout: "done\n", stderr: "", code: 0 });
    expect(sudo.logged() + it.commands.join()).not.toContain("sudo password");
  });

  test("where sudo does not ask (NOPASSWD), the password line reaches no program", async () => {
    const { ssh } = await userOn("nopasswd", { sudoPassword });
    expect(await ssh.execAsRoot("cat; cat >&2; echo done")).toMatchObject({
      stdout: "done\n",
      stderr: "",
      code: 0,
    });
  });

  test("a wrong password is tried once, and never again by the same node connection", async () => {
    const { sudo, settings } = await userOn("password");
    const node = keep(new NodeConnection({ ...settings, sudoPassword: new Secret("wrong") }));
    const failure = { kind: "sudo", message: expect.stringContaining("sudoPassword is wrong") };
    await expect(node.execAsRoot("true")).rejects.toMatchObject(failure);
    await expect(node.execAsRoot("true")).rejects.toMatchObject(failure);
    expect(sudo.tries()).toBe(1);
    expect((await node.exec("echo still here")).stdout).toBe("still here\n");
  });

  test("what is no known refusal, such as no memory to fork, is tried again", async () => {
    const { settings } = await userOn("noFork");
    const node = keep(new NodeConnection({ ...settings, sudoPassword }));
    await expect(node.execAsRoot("true")).rejects.toMatchObject({ kind: "sudo", transient: true });
    expect(await node.execAsRoot("echo there")).toMatchObject({ code: 0, stdout: "there\n" });
  });

  test.each<SudoMode>(["password", "nopasswd"])(
    "the script's own input comes whole behind it, and nothing else (%s)",
    async (mode) => {
      const { sudo, it, ssh } = await userOn(mode, { sudoPassword });
      const payload = Buffer.concat([Buffer.from("first\n\0\xff"), Buffer.alloc(3_000_000, "x\n")]);
      const sum = createHash("sha256").update(payload).digest("hex");
      const given = [payload, Readable.from([payload.subarray(0, 3), payload.subarray(3)])];
      for (const stdin of given)
        expect((await ssh.execAsRoot("sha256sum | cut -c1-64", { stdin })).stdout.trim()).toBe(sum);
      expect((await ssh.execAsRoot("cat", { stdin: "" })).stdout).toBe("");
      expect(sudo.logged() + it.commands.join()).not.toContain("sudo password");
    },
  );

  test("a password of two lines is refused", async () => {
    const { ssh, sudo } = await userOn("password", { sudoPassword: new Secret("one\ntwo") });
    await expect(ssh.execAsRoot("true")).rejects.toMatchObject({ kind: "sudo" });
    expect(sudo.logged()).toBe("");
  });
});

describe("refusals say what to do, and that the script did not start", () => {
  test.each<[SudoMode, RegExp]>([
    ["password", /sudo asks for a password.*set sudoPassword/],
    ["denied", /not allowed to become root/],
    ["notAllowed", /not allowed to become root/],
    ["tty", /requiretty/],
    ["missing", /sudo is not installed/],
  ])("%s", async (mode, message) => {
    const { ssh } = await userOn(mode);
    const script = "echo 'not found: incorrect password'";
    await expect(ssh.execAsRoot(script)).rejects.toMatchObject({
      kind: "sudo",
      message: expect.stringMatching(message),
    });
  });

  test("a script that prints sudo's words is not taken for sudo", async () => {
    const { ssh } = await userOn("nopasswd");
    const script = "echo 'sudo: a password is required' >&2; exit 1";
    expect(await ssh.execAsRoot(script)).toMatchObject({ code: 1, stderr: "sudo: a password is required\n" });
  });

  test("what an odd sudo echoes is shown without the password", async () => {
    const { ssh } = await userOn("echo", { sudoPassword });
    const error = await ssh.execAsRoot("true").catch((reason: Error) => reason);
    expect(String(error)).toContain("odd failure with [secret]");
  });
});
