import * as pulumi from "@pulumi/pulumi";
import { ChefBackendCluster } from "../../provider/pulumi/ChefBackendCluster";
import { ChefBackendMigration } from "../../provider/pulumi/ChefBackendMigration";
import { EnterpriseChefCluster } from "../../provider/pulumi/EnterpriseChefCluster";
import { effective } from "../../provider/pulumi/resourceOptions";

const resources = { ChefBackendCluster, ChefBackendMigration, EnterpriseChefCluster };

describe.each(Object.entries(resources))("%s", (name, make) => {
  const Resource = make as unknown as new (
    name: string,
    args: object,
    opts: pulumi.CustomResourceOptions,
  ) => pulumi.CustomResource;

  it.each([
    ["import", { import: "chef-backend-1" }],
    ["id", { id: "chef-backend-1" }],
  ])("refuses `%s`: creating adopts", (option, opts) => {
    const construct = () => new Resource("prod", {}, opts);
    expect(construct).toThrow(`${name} prod: got the option \`${option}\`, but there is nothing to import`);
    // Pulumi prints the message of one of these, and no stack.
    expect(construct).toThrow(expect.objectContaining({ __pulumiRunError: true }));
  });
});

const inputs = { connection: undefined, nodes: undefined };
const all = {
  replaceOnChanges: ["*"],
  replacementTrigger: "a",
  deleteBeforeReplace: true,
  customTimeouts: { update: "1h" },
};

test("what would replace, or limits nothing, does not reach the engine, and each is told", () => {
  const { opts, ignored } = effective({ ...all, protect: true, retainOnDelete: true }, inputs);
  expect(JSON.parse(JSON.stringify(opts))).toEqual({ protect: true, retainOnDelete: true });
  expect(ignored).toEqual([
    ...["replaceOnChanges", "replacementTrigger", "deleteBeforeReplace"].map(
      (name) =>
        `The option \`${name}\` has no effect: a Chef server is never replaced, and a changed input is an update`,
    ),
    "The option `customTimeouts` has no effect: the input `timeouts` has the limits of each step",
  ]);
});

test("`ignoreChanges` of what is no input is told; of what is one, of all and of none not", () => {
  const of = (...ignoreChanges: string[]) => effective({ ignoreChanges }, inputs).ignored;
  expect(of("conection", "nodez[0].host", '["connexion"].user')).toEqual(
    ["conection", "nodez[0].host", '["connexion"].user'].map(
      (path) => `\`ignoreChanges\` has no effect on ${JSON.stringify(path)}: it is not an input`,
    ),
  );
  expect(of("connection", "connection.password", "nodes[0].host", '["nodes"][1]', "*")).toEqual([]);
  expect(effective({}, inputs)).toEqual({ opts: {}, ignored: [] });
});
