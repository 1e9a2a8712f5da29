import { rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { sampled } from "../../support/sample";
import {
  everyInput,
  canary,
  type Field,
  fieldsOf,
  type Kind,
  schemas,
  valueAt,
  withValue,
} from "./everyInput";
import { front, type ResourceName } from "./front";
import { type Declared, noValue, output, secret } from "./program";
import { programFolder, registered } from "./registered";
import { type Checked, WarmProvider } from "./warmProvider";

type Values = Record<string, unknown>;

/** What stands in place of a value of the kind: each other kind, full of what must never be shown. */
const wrong: Readonly<Record<string, { readonly value: unknown; readonly is: readonly Kind[] }>> = {
  text: { value: `${canary}-text`, is: ["string"] },
  number: { value: 987654321, is: ["number"] },
  boolean: { value: true, is: ["boolean"] },
  list: { value: [`${canary}-list`, `${canary}-list-2`], is: ["array"] },
  object: { value: { password: `${canary}-object`, more: `${canary}-object-2` }, is: ["object", "record"] },
};

/** How the engine writes a value that is secret, and one that is not known yet. */
const marked = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What a provider that takes no secrets gets of it. */
function unmarked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unmarked);
  if (typeof value !== "object" || value === null) return value;
  if (Object.keys(marked(0))[0]! in value) return unmarked((value as { value: unknown }).value);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, unmarked(each)]));
}

const names = Object.keys(schemas) as ResourceName[];

describe.each(names)("bad input for %s", (resource) => {
  let folder: string;
  let warm: WarmProvider;
  let port: Server;
  const touched: Socket[] = [];
  let good: Values;
  let provider: unknown;
  let fields: Field[];

  beforeAll(async () => {
    port = createServer((socket) => void touched.push(socket.on("error", () => undefined))).listen(0);
    await new Promise((resolve) => port.once("listening", resolve));
    good = everyInput((port.address() as { port: number }).port)[resource];
    fields = fieldsOf(schemas[resource], good);
    folder = await programFolder();
    warm = await WarmProvider.start(folder);
    const first = (await registered(folder, { it: declared(good) })).it as { inputs: Values };
    provider = first.inputs.__provider;
  });
  afterAll(async () => {
    for (const socket of touched) socket.destroy();
    await new Promise((resolve) => port.close(resolve));
    await warm.stop();
    await rm(folder, { recursive: true });
  });

  const declared = (inputs: Values): Declared => ({ type: resource, inputs });
  const urn = (name: string) => `urn:pulumi:test::rehearsal::${front.type(resource)}::${name}`;
  const check = (inputs: Values) =>
    warm.check(urn("it"), { ...inputs, __provider: provider }).catch((error: Error): Checked => ({
      inputs: {},
      failures: [`(thrown) ${error.message}`],
    }));

  /** One error, that begins with the property and tells no secret: else what was told instead. */
  const isClear = (at: string, { failures }: Pick<Checked, "failures">) =>
    failures.length === 1 && failures[0]!.startsWith(`${at}: `) && !failures[0]!.includes(canary);

  /** As if it were not there: then the machines are asked, which do not answer. */
  const isTaken = ({ failures }: Checked) => failures.every((each) => each.startsWith("connection: "));

  it("has every input in its example, which is right", async () => {
    const missing = fields.filter(({ path }) => valueAt(good, path) === undefined).map(({ text }) => text);
    // A package is given in one way, which is by its URL here.
    expect(
      missing.filter((text) => !/^(frontends\.)?packageFiles?(\[.*\])?\.(path|source)$/.test(text)),
    ).toEqual([]);
    expect(schemas[resource].safeParse(good).error?.issues ?? []).toEqual([]);
  });

  it("names the input that is of the wrong kind, once, and nothing else", async () => {
    const bad: unknown[] = [];
    for (const field of sampled(fields, 0, 5))
      for (const [what, { value, is }] of Object.entries(wrong)) {
        if (is.includes(field.kind)) continue;
        const checked = await check(withValue(good, field.path, value) as Values);
        if (!isClear(field.text, checked)) bad.push({ [`${field.text} = ${what}`]: checked.failures });
      }
    expect(bad).toEqual([]);
    expect(touched).toEqual([]);
  });

  it("takes null as not given, or names it", async () => {
    const bad: unknown[] = [];
    for (const { path, text, optional } of sampled(fields, 1, 5)) {
      const checked = await check(withValue(good, path, null) as Values);
      if (!isClear(text, checked) && !(optional && isTaken(checked))) bad.push({ [text]: checked.failures });
    }
    expect(bad).toEqual([]);
  });

  it("judges nothing that is not known yet, and still names what is wrong beside it", async () => {
    const bad: unknown[] = [];
    for (const { path, text } of sampled(fields, 2, 5)) {
      const alone = await check(withValue(good, path, unknown) as Values);
      if (alone.failures.length > 0) bad.push({ [text]: alone.failures });
      if (path[0] === "version" || path[0] === "timeouts") continue;
      const both = withValue(withValue(good, path, unknown), ["timeouts"], { install: "soon" });
      const beside = await check(both as Values);
      if (!isClear("timeouts.install", beside)) bad.push({ [`beside ${text}`]: beside.failures });
    }
    expect(bad).toEqual([]);
    expect(touched).toEqual([]);
  });

  it("tells no secret in what it shows and prints", () => {
    expect([...warm.said, warm.printed].filter((text) => text.includes(canary))).toEqual([]);
    // The engine prints the value of such a property, also of one that the program has marked as secret.
    expect([...warm.named]).toEqual([]);
  });

  it("brings every wrong kind of object and list to the engine, plain, secret and as an output", async () => {
    const holders = fields.filter(({ kind }) => ["object", "array", "record"].includes(kind));
    const wraps = { plain: (value: unknown) => value, secret, output };
    const cases: Record<string, { text: string; inputs: Values; mayBeTaken?: boolean }> = {};
    for (const { path, text, kind, optional } of sampled(holders, 0, 3))
      for (const [how, wrap] of Object.entries(wraps)) {
        for (const [what, { value, is }] of Object.entries(wrong))
          if (!is.includes(kind))
            cases[`${text} = ${how} ${what}`] = {
              text,
              inputs: withValue(good, path, wrap(value)) as Values,
            };
        cases[`${text} = ${how} null`] = {
          ...{ text, mayBeTaken: optional },
          inputs: withValue(good, path, wrap(null)) as Values,
        };
      }
    for (const { path, text } of fields.filter((each) => !each.optional))
      cases[`${text} = Output<undefined>`] = { text, inputs: withValue(good, path, noValue) as Values };
    const all = await registered(
      folder,
      Object.fromEntries(Object.entries(cases).map(([name, { inputs }]) => [name, declared(inputs)])),
    );
    const bad: unknown[] = [];
    if (all["(program)"]) bad.push(all["(program)"]);
    for (const [name, { text, mayBeTaken }] of Object.entries(cases)) {
      const what = all[name] ?? { threw: "it never reached the engine" };
      const checked =
        "threw" in what
          ? { inputs: {}, failures: [what.threw] }
          : await check(unmarked(what.inputs) as Values);
      if (!isClear(text, checked) && !(mayBeTaken && isTaken(checked)))
        bad.push({ [name]: checked.failures });
    }
    expect(bad).toEqual([]);
  });
});
