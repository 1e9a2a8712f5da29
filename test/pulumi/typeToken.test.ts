import { withOldType } from "../../provider/pulumi/typeToken";

const type = "pulumi-nodejs:dynamic/chef-backend:ChefBackendCluster";

test("the old type counts under the present name, and under each that the program says it had", () => {
  expect(withOldType("ChefBackendCluster", undefined)).toEqual({ aliases: [{ type }] });
  const urn = "urn:pulumi:test::project::some:type:Here::name";
  const opts = { protect: true, aliases: [urn, { name: "old" }] };
  expect(withOldType("ChefBackendCluster", opts)).toEqual({
    protect: true,
    aliases: [urn, { name: "old" }, { type }, { type, name: "old" }],
  });
});
