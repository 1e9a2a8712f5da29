/** What lies in the provider's folder on a node leads nowhere else: no link is followed, nobody else's file is used. */
import { createHash } from "node:crypto";
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { downloadScript } from "../../provider/gate/downloadScript";
import { realClock } from "../../provider/machine/clock";
import { quote } from "../../provider/shell/quote";
import { checkScript, receiveScript, takeOverScript } from "../../provider/ssh/uploadScripts";
import { given, root } from "../support/needs";
import { Cage, shells } from "./shells";

const content = "content";
const sha256 = createHash("sha256").update(content).digest("hex");
const owner = (run: string) => ({ run, owner: "o", process: "p" });

describe.each(shells)("%s", (shell) => {
  let cage: Cage;
  let outside: string;
  let places = 0;
  beforeAll(() => (cage = new Cage(shell)));
  afterAll(() => cage.close());
  /** Where the links lead to: a file and a folder, which must stay as they are. */
  beforeEach(() => {
    outside = join(cage.folder, `outside-${places++}`);
    mkdirSync(join(outside, "folder"), { recursive: true });
    writeFileSync(join(outside, "file"), "theirs");
  });
  afterEach(() => {
    expect(readdirSync(outside).sort()).toEqual(["file", "folder"]);
    expect(readFileSync(join(outside, "file"), "utf8")).toBe("theirs");
    expect(readdirSync(join(outside, "folder"))).toEqual([]);
  });

  const link = (path: string, to: string) => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    symlinkSync(join(outside, to), path);
  };
  const locked = async () => {
    const opened = cage.machine();
    await opened.machine.takeLock(owner("r"));
    return opened;
  };
  const send = (script: string) => cage.run(`sh -c ${quote(script)}`, { stdin: content });

  describe("before a run", () => {
    const names = [
      ...["lock", "lock/r", "lock/other", "history", "history/old", "packages", "packages/x.deb.part"],
      ...["packages/x.deb", "files", "files/migration-level", "record", "upgraded", "upgraded.tmp"],
    ];

    test.each(names.flatMap((name) => ["file", "folder", "nothing"].map((to) => [name, to] as const)))(
      "%s is a link to a %s: refused, with its name",
      async (name, to) => {
        const { machine, at } = cage.machine();
        link(at(name), to);
        await expect(machine.takeLock(owner("r"))).rejects.toThrow(`${at(name)} is a link or not owned by`);
        expect(lstatSync(at(name)).isSymbolicLink()).toBe(true);
        if (name === "record" || name === "upgraded")
          expect(await machine.read([])).toMatchObject({ record: "", upgradedTo: "" });
      },
    );

    given("files of somebody else's", root).test.each(names)(
      "%s belongs to somebody else: refused",
      async (name) => {
        const { machine, at } = cage.machine();
        mkdirSync(at(name), { recursive: true, mode: 0o700 });
        chownSync(at(name), 65534, 65534);
        await expect(machine.takeLock(owner("r"))).rejects.toThrow(
          `${at(name)} is a link or not owned by root`,
        );
      },
    );
  });

  describe("put there during a run", () => {
    test.each(["file", "folder", "nothing"])("the record is a link to a %s: replaced", async (to) => {
      const { machine, at } = await locked();
      link(at("record"), to);
      await machine.writeRecord("r", "text");
      expect(lstatSync(at("record")).isFile()).toBe(true);
      expect((await machine.read([])).record).toBe("text\n");
    });

    test.each(["file", "folder", "nothing"])("a kept file is a link to a %s: replaced", async (to) => {
      const { machine, at } = await locked();
      link(at("files/f"), to);
      expect(await machine.keepFile("r", "f", "text")).toBe(at("files/f"));
      expect(lstatSync(at("files/f")).isFile()).toBe(true);
      expect(readFileSync(at("files/f"), "utf8")).toBe("text");
    });

    test.each(["file", "folder", "nothing"])(
      "the folder of kept files is a link to a %s: refused",
      async (to) => {
        const { machine, at } = await locked();
        link(at("files"), to);
        await expect(machine.keepFile("r", "f", "text")).rejects.toThrow(/ended with 1/);
      },
    );

    test.each(["file", "folder", "nothing"])(
      "the note of a build is a link to a %s: replaced",
      async (to) => {
        const { machine, at } = await locked();
        link(at("upgraded"), to);
        link(at("upgraded.tmp"), to);
        await machine.startJob("r", { id: "j", commands: [["true"]], marksRunning: "2.3.16-1" });
        await machine.followJob("r", "j", { deadline: realClock.now() + 20_000 });
        expect(lstatSync(at("upgraded")).isFile()).toBe(true);
        expect((await machine.read([])).upgradedTo).toBe("2.3.16-1");
      },
    );

    test.each(["file", "folder", "nothing"])(
      "a job's folder is a link to a %s: nothing starts",
      async (to) => {
        const { machine, at } = await locked();
        link(at("lock/r/jobs/j"), to);
        const started = await machine
          .startJob("r", { id: "j", commands: [["touch", join(outside, "ran")]] })
          .catch(() => "");
        expect(started).not.toBe("started");
      },
    );
  });

  describe("staging", () => {
    const file = "x.deb";
    const source = (name = "source") => {
      writeFileSync(join(cage.folder, name), content);
      return join(cage.folder, name);
    };
    /** A program called curl that stores what was asked for, following links as curl does. */
    const download = async (path: string, sum = sha256) => {
      const bin = join(cage.folder, "curl-bin");
      mkdirSync(bin, { recursive: true });
      const words = `while [ "$1" != -o ]; do shift; done; printf %s ${content} > "$2"`;
      writeFileSync(join(bin, "curl"), `#!/bin/sh\n${words}\n`, { mode: 0o755 });
      const env = { PATH: `${bin}:${cage.env.PATH}` };
      writeFileSync(join(cage.folder, "url"), "https://example.test/x.deb");
      return cage.run(downloadScript(join(cage.folder, "url"), sum, path), { env });
    };
    const ways: [
      string,
      (path: string) => Promise<{ code: number | null; stdout: string; stderr: string }>,
    ][] = [
      ["uploaded", (path) => send(receiveScript(path, sha256))],
      ["taken over from a user", (path) => send(takeOverScript(path, sha256, source()))],
      ["downloaded", (path) => download(path)],
    ];

    test.each(ways)("%s: the folder is a link: refused", async (_how, bring) => {
      const { at } = await locked();
      link(at("packages"), "folder");
      const { code, stderr } = await bring(at("packages", file));
      expect([code, stderr]).toEqual([91, "it is a symbolic link\n"]);
    });

    test("the folder is a link: what lies there is not called present", async () => {
      const { at } = await locked();
      link(at("packages"), "folder");
      expect((await send(checkScript(at("packages", file), sha256))).code).toBe(91);
    });

    test.each(
      ways.flatMap(([how, bring]) => ["file", "folder", "nothing"].map((to) => [how, to, bring] as const)),
    )("%s: the half-made and the finished file are links to a %s: replaced", async (_how, to, bring) => {
      const { at } = await locked();
      link(at("packages", `${file}.part`), to);
      link(at("packages", file), to);
      expect(await bring(at("packages", file))).toMatchObject({ code: 0 });
      expect(lstatSync(at("packages", file)).isFile()).toBe(true);
      expect(readFileSync(at("packages", file), "utf8")).toBe(content);
      expect(readdirSync(at("packages"))).toEqual([file]);
      expect(statSync(at("packages", file)).mode & 0o777).toBe(0o600);
    });

    test.each(ways)("%s: a link to the right file does not count as the file", async (_how, bring) => {
      const { at } = await locked();
      mkdirSync(at("packages"), { mode: 0o700 });
      symlinkSync(source("right"), at("packages", file));
      expect((await send(checkScript(at("packages", file), sha256))).stdout).toBe("absent\n");
      expect(await bring(at("packages", file))).toMatchObject({ code: 0 });
      expect(lstatSync(at("packages", file)).isFile()).toBe(true);
    });

    test.each(ways)(
      "%s: a folder in the place of the file is an error, and nothing lands in it",
      async (_how, bring) => {
        const { at } = await locked();
        mkdirSync(at("packages", file), { recursive: true, mode: 0o700 });
        expect(readdirSync(at("packages", file))).toEqual([]);
        const { code, stdout } = await bring(at("packages", file));
        expect([code === 0 && stdout.includes("stored"), readdirSync(at("packages", file))]).toEqual([
          false,
          [],
        ]);
      },
    );

    test("downloaded: the wrong content is removed, and what lay there stays", async () => {
      const { at } = await locked();
      await download(at("packages", file));
      const wrong = await download(at("packages", file), "0".repeat(64));
      expect(wrong.code).toBe(1);
      expect(wrong.stdout).toContain(`the SHA-256 of what was downloaded is ${sha256}`);
      expect(readdirSync(at("packages"))).toEqual([file]);
      expect(readFileSync(at("packages", file), "utf8")).toBe(content);
    });

    const open = ["0755", "0770", "0777"];
    test.each(ways.flatMap(([how, bring]) => open.map((mode) => [how, mode, bring] as const)))(
      "%s: a folder of mode %s is refused",
      async (_how, mode, bring) => {
        const { at } = await locked();
        mkdirSync(at("packages"));
        await cage.run(`chmod ${mode} ${quote(at("packages"))}`);
        expect(await bring(at("packages", file))).toMatchObject({ code: 91 });
        expect(readdirSync(at("packages"))).toEqual([]);
      },
    );
  });

  test("several packages of one run are each downloaded", async () => {
    const { machine, at } = await locked();
    const deadline = realClock.now() + 20_000;
    cage.calls();
    for (const url of ["https://example.test/a.deb", "https://example.test/b.deb"]) {
      const sum = createHash("sha256").update(url).digest("hex");
      const staging = { kind: "download" as const, url, sha256: sum, file: `${sum.slice(0, 12)}-x.deb` };
      await expect(machine.stage("r", staging, { deadline })).rejects.toThrow(/downloading .* ended with 1/);
    }
    expect(cage.calls().map((call) => call.at(-1))).toEqual([
      'url = "https://example.test/a.deb"',
      'url = "https://example.test/b.deb"',
    ]);
    expect(readdirSync(at("files"))).toEqual([]);
    expect(readdirSync(at("packages"))).toEqual([]);
  });

  test("everything that a run leaves is for its owner only", async () => {
    const { machine, at, root } = await locked();
    await machine.startJob("r", { id: "j", commands: [["echo", "x"]], marksRunning: "2.3.16-1" });
    await machine.followJob("r", "j", { deadline: realClock.now() + 20_000 });
    await machine.keepFile("r", "f", "text");
    await machine.writeRecord("r", "text");
    await send(receiveScript(at("packages/x.deb"), sha256));
    const modes = () =>
      readdirSync(root.stateDir, { recursive: true, encoding: "utf8" })
        .concat("")
        .map((name) => [name, statSync(at(name)).mode & 0o077]);
    for (const [name, mode] of modes()) expect([name, mode]).toEqual([name, 0]);
    await machine.releaseLock("r");
    for (const [name, mode] of modes()) expect([name, mode]).toEqual([name, 0]);
    expect(existsSync(at("history/r/jobs/j/output"))).toBe(true);
  });
});
