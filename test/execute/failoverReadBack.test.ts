import { parseBlockedLeaders } from "../../provider/chef/cluster/blockedLeaders";
import { Rehearsal } from "../support/rehearsal";
import * as check from "./checks";

/** A run's notes on failover. */
async function notes(r: Rehearsal): Promise<string[]> {
  const found: string[] = [];
  r.onEvent = (event) => {
    if (event.type === "note" && event.text.includes("failover")) found.push(event.text);
  };
  expect(check.allProblems(r, await r.up())).toEqual([]);
  return found;
}

const said = (stdout: string, code = 0, stderr = "") => ({ code, stdout, stderr });

const unread = (state: string) =>
  `\`set-cluster-failover ${state}\` ended with 0. It was not read back: neither cluster-status nor etcd shows it here`;

describe("what `set-cluster-failover` did is read back where the cluster shows it", () => {
  test("by the columns of cluster-status (since 2.0.30)", async () => {
    expect(await notes(new Rehearsal())).toEqual([]);
  });

  test("by etcd's key, which each switch changes", async () => {
    const r = new Rehearsal({ columns: { blocked: false } });
    r.sim.cluster.etcdKeys = true;
    expect(await notes(r)).toEqual([]);
  });

  test("where nothing shows it the run says so, each time", async () => {
    const r = new Rehearsal({ columns: { blocked: false } });
    expect(await notes(r)).toEqual(["off", "on", "off", "on"].map(unread));
  });
});

/** etcd's v2 keys (its own api.md and errors); the value under this key is documented nowhere. */
describe("etcd's answer", () => {
  const node = { key: "/cb/control/blocked_leaders", value: "x", modifiedIndex: 7, createdIndex: 7 };
  const missing = (index: number) =>
    said(JSON.stringify({ errorCode: 100, message: "Key not found", cause: node.key, index }));

  test("a write shows, whatever stands there", () => {
    const at = (modifiedIndex: number) =>
      parseBlockedLeaders(said(JSON.stringify({ action: "get", node: { ...node, modifiedIndex } })));
    expect(at(7)).toBe(at(7));
    expect(at(7)).not.toBe(at(8));
    expect(at(7)).not.toBe(parseBlockedLeaders(missing(9)));
  });

  test("above the key something is missing: nobody has set it", () => {
    expect(parseBlockedLeaders(said('{"errorCode":100,"message":"Key not found","cause":"/cb"}'))).toBe(
      "none",
    );
  });

  test("without the key its index of everything says nothing", () => {
    expect(parseBlockedLeaders(missing(9))).toBe(parseBlockedLeaders(missing(10)));
  });

  test.each([
    ["etcd 3 without v2", said("404 page not found\n")],
    ["TLS", said("", 52, "curl: (52) Empty reply from server")],
    ["no curl", said("", 127)],
    ["something else", said("{}")],
    ["another store", said('{"action":"get","node":{"key":"/other","value":"x"}}')],
    ["another key is missing", said('{"errorCode":100,"message":"Key not found","cause":"/local"}')],
  ])("%s: no answer", (_what, result) => expect(parseBlockedLeaders(result)).toBeNull());
});
