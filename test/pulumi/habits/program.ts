import type { Front, ResourceName } from "./front";

type Values = Record<string, unknown>;

/** A value of the program that is not plain. */
export const secret = (value: unknown) => ({ $secret: value });
/** Known once another resource has been created or updated: not in the preview of that. */
export const later = (value: unknown) => ({ $later: value });
export const output = (value: unknown) => ({ $output: value });
export const noValue = { $undefined: true };

/** A resource of a program, as data; the values of `inputs` and `options` may be those above. */
export interface Declared {
  readonly type: ResourceName;
  readonly inputs: Values;
  /** As in Pulumi; `aliases`, `parent` and `dependsOn` by name. */
  readonly options?: Values;
  /** The name of the component that it belongs to. */
  readonly component?: string;
}

/** The text of a program that declares the resources of `program.json`, and exports the outputs asked for there. */
export const programText = (front: Front) => `const pulumi = require("@pulumi/pulumi");
const constructors = ${front.constructors};
const { resources, exported } = JSON.parse(require("fs").readFileSync("program.json", "utf8"));

class Later extends pulumi.dynamic.Resource {
  constructor(name, value) {
    super({
      create: async (inputs) => ({ id: "later", outs: { value: inputs.value, out: inputs.value } }),
      diff: async (id, olds, news) => ({ changes: JSON.stringify(olds.value) !== JSON.stringify(news.value) }),
      update: async (id, olds, news) => ({ outs: { value: news.value, out: news.value } }),
    }, name, { value, out: undefined });
  }
}

function valueOf(json, name) {
  if (Array.isArray(json)) return json.map((each, at) => valueOf(each, name + "-" + at));
  if (typeof json !== "object" || json === null) return json;
  if ("$secret" in json) return pulumi.secret(valueOf(json.$secret, name));
  if ("$later" in json) return new Later(name, valueOf(json.$later, name)).out;
  if ("$output" in json) return pulumi.output(valueOf(json.$output, name));
  if ("$undefined" in json) return pulumi.output(undefined);
  return Object.fromEntries(Object.entries(json).map(([key, each]) => [key, valueOf(each, name + "-" + key)]));
}

const components = {};
const made = {};
for (const [name, { type, inputs, options = {}, component }] of Object.entries(resources)) {
  const opts = valueOf(options, name);
  if (component) opts.parent = components[component] ??= new pulumi.ComponentResource("test:index:Site", component);
  if (opts.dependsOn) opts.dependsOn = opts.dependsOn.map((each) => made[each]);
  if (opts.aliases) opts.aliases = opts.aliases.map((each) => each === "no parent" ? { parent: pulumi.rootStackResource } : each);
  const build = () => { made[name] = new constructors[type](name, valueOf(inputs, name), opts); };
  globalThis.built ? globalThis.built(name, build) : build();
}
for (const [name, [resource, property]] of Object.entries(exported ?? {})) exports[name] = made[resource][property];
`;
