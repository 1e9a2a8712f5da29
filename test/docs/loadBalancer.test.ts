/** The scripts of docs/load-balancer.md, run by the provider's own shell against stand-ins of what they call. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runHere } from "../../provider/pulumi/runHere";
import { codeBlocks } from "./markdown";

const page = readFileSync(join(__dirname, "../../docs/load-balancer.md"), "utf8");
const scripts = codeBlocks(page, "sh");

describe("balancer.sh", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "pulumi-chef-balancer-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const at = (name: string) => join(folder, name);
  const put = (name: string, text: string) => writeFileSync(at(name), text, { mode: 0o755 });
  /** `ssh HOST COMMAND…` and `sudo COMMAND…` as they are, without another machine or user. */
  function run(kind: string, word: string, programs: Record<string, string> = {}) {
    const script = scripts.find((each) => each.includes(`out|in: ${kind}\n`))!;
    put("balancer.sh", script.replaceAll("/etc/nginx", folder));
    const all = { ssh: 'shift; exec sh -c "$*"', sudo: 'exec "$@"', ...programs };
    for (const [name, text] of Object.entries(all)) put(name, `#!/bin/sh\n${text}\n`);
    const env = { FRONTEND: "frontend-1", FRONTEND_HOST: "10.0.0.1", PATH: `${folder}:${process.env.PATH}` };
    return runHere(
      `cd ${folder} && ./balancer.sh ${word}`,
      { ...env, LOG: at("log"), TARGET_GROUP: "arn" },
      20,
    );
  }
  const log = () => readFileSync(at("log"), "utf8");

  test("haproxy: told on both, and what it answers is heeded", async () => {
    const socat = (answer: string) => `cat >> $LOG; printf '${answer}\\n\\n'`;
    expect(await run("haproxy", "out", { socat: socat("") })).toEqual({ code: 0, output: "" });
    expect((await run("haproxy", "in", { socat: socat("") })).code).toBe(0);
    const words = ["disable", "disable", "enable", "enable"];
    expect(log()).toBe(words.map((word) => `${word} server chef/frontend-1\n`).join(""));
    expect(await run("haproxy", "out", { socat: socat("No such server.") })).toEqual({
      code: 1,
      output: "lb-1: No such server.\n",
    });
    expect((await run("haproxy", "out", { ssh: "exit 255" })).code).toBe(1);
  });

  test("nginx: twice is as good as once; a server that is not there, or a bad configuration, fails", async () => {
    const nginx = { nginx: 'echo "$@" >> $LOG' };
    const servers = (first: string) => `server 10.0.0.1:443${first};\nserver 10.0.0.10:443;\n`;
    const now = () => readFileSync(at("chef-frontends.conf"), "utf8");
    put("chef-frontends.conf", servers(""));
    for (const word of ["out", "out", "in", "in", "out"]) {
      expect(await run("nginx", word, nginx)).toEqual({ code: 0, output: "" });
      expect(now()).toBe(servers(word === "out" ? " down" : ""));
    }
    expect(log()).toBe("-t -q\n-s reload\n".repeat(5));
    expect((await run("nginx", "in", { nginx: "exit 1" })).code).toBe(1);
    put("chef-frontends.conf", "server 10.0.0.2:443;\n");
    expect((await run("nginx", "out", nginx)).code).toBe(1);
  });

  test("aws: done, and waited for; a failure is one", async () => {
    for (const word of ["out", "in"]) await run("aws", word, { aws: 'echo "$@" >> $LOG' });
    const rest = "--target-group-arn arn --targets Id=10.0.0.1\n";
    const told = [
      "deregister-targets",
      "wait target-deregistered",
      "register-targets",
      "wait target-in-service",
    ];
    expect(log()).toBe(told.map((each) => `elbv2 ${each} ${rest}`).join(""));
    expect((await run("aws", "out", { aws: "exit 254" })).code).toBe(254);
  });

  test("each refuses another word", async () => {
    for (const kind of ["haproxy", "nginx", "aws"]) expect((await run(kind, "up")).code).toBe(2);
    expect(scripts).toHaveLength(3);
  });
});
