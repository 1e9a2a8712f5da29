import { createHmac } from "node:crypto";
import { hostKeyAlgorithms } from "../../provider/ssh/hostKeyAlgorithms";
import { matchesHosts } from "../../provider/ssh/hostPattern";
import { judgeHostKey, knowledgeOf } from "../../provider/ssh/judgeHostKey";
import { knownHostsName, parseKnownHosts } from "../../provider/ssh/knownHosts";
import { parsePublicKeyLine } from "../../provider/ssh/publicKeyLine";
import { keyPair } from "../support/sshServer";

const RIGHT = keyPair().public;
const OTHER = keyPair().public;
const RSA = keyPair("rsa").public;
const blob = (line: string) => parsePublicKeyLine(line)!.blob;
const hashed = (name: string, salt = Buffer.from("0123456789abcdefghij")) =>
  `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;

describe("host patterns", () => {
  test.each([
    ["node", "node", true],
    ["node", "NODE", true],
    ["Node", "node", true],
    ["node", "node2", false],
    ["a,node,b", "node", true],
    ["*", "anything", true],
    ["*.example", "a.b.example", true],
    ["*.example", "example", false],
    ["node-?", "node-1", true],
    ["node-?", "node-", false],
    ["node-?", "node-12", false],
    ["*,!node-2", "node-2", false],
    ["!node-2,*", "node-2", false],
    ["!node-2,*", "node-1", true],
    ["!node-2", "node-1", false],
    ["[node]:2222", "[node]:2222", true],
    ["[node]:2222", "node", false],
    ["[*]:2222", "[node]:2222", true],
    ["node", "[node]:2222", false],
    ["fe80::1", "fe80::1", true],
    ["", "node", false],
    [`${"*a".repeat(5000)}b`, "a".repeat(10_000), false],
    [hashed("node"), "node", true],
    [hashed("node"), "NODE", true],
    [hashed("[node]:2222"), "[node]:2222", true],
    [hashed("node"), "node2", false],
    ["|1|salt", "node", false],
    ["|2|c2FsdA==|aGFzaA==", "node", false],
  ])("%.40s for %.20s", (hosts, name, expected) => {
    expect(matchesHosts(hosts, name)).toBe(expected);
  });
});

test("only whole lines with a readable key count", () => {
  const content = [
    "# node ssh-ed25519 AAAA",
    "",
    `node ${RIGHT} a comment here`,
    `\t two ${RIGHT}\r`,
    `@revoked three ${RIGHT}`,
    `@cert-authority four ${RIGHT}`,
    `@unknown five ${RIGHT}`,
    `six ssh-rsa ${RIGHT.split(" ")[1]}`,
    `seven ${RIGHT.slice(0, -8)}`,
    "eight ssh-ed25519",
    "nine",
    `@revoked @cert-authority ten ${RIGHT}`,
    "eleven 2048 35 1234567890",
  ].join("\n");
  const summary = parseKnownHosts(content).map(({ line, marker, hosts }) => [line, marker, hosts]);
  expect(summary).toEqual([
    [3, undefined, "node"],
    [4, undefined, "two"],
    [5, "revoked", "three"],
    [6, "cert-authority", "four"],
  ]);
});

describe("the decision about the key RIGHT", () => {
  const judge = (content: string, host = "node", port = 22) =>
    judgeHostKey(knowledgeOf(parseKnownHosts(content), host, port), blob(RIGHT)).status;
  test.each([
    ["an empty file", "", "unknown"],
    ["the host with this key", `node ${RIGHT}`, "known"],
    ["the host with another key", `node ${OTHER}`, "changed"],
    ["the host with a key of another type only", `node ${RSA}`, "changed"],
    ["both keys", `node ${OTHER}\nnode ${RIGHT}`, "known"],
    ["another host with this key", `other ${RIGHT}`, "unknown"],
    ["revoked", `@revoked node ${RIGHT}`, "revoked"],
    ["revoked for all hosts", `@revoked * ${RIGHT}\nnode ${RIGHT}`, "revoked"],
    ["revoked after it was known", `node ${RIGHT}\n@revoked node ${RIGHT}`, "revoked"],
    ["another key revoked", `node ${RIGHT}\n@revoked node ${OTHER}`, "known"],
    ["only another key revoked", `@revoked node ${OTHER}`, "unknown"],
    ["an authority", `@cert-authority * ${RIGHT}`, "unknown"],
    ["an authority, and the key itself", `@cert-authority * ${OTHER}\nnode ${RIGHT}`, "known"],
    ["negated", `*,!node ${RIGHT}`, "unknown"],
    ["hashed", `${hashed("node")} ${RIGHT}`, "known"],
  ])("%s", (_name, content, expected) => {
    expect(judge(content)).toBe(expected);
  });

  test("on another port the name is [host]:port; the bare host helps only with this very key", () => {
    expect(knownHostsName("Node", 2222)).toBe("[node]:2222");
    expect(judge(`[node]:2222 ${RIGHT}`, "node", 2222)).toBe("known");
    expect(judge(`[node]:2222 ${OTHER}\nnode ${RIGHT}`, "node", 2222)).toBe("changed");
    expect(judge(`node ${RIGHT}`, "node", 2222)).toBe("known");
    expect(judge(`node ${OTHER}`, "node", 2222)).toBe("unknown");
    expect(judge(`[node]:2222 ${RIGHT}`, "node", 22)).toBe("unknown");
  });
});

test("algorithms of known keys are asked for first, for RSA keys all three", () => {
  const order = (content: string, port = 22) =>
    hostKeyAlgorithms(knowledgeOf(parseKnownHosts(content), "node", port));
  expect(order("")[0]).toBe("ssh-ed25519");
  expect(order(`node ${RSA}`).slice(0, 3)).toEqual(["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"]);
  expect(order(`node ${RSA}`, 2222).slice(0, 3)).toEqual(["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"]);
  expect(order(`node ${RSA}`)).toHaveLength(order("").length);
});
