import * as pulumi from "@pulumi/pulumi";

type Options = pulumi.CustomResourceOptions;

const never = "a Chef server is never replaced, and a changed input is an update";

/** Options that a resource does not take, and why. The engine would obey some of them after a failed update. */
const without = {
  replaceOnChanges: never,
  replacementTrigger: never,
  deleteBeforeReplace: never,
  customTimeouts: "the input `timeouts` has the limits of each step",
} as const;

/** Reading what a resource does not know yet is what creating it does. @throws RunError, which Pulumi prints without a stack */
export function refuseImport(what: string, { import: imported, id }: Options): void {
  if (imported === undefined && id === undefined) return;
  const option = imported === undefined ? "id" : "import";
  throw new pulumi.RunError(
    `${what}: got the option \`${option}\`, but there is nothing to import: take it out. Creating the resource adopts the running system, and changes nothing if \`version\` is the installed one`,
  );
}

/** The options that have an effect, and a sentence for each other one. @param inputs names of the resource's inputs */
export function effective(opts: Options, inputs: object): { opts: Options; ignored: string[] } {
  const names = Object.keys(without) as (keyof typeof without)[];
  const given = names.filter((name) => opts[name] !== undefined);
  const strays = (opts.ignoreChanges ?? []).filter((path) => !isPathIn(inputs, path));
  return {
    opts: { ...opts, ...Object.fromEntries(given.map((name) => [name, undefined])) },
    ignored: [
      ...given.map((name) => `The option \`${name}\` has no effect: ${without[name]}`),
      ...strays.map(
        (path) => `\`ignoreChanges\` has no effect on ${JSON.stringify(path)}: it is not an input`,
      ),
    ],
  };
}

function isPathIn(inputs: object, path: string): boolean {
  const first = /^\["([^"]*)"\]|^[^.[]*/.exec(path)!;
  return path === "*" || (first[1] ?? first[0]) in inputs;
}
