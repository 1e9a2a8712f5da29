/** `packageFile.url`: what a node downloads, with the machine's own curl and wget, from a real server. */
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ShellMachine } from "../../provider/gate/shellMachine";
import { realClock } from "../../provider/machine/clock";
import { given, programs as needed } from "../support/needs";
import { LocalShell, processesOf } from "../support/localShell";

const content = "a package";
const sha256 = createHash("sha256").update(content).digest("hex");
/** What a signature looks like, and characters that curl's configuration knows. */
const query = `?sig=canary-4711&x=a"b\\c[1-3]{a,b}`;

/** Programs without the others that download. */
const programs = mkdtempSync(join(tmpdir(), "download-bin-"));
let server: Server;
let asked: string[];
/** Called when a request has come, before it is answered. */
let onRequest: () => void;

beforeAll(async () => {
  for (const name of readdirSync("/usr/bin").filter((each) => each !== "curl"))
    symlinkSync(join("/usr/bin", name), join(programs, name));
  server = createServer((request, response) => {
    asked.push(decodeURI(request.url!));
    onRequest();
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  rmSync(programs, { recursive: true });
  await new Promise((resolve) => server.close(resolve));
});

/** Everything in a folder that holds the text. */
const holding = (folder: string, text: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && readFileSync(path, "utf8").includes(text));

describe.each([
  ["curl", process.env.PATH!],
  ["wget", programs],
])("with %s", (program, path) => {
  given(`a download with ${program}`, needed(program, program)).test(
    "the URL is in no list of processes, and in no file that stays",
    async () => {
      const root = new LocalShell("/bin/sh", { PATH: path });
      const machine = new ShellMachine("backend-1", root, realClock);
      try {
        await machine.takeLock({ run: "r", owner: "o", process: "p" });
        asked = [];
        let processes: string[] = [];
        onRequest = () => (processes = processesOf(root.stateDir));
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.deb${query}`;
        const staging = { kind: "download" as const, url, sha256, file: "x.deb" };
        await machine.stage("r", staging, { deadline: realClock.now() + 60_000 });
        expect(asked).toEqual([`/x.deb${query}`]);
        expect(processes.some((each) => each.startsWith(`${program} `))).toBe(true);
        expect(processes.filter((each) => each.includes("canary"))).toEqual([]);
        expect(holding(root.stateDir, content)).toEqual([join(root.stateDir, "packages", "x.deb")]);
        expect(holding(root.stateDir, "canary")).toEqual([]);
      } finally {
        await root.close();
      }
    },
  );
});
