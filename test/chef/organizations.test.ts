import { countObjects, lacking, parseOrganizations } from "../../provider/chef/server/organizations";
import type { FactResult } from "../../provider/machine/machine";

const said = (stdout: string, code = 0): FactResult => ({ code, stdout, stderr: "" });
const id = "c5b1ac8a2e6a0d7c6a1f0b8d3e4f5a60";

describe("the lists of the server's database", () => {
  test("psql's lines without alignment: the id, the name, and a count for each kind", () => {
    expect(
      parseOrganizations(said(`${id}|acme|120|7|3|121|40\n${id.replace("c", "d")}|lab-2|0|0|1|1|0\n`)),
    ).toEqual([
      {
        ...{ name: "acme", database: `chef_${id}` },
        objects: { node: 120, role: 7, environment: 3, client: 121, data_bag_item: 40 },
      },
      {
        ...{ name: "lab-2", database: `chef_${id.replace("c", "d")}` },
        objects: { node: 0, role: 0, environment: 1, client: 1, data_bag_item: 0 },
      },
    ]);
    expect(parseOrganizations(said("\n"))).toEqual([]);
  });

  test.each([
    ["it failed", said("", 2)],
    ["it failed in the middle", said(`${id}|acme|1|1|1|1|1\n`, 1)],
    ["a count is missing", said(`${id}|acme|1|1|1|1\n`)],
    ["something else", said(`WARNING: password file has group access\n${id}|acme|1|1|1|1|1\n`)],
    ["a message in place of a count", said(`${id}|acme|1|1|1|1|ERROR\n`)],
  ])("are not known where %s", (_how, result) => {
    expect(parseOrganizations(result)).toBeNull();
  });

  // It goes through a shell, in double quotes (chef-server-ctl psql).
  test("the question has nothing in it that a shell would touch", () => {
    expect(countObjects).toMatch(/^[\w ,.()*=<>']+$/);
  });
});

describe("what an organization lacks in the index", () => {
  const objects = { node: 250, role: 99, environment: 1, client: 0, data_bag_item: 0 };
  const lacks = (found: Record<string, number>) =>
    lacking([{ name: "acme", database: "chef_1", objects }], { chef_1: found }).map(({ seen }) => seen);

  test("of 100 of a kind one may be missing, of fewer none; more than are listed is no lack", () => {
    expect(lacks({ node: 248, role: 99, environment: 1 })).toEqual([]);
    expect(lacks({ node: 900, role: 99, environment: 2, client: 1 })).toEqual([]);
    expect(lacks({ node: 247, role: 99, environment: 1 })).toEqual(["acme (247 of 250 nodes)"]);
    expect(lacks({ node: 250, role: 98 })).toEqual(["acme (98 of 99 roles, 0 of 1 environments)"]);
  });

  test("one that is not in the index at all", () => {
    const one = { name: "lab", database: "chef_2", objects: { ...objects, data_bag_item: 3 } };
    expect(lacking([one], {}).map(({ seen }) => seen)).toEqual([
      "lab (0 of 250 nodes, 0 of 99 roles, 0 of 1 environments, 0 of 3 data bag items)",
    ]);
  });
});
