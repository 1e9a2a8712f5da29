/**
 * Whatever comes in whichever field, as JavaScript and outputs allow it: through the constructor, as Pulumi's runtime sends it to
 * `check`, and through validation. One error on the property that is wrong; nothing is thrown.
 */
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { enterpriseInputs } from "../../provider/enterprise/inputs";
import { clusterInputs } from "../../provider/inputs/schema";
import { validateBy } from "../../provider/inputs/validate";
import { migrationInputs } from "../../provider/migration/inputs";
import { ChefBackendCluster } from "../../provider/pulumi/ChefBackendCluster";
import { ChefBackendMigration } from "../../provider/pulumi/ChefBackendMigration";
import { EnterpriseChefCluster } from "../../provider/pulumi/EnterpriseChefCluster";
import { sampled } from "../support/sample";

// Its text takes time to write, once for each provider: one for all.
jest.mock("../../provider/pulumi/dynamicProvider", () => {
  const provider = {};
  return { dynamicProvider: () => provider };
});

type Fields = Record<string, unknown>;

const login = { user: "root", password: "canary" };
const connection = { ...login, proxy: { host: "bastion", ...login } };
/** The first one has everything. */
const machines = (...hosts: string[]) =>
  hosts.map((host, at) => (at === 0 ? { host, ...connection } : { host }));
const packageFile = { path: "/var/a.deb" };

const resources = {
  ChefBackendCluster: {
    make: ChefBackendCluster,
    schema: clusterInputs,
    inputs: {
      ...{ version: "2.3.16", nodes: machines("a", "b", "c"), connection, packageFile, timeouts: {} },
      packageFiles: { "2.1.0": packageFile },
      goneMachines: ["x"],
      frontends: { nodes: machines("d"), version: "15.9.38", packageFile },
    },
  },
  EnterpriseChefCluster: {
    make: EnterpriseChefCluster,
    schema: enterpriseInputs,
    inputs: {
      ...{ version: "11.3.2", nodes: machines("a", "b"), connection, packageFile, timeouts: {} },
      ...{ goneMachines: ["x"], frontends: { nodes: machines("d") }, backupReference: "s3://a" },
    },
  },
  ChefBackendMigration: {
    make: ChefBackendMigration,
    schema: migrationInputs,
    inputs: {
      ...{ version: "2.3.16", nodes: machines("a", "b", "c"), connection, packageFile, timeouts: {} },
      goneMachines: ["x"],
      frontends: { nodes: machines("d"), version: "15.9.38", packageFile },
      source: { backends: machines("e", "f"), frontends: machines("g") },
    },
  },
};

interface Field {
  readonly path: string;
  readonly keys: readonly (string | number)[];
  readonly kind: string;
}

/** Every field of a schema below a value that has the lists and objects to stand in; of a list, its first element. */
function fieldsOf(schema: unknown, value: unknown, keys: Field["keys"] = []): Field[] {
  const { type, innerType, shape, element, valueType } = (schema as z.ZodType).def as Fields & {
    type: string;
  };
  if (innerType) return fieldsOf(innerType, value, keys);
  const below: [string | number, unknown][] =
    shape !== undefined
      ? Object.entries(shape as object)
      : element !== undefined
        ? [[0, element]]
        : valueType === undefined
          ? []
          : Object.keys((value as object) ?? {}).map((key) => [key, valueType]);
  const inside = below.flatMap(([key, each]) =>
    value === undefined ? [] : fieldsOf(each, (value as Fields)[key], [...keys, key]),
  );
  return keys.length === 0 ? inside : [{ path: pathOf(keys), keys, kind: type }, ...inside];
}

const pathOf = (keys: Field["keys"]) =>
  keys
    .map((key) =>
      typeof key === "number" ? `[${key}]` : /^\d/.test(key) ? `[${JSON.stringify(key)}]` : `.${key}`,
    )
    .join("")
    .slice(1);

const kinds: Fields = { text: "canary", number: 7, boolean: true, list: ["canary"], map: { a: "canary" } };
const right: Record<string, string[]> = {
  ...{ string: ["text"], number: ["number"], boolean: ["boolean"] },
  ...{ array: ["list"], object: ["map"], record: ["map"] },
};

/** A copy with one field set. */
function withField(value: unknown, [key, ...rest]: Field["keys"], to: unknown): unknown {
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Fields;
  copy[key!] = rest.length === 0 ? to : withField(copy[key!], rest, to);
  return copy;
}

let sent: Fields = {};
const { prepareStackTrace } = Error;
beforeAll(() => {
  // Pulumi's runtime takes the stack of each resource and output, which jest looks up in its source maps.
  Error.prepareStackTrace = String;
  pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => {
      sent = inputs as Fields;
      return { id: name, state: {} };
    },
    call: () => ({}),
  });
});
afterAll(() => {
  Error.prepareStackTrace = prepareStackTrace;
});

/** What the mocks get, without the marks of secrets. */
function clear(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clear);
  if (typeof value !== "object" || value === null) return value;
  const { "4dabf18193072939515e22adb298388d": mark, ...fields } = value as Fields;
  if (mark !== undefined) return clear(fields.value);
  return Object.fromEntries(Object.entries(fields).map(([key, each]) => [key, clear(each)]));
}

describe.each(Object.entries(resources))("%s", (name, { make, schema, inputs }) => {
  const Resource = make as unknown as new (name: string, args: unknown) => pulumi.CustomResource;

  const failuresIn = (given: unknown) =>
    validateBy(schema as z.ZodType<unknown>, given as Fields, () => false).failures;

  /** Constructs it; what validation says of what was sent. */
  async function failuresOf(args: unknown) {
    const resource = new Resource(name, args);
    await new Promise((resolve) => resource.urn.apply(resolve));
    const { __provider, __sealed, __urn: _urn, ...given } = clear(sent) as Fields;
    return failuresIn(given);
  }

  const fields = fieldsOf(schema, inputs);
  const wrongKinds = fields.flatMap((field) =>
    Object.entries({ null: null, ...kinds })
      .filter(([kind]) => !right[field.kind]!.includes(kind))
      .map(([kind, value]) => ({ ...field, wrong: kind, value })),
  );

  it("takes the inputs that the others differ from in one field", async () => {
    expect(fields.length).toBeGreaterThan(60);
    expect(await failuresOf(inputs)).toEqual([]);
  });

  it("has one error, on the property, for every wrong kind in every field", async () => {
    expect(wrongKinds.length).toBeGreaterThan(200);
    for (const { path, keys, wrong, value } of sampled(wrongKinds, 0)) {
      const failures = await failuresOf(withField(inputs, keys, value));
      expect([path, wrong, failures.map(({ property }) => property)]).toEqual([path, wrong, [path]]);
      expect(failures[0]!.reason).toMatch(/^got .*expected /);
    }
  });

  it("says the same of an output or a promise of it", async () => {
    for (const [at, { path, keys, wrong, value }] of sampled(wrongKinds, 3, 7).entries()) {
      const later = at % 2 ? pulumi.output(value) : Promise.resolve(value);
      const failures = await failuresOf(withField(inputs, keys, later));
      expect([path, wrong, failures.map(({ property }) => property)]).toEqual([path, wrong, [path]]);
    }
  });

  it("takes an output of nothing, also a secret one, as an input that is not given", async () => {
    for (const [at, { path, keys }] of sampled(fields, 0).entries()) {
      const nothing = at % 2 ? pulumi.output(undefined) : pulumi.secret(undefined);
      // Of a list, nothing is an element: null, as in JSON.
      const left: unknown = JSON.parse(JSON.stringify(withField(inputs, keys, undefined)));
      expect([path, await failuresOf(withField(inputs, keys, nothing))]).toEqual([path, failuresIn(left)]);
    }
  });

  it("says which ones are missing where there are no inputs at all, and refuses what is no object at once", async () => {
    for (const none of [undefined, null, {}])
      expect((await failuresOf(none)).map(({ property }) => property)).toContain("version");
    for (const wrong of ["canary", 7, ["canary"], pulumi.output({}), Promise.resolve({})])
      expect(() => new Resource("prod", wrong)).toThrow(
        new RegExp(`^${name} prod: got \\w.* as inputs, expected an object`),
      );
  });
});
