/** Hostile strings that validation lets pass, through real shells: there byte for byte, and never run. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as frontendCtl from "../../provider/commands/chefServerCtl";
import { type Family, packageFileFacts } from "../../provider/commands/facts";
import { install } from "../../provider/commands/install";
import { usualTool } from "../../provider/commands/rpmTools";
import { downloadScript } from "../../provider/gate/downloadScript";
import { guardScript } from "../../provider/gate/guardScript";
import { toSpec } from "../../provider/inputs/toSpec";
import { realClock } from "../../provider/machine/clock";
import { Secret } from "../../provider/secrets/secret";
import { quote } from "../../provider/shell/quote";
import { targetOf } from "../../provider/ssh/settings";
import { rootCommand } from "../../provider/ssh/sudo";
import { checkScript, receiveScript, remoteFile, takeOverScript } from "../../provider/ssh/uploadScripts";
import { plainText } from "../../provider/values/plainText";
import { fakeSudo } from "../support/fakeSudo";
import { accepted, all, checked, isName, sendable, sha256 } from "./hostileInputs";
import { cannotBeSent } from "./hostileStrings";
import { Cage, shells, sideBySide } from "./shells";

describe.each(shells)("%s", (shell) => {
  let cage: Cage;
  beforeAll(() => (cage = new Cage(shell)));
  afterAll(() => cage.close());
  afterEach(() => expect(cage.hit).toBe(false));
  const soon = () => realClock.now() + 60_000;

  test("the corpus is alive: unquoted, or badly quoted, dozens of its strings would run their command", async () => {
    const other = new Cage(shell);
    const careless = [
      (text: string) => `printf %s ${text}`,
      (text: string) => `printf %s "${text}"`,
      (text: string) => `printf %s '${text}'`,
      (text: string) => `eval "printf %s ${text}"`,
    ];
    const runs: string[] = [];
    for (const text of sendable.filter((each) => each.includes("CANARY")))
      for (const way of careless) {
        const env = { CANARY: join(other.folder, `${runs.length}`) };
        await other.run(way(text), { env });
        if (readdirSync(other.folder).includes(`${runs.length}`)) {
          runs.push(text);
          break;
        }
      }
    await other.close();
    expect(runs.length).toBeGreaterThan(60);
  });

  test("jobs: as an argument, as the id, as the build that is noted", async () => {
    const workers = [0, 1, 2, 3].map(() => cage.machine());
    await Promise.all(workers.map(({ machine }) => machine.takeLock({ run: "r", owner: "o", process: "p" })));
    const show = ["sh", "-c", 'for one do printf "%s\\000" "$one"; done', "sh"];
    await sideBySide(all, async (text, worker) => {
      const { machine, at } = workers[worker]!;
      const job = { commands: [[...show, text, `--x=${text}`]], marksRunning: text };
      if (cannotBeSent(text)) {
        await expect(machine.startJob("r", { ...job, id: "x" })).rejects.toThrow(TypeError);
        await expect(machine.startJob("r", { commands: [["true"]], id: text })).rejects.toThrow(TypeError);
        return;
      }
      const named = isName(text);
      if (!named) {
        await expect(machine.startJob("r", { ...job, id: text })).rejects.toThrow(TypeError);
        await expect(machine.followJob("r", text, { deadline: soon() })).rejects.toThrow(TypeError);
      }
      const id = named ? text : `number-${all.indexOf(text)}`;
      expect(await machine.startJob("r", { ...job, id })).toBe("started");
      expect(await machine.followJob("r", id, { deadline: soon() })).toMatchObject({
        state: "ended",
        code: 0,
      });
      expect(readFileSync(at("lock/r/jobs", id, "output"), "utf8")).toBe(`${text}\0--x=${text}\0`);
      // An empty one notes nothing.
      if (text) expect(readFileSync(at("upgraded"), "utf8")).toBe(`${text}\n`);
    });
    const ids = workers.flatMap(({ at }) => readdirSync(at("lock/r/jobs")));
    expect(ids.filter((id) => !id.startsWith("number-")).sort()).toEqual(all.filter(isName).sort());
  });

  test("jobs that run are told by their id, whatever stands in it", async () => {
    const { machine, root, at } = cage.machine();
    await machine.takeLock({ run: "r", owner: "o", process: "p" });
    const ids = all.filter(isName);
    // Claimed, and not begun yet: they count as running for a while.
    await root.execAsRoot(
      ids.map((id) => `mkdir "$PULUMI_CHEF_BACKEND_STATE_DIR"/lock/r/jobs/${quote(id)}`).join("\n"),
    );
    expect(readdirSync(at("lock/r/jobs"))).toHaveLength(ids.length);
    const { jobs } = await machine.read([]);
    expect(jobs.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(new Set(jobs.map(({ run, state }) => `${run} ${state}`))).toEqual(new Set(["r running"]));
  });

  test("the failover guard: the name of its node, looked for in the record, is found as itself only", async () => {
    const guard = (node: string) => ({ node, silence: 1, pause: 1, giveUp: 1, lease: 1, backends: 3 });
    const names = all.filter(isName);
    const scripts = names.flatMap((name, index) => {
      const rule = guardScript("r", { id: "j" }, guard(name))
        .split("\n")
        .find((line) => /^is_inside/.test(line));
      const look = (inside: string, word: string) =>
        `record=${quote(JSON.stringify({ failover: "off", inside, seq: 1 }))}; is_inside && echo ${index} ${word}`;
      return [rule!, look(name, "own"), look(`${name}x`, "longer"), look(`x${name}`, "other")];
    });
    const { stdout, stderr } = await cage.run('"$0" -s', { stdin: scripts.join("\n") });
    expect(stderr).toBe("");
    expect(stdout).toBe(names.map((_name, index) => `${index} own\n`).join(""));
  });

  test("the lock: as a run, as its owner and process", async () => {
    const workers = [0, 1, 2, 3].map(() => ({ ...cage.machine(), run: "" }));
    await sideBySide(all, async (text, worker) => {
      const own = workers[worker]!;
      const { machine } = own;
      const take = async (run: string) => {
        const held = await machine.takeLock({ run, owner: text, process: text }, own.run || undefined);
        expect(held).toBeNull();
        own.run = run;
      };
      if (/\p{Cs}/u.test(text)) return void (await expect(take(text)).rejects.toThrow(TypeError));
      if (!isName(text)) await expect(take(text)).rejects.toThrow(TypeError);
      await take(isName(text) ? text : `number-${all.indexOf(text)}`);
      // One line each: neither can forge the other.
      const line = plainText(text.replaceAll("\0", " ")).replaceAll("\n", " ");
      const { lock } = await machine.read([]);
      expect(lock).toMatchObject({ run: own.run, owner: line, process: line });
      await machine.beat(own.run);
    });
    for (const { machine, run } of workers) await machine.releaseLock(run);
  });

  test("the run record, a kept file's text and its name", async () => {
    const workers = [0, 1, 2, 3].map(() => cage.machine());
    await Promise.all(workers.map(({ machine }) => machine.takeLock({ run: "r", owner: "o", process: "p" })));
    await sideBySide(all, async (text, worker) => {
      const { machine, at } = workers[worker]!;
      // As runs write it.
      const json = JSON.stringify({ text });
      await machine.writeRecord("r", json);
      expect((await machine.read([])).record).toBe(plainText(`${json}\n`));
      // By standard input: no shell has a say, and a NUL arrives too.
      await machine.writeRecord("r", text);
      expect(readFileSync(at("record"))).toEqual(Buffer.from(`${text}\n`));
      expect(readFileSync(await machine.keepFile("r", "f", text))).toEqual(Buffer.from(text));
      if (!isName(text)) await expect(machine.keepFile("r", text, "x")).rejects.toThrow(TypeError);
      // (The path that is told ends with its line.)
      else expect(await machine.keepFile("r", text, text)).toBe(at("files", text).trim());
    });
    for (const { at } of workers)
      for (const name of readdirSync(at("files")))
        if (name !== "f") expect(readFileSync(at("files", name), "utf8")).toBe(name);
  });

  test("facts: arguments of what is read", async () => {
    const { machine } = cage.machine();
    const facts = sendable.map((text, index) => ({ name: `f${index}`, argv: ["printf", "%s", text] }));
    const read = (await machine.read(facts)).facts;
    expect(sendable.map((_text, index) => read[`f${index}`]!.stdout)).toEqual(
      // Framed by line ends: a CR before one is part of it.
      sendable.map((text) => plainText(`${text}\n`).slice(0, -1)),
    );
  });

  test.each(["deb", "rpm"] as Family[])(
    "a package's path on the nodes: looked at and installed, .%s",
    async (family) => {
      const path = (text: string) => `/srv/${text}.${family}`;
      const texts = accepted((text) => ({ packageFile: { path: path(text) } }), "packageFile.path");
      expect(texts.length).toBeGreaterThan(family === "deb" ? 150 : 20);
      const { machine } = cage.machine();
      await machine.takeLock({ run: "r", owner: "o", process: "p" });
      cage.calls();
      const tool = family === "rpm" ? usualTool([]) : null;
      const facts = texts.flatMap((text) => packageFileFacts(family, path(text), false, tool));
      for (let first = 0; first < facts.length; first += 60)
        await machine.read(
          facts.slice(first, first + 60).map((fact) => ({ ...fact, slow: false, discard: false })),
        );
      const looked = cage.calls();
      const each = family === "deb" ? 3 : 4;
      expect(looked.length).toBe(texts.length * each);
      for (const [index, call] of looked.entries())
        expect(call).toContain(path(texts[Math.floor(index / each)]!));

      const job = { id: "install", commands: texts.flatMap((text) => install(family, path(text))) };
      await machine.startJob("r", job);
      expect(await machine.followJob("r", "install", { deadline: soon() })).toMatchObject({ code: 0 });
      expect(cage.calls().map((call) => call.at(-1))).toEqual(texts.map(path));
      await machine.startJob("r", {
        id: "frontends",
        commands: texts.flatMap((text) => frontendCtl.installFrontend(family, path(text))),
      });
      expect(await machine.followJob("r", "frontends", { deadline: soon() })).toMatchObject({ code: 0 });
      expect(cage.calls().map((call) => call.at(-1))).toEqual(texts.map(path));
    },
  );

  test("a package's URL", async () => {
    const url = (text: string) => `https://example.test/${text}.deb`;
    const file = (text: string) => ({ url: url(text), sha256 });
    const texts = accepted((text) => ({ packageFile: file(text) }), "packageFile.url");
    const curlConfig = (text: string) => `url = "${text.replace(/[\\"]/g, "\\$&")}"`;
    expect(texts.length).toBeGreaterThan(100);
    const { at } = cage.machine();
    cage.calls();
    const called: string[][] = [];
    for (const text of texts) {
      const { staging } = toSpec(checked({ packageFile: file(text) }).inputs!, null).packages["2.3.16"]!;
      const path = at("packages", staging!.file);
      const list = join(cage.folder, "url");
      writeFileSync(list, url(text));
      expect((await cage.run(downloadScript(list, sha256, path))).code).toBe(1);
      expect(existsSync(list)).toBe(false);
      called.push(...cage.calls());
    }
    expect(called.map((call) => call.at(-1))).toEqual(texts.map((text) => curlConfig(url(text))));
    // It is no argument, which everybody could read, and curl's own patterns ([1-9], {a,b}) are off.
    for (const call of called)
      expect(call.slice(1, -1)).toEqual([
        "-gfsSL",
        "--retry",
        "3",
        "-o",
        expect.stringMatching(/\.part$/),
        "--config",
        "-",
      ]);
    expect(readdirSync(at("packages"))).toEqual([]);
  });

  test("an organization that is reindexed alone", async () => {
    const texts = accepted((text) => ({ reindexTestOrg: text }), "reindexTestOrg");
    for (const text of texts) expect(text).toMatch(/^[a-z0-9_][a-z0-9_-]*$/);
    const { machine } = cage.machine();
    await machine.takeLock({ run: "r", owner: "o", process: "p" });
    cage.calls();
    await machine.startJob("r", { id: "org", commands: texts.map((text) => frontendCtl.reindex([text])) });
    expect(await machine.followJob("r", "org", { deadline: soon() })).toMatchObject({ code: 0 });
    expect(cage.calls()).toEqual(texts.map((text) => ["chef-server-ctl", "reindex", text]));
  });

  test("the path of an uploaded file, in the folder and in its own name", async () => {
    const { at } = cage.machine();
    const send = (script: string) => cage.run(`sh -c ${quote(script)}`, { stdin: "content" });
    const uploaded = join(cage.folder, "uploaded");
    writeFileSync(uploaded, "content");
    await sideBySide(all, async (text) => {
      // A folder for each: "~" as a file and "~/x" cannot lie side by side.
      const own = at(`packages-${all.indexOf(text)}`);
      const path = `${own}/${text}`;
      let whole = true;
      try {
        whole = remoteFile(path).folder.length > 0 && !cannotBeSent(text);
        receiveScript(path, sha256);
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
        return;
      }
      expect(whole).toBe(true);
      const folder = `${own}-folder/${text}/x.deb`;
      if (text.split("/").some((step) => Buffer.byteLength(`${step}.part`) > 255)) {
        expect((await send(receiveScript(path, sha256))).code).not.toBe(0);
        return;
      }
      expect(await send(receiveScript(path, sha256))).toMatchObject({ code: 0, stdout: "stored\n" });
      expect(readFileSync(path, "utf8")).toBe("content");
      expect(await send(checkScript(path, sha256))).toMatchObject({ code: 0, stdout: "present\n" });
      expect(await send(takeOverScript(folder, sha256, uploaded))).toMatchObject({ stdout: "stored\n" });
      expect(readdirSync(dirname(folder))).toEqual(["x.deb"]);
    });
  });

  test("sudo's password, and a script that root runs by it", async () => {
    const sudo = fakeSudo("password");
    const target = targetOf({ host: "node" }, "node");
    const noPassword = { host: "node", sudo: true, sudoPassword: new Secret("") };
    const plain = rootCommand(target, noPassword, "true").command.replace(/[0-9a-f]{24}/g, "MARK");
    let used = 0;
    for (const text of all) {
      const secret = { host: "node", sudo: true, sudoPassword: new Secret(text) };
      // Refused before: half a character by validation.
      if (/\p{Cs}/u.test(text)) continue;
      if (/[\n\r\0]/.test(text)) {
        expect(() => rootCommand(target, secret, "true")).toThrow(/sudoPassword holds a line end or a NUL/);
        continue;
      }
      writeFileSync(join(sudo.env.FAKE_SUDO_FOLDER, "password"), text);
      const { command, password } = rootCommand(target, secret, `printf %s ${quote(text)}`);
      // Never on the command line, whatever it is.
      expect(rootCommand(target, secret, "true").command.replace(/[0-9a-f]{24}/g, "MARK")).toBe(plain);
      const env = { ...sudo.env, PATH: sudo.env.PATH };
      expect([text, await cage.run(command, { stdin: password, env })]).toMatchObject([
        text,
        { code: 0, stdout: text },
      ]);
      used += 1;
    }
    expect(used).toBeGreaterThan(180);
    await sudo.close();
  });
});
