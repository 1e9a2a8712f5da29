import { execFile, execFileSync, spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { judgeHostKey, knowledgeOf } from "../../provider/ssh/judgeHostKey";
import { entriesFor, knownHostsName, parseKnownHosts } from "../../provider/ssh/knownHosts";
import { parsePublicKeyLine } from "../../provider/ssh/publicKeyLine";
import { generateKey, startSshd, temporaryFolder, withOpenSsh, type Sshd } from "../support/openssh";

/** Lines of generated files; K is the server's key, X another of its type, R one of another type. */
const FILES = [
  "",
  "node.example K",
  "node.example X",
  "node.example R",
  "node.example X\nnode.example K",
  "node.example R\nnode.example K",
  "NODE.Example K",
  "other.example K",
  "other.example,node.example K",
  "node.example,10.0.0.1 X",
  "* K",
  "*.example K",
  "*.EXAMPLE K",
  "node.exampl? K",
  "node.example? K",
  "*,!node.example K",
  "!node.example,* K",
  "!other.example,* K",
  "!node.example K",
  "*,!node.example X\nnode.example K",
  "[node.example]:2222 K",
  "[node.example]:2222 X",
  "[node.example]:2222 X\nnode.example K",
  "[node.example]:* K",
  "[*]:2222 K",
  "node.example:2222 K",
  "@revoked node.example K",
  "@revoked * K\nnode.example K",
  "node.example K\n@revoked node.example K",
  "node.example K\n@revoked node.example X",
  "@revoked node.example X",
  "@revoked [node.example]:2222 K\nnode.example K",
  "@cert-authority node.example K",
  "@cert-authority * X\nnode.example K",
  "@nonsense node.example K",
  "# node.example K",
  "  \tnode.example K with a comment",
  "node.example K\r",
  "node.example\tK",
  "node.example",
  "node.example ssh-ed25519",
  "node.example ssh-rsa AAAA",
  "node.example ssh-ed25519 !!!!\nnode.example K",
  "|1|AAAA|BBBB K",
  "HASH K",
  "HASH X",
  "HASH X\nHASH K",
  "@revoked HASH K\nnode.example K",
  "\n\n# comment\n\nnode.example K\n\n",
  "@REVOKED node.example K",
  "node.example,!node.example K",
  "**.example K\n!*.example,node.* X",
  "node.example 256 K",
  "@revoked *.example,!node.example K\nnode.example K",
];

withOpenSsh("known_hosts decisions agree with OpenSSH", () => {
  let folder: string;
  let sshd: Sshd;
  let keys: Record<"K" | "X" | "R", string>;
  const publicPart = (path: string) =>
    readFileSync(`${path}.pub`, "utf8").trim().split(" ").slice(0, 2).join(" ");

  beforeAll(async () => {
    folder = temporaryFolder();
    // Nobody may log in: only the judgment about the host key counts here.
    sshd = await startSshd("PubkeyAuthentication no\nHostKeyAlgorithms ssh-ed25519");
    keys = {
      K: publicPart(join(sshd.folder, "host_ed25519")),
      X: publicPart(generateKey(folder, "x")),
      R: publicPart(generateKey(folder, "r", "ecdsa")),
    };
  });
  afterAll(async () => {
    await sshd.close();
    rmSync(folder, { recursive: true });
  });

  /** The file's text, HASH being the hashed name that ssh-keygen itself makes. */
  const contentOf = (template: string, port: number): string => {
    const lines = template.replace(/\b[KXR]\b/g, (name) => keys[name as "K"]);
    if (!template.includes("HASH")) return `${lines}\n`;
    const plain = join(folder, "plain");
    writeFileSync(plain, `${knownHostsName("node.example", port)} ${keys.K}\n`);
    execFileSync("ssh-keygen", ["-q", "-H", "-f", plain], { stdio: "ignore" });
    const hash = readFileSync(plain, "utf8").split(" ")[0]!;
    return `${lines.replaceAll("HASH", hash)}\n`;
  };

  /** What the real client says to this server under the name node.example and any port. */
  const askSsh = (file: string, port: number): Promise<string> =>
    new Promise((resolve) => {
      const relay = `${process.execPath} -e 'const s=require("net").connect(${sshd.port},"127.0.0.1");process.stdin.pipe(s).pipe(process.stdout)'`;
      const options = [
        "StrictHostKeyChecking=yes",
        "BatchMode=yes",
        "GlobalKnownHostsFile=/dev/null",
        `UserKnownHostsFile=${file}`,
        `ProxyCommand=${relay}`,
      ].flatMap((option) => ["-o", option]);
      const args = ["-F", "/dev/null", ...options, "-p", String(port), "nobody@node.example", "true"];
      execFile("ssh", args, (_error, _stdout, said) => {
        if (said.includes("REVOKED HOST KEY") || said.includes("is revoked")) resolve("revoked");
        else if (said.includes("HOST IDENTIFICATION HAS CHANGED")) resolve("changed");
        else if (said.includes("key is known for")) resolve("unknown");
        else if (said.includes("Permission denied")) resolve("known");
        else resolve(`not understood: ${said}`);
      });
    });

  test.each([22, 2222])("ssh itself, %i files' worth of judgments for its port", async (port) => {
    const theirs: Record<string, string> = {};
    const ours: Record<string, string> = {};
    const key = parsePublicKeyLine(keys.K)!.blob;
    const judgeBoth = async (template: string, index: number) => {
      const content = contentOf(template, port);
      const file = join(folder, `known_hosts_${index}`);
      writeFileSync(file, content);
      ours[template] = judgeHostKey(knowledgeOf(parseKnownHosts(content), "node.example", port), key).status;
      theirs[template] = await askSsh(file, port);
    };
    // A few at a time: sshd drops connections when too many are logging in.
    for (let first = 0; first < FILES.length; first += 4) {
      await Promise.all(FILES.slice(first, first + 4).map((template, n) => judgeBoth(template, first + n)));
    }
    expect(ours).toEqual(theirs);
    expect(new Set(Object.values(theirs))).toEqual(new Set(["known", "unknown", "changed", "revoked"]));
  });

  test("ssh-keygen -F: which lines mean a host", () => {
    const names = [["node.example", 22], ["node.example", 2222], ["other.example", 22], ["10.0.0.1", 22]] as const; // prettier-ignore
    for (const [index, template] of FILES.entries()) {
      const content = contentOf(template, 22);
      const file = join(folder, `find_${index}`);
      writeFileSync(file, content);
      for (const [host, port] of names) {
        const name = knownHostsName(host, port);
        const found = spawnSync("ssh-keygen", ["-F", name, "-f", file], { encoding: "utf8" }).stdout;
        const theirs = [...found.matchAll(/found: line (\d+)/g)].map((match) => Number(match[1]));
        const entries = entriesFor(parseKnownHosts(content), name);
        const mine = [...entries.keys, ...entries.revoked, ...entries.authorities].map((entry) => entry.line);
        // ssh-keygen does not look at the keys, so it also finds lines that ssh and we cannot use.
        const usable = theirs.filter((line) => parseKnownHosts(content).some((entry) => entry.line === line));
        expect([template, name, mine.sort()]).toEqual([template, name, usable]);
      }
    }
  });
});
