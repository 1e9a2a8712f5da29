import { digestsIn, secretPlaces, unsealed } from "../../provider/pulumi/unsealed";

const unknown = Symbol("unknown");
const isUnknown = (value: unknown) => value === unknown;

/** Inputs as the constructor sends them: with the digests of the secrets that it saw. */
function constructed(inputs: Record<string, unknown>) {
  const digests = secretPlaces.map((place) => [place, digestsIn(inputs[place], place)]);
  return { ...inputs, __sealed: Object.fromEntries(digests) };
}
const refused = (news: Record<string, unknown>, olds: Record<string, unknown> = {}) =>
  unsealed(news, olds, isUnknown).map(({ property }) => property);

const login = {
  password: "a",
  privateKey: "b",
  privateKeyPassword: "c",
  proxy: { host: "p", password: "d" },
};
const inputs = {
  connection: { ...login, sudoPassword: "e" },
  nodes: [{ host: "x" }, { host: "y", ...login }],
  frontends: { nodes: [{ host: "z", ...login }] },
  source: { backends: [{ host: "u", ...login }], frontends: [{ host: "v", ...login }] },
};

test("what the constructor has seen is sealed, in every place", () => {
  expect(refused(constructed(inputs))).toEqual([]);
});

test("what came after it is not, in every place", () => {
  const empty = constructed({});
  const of = (place: string) =>
    ["password", "privateKey", "privateKeyPassword", "proxy.password"].map((field) => `${place}.${field}`);
  expect(refused({ ...inputs, __sealed: empty.__sealed })).toEqual([
    ...of("connection"),
    "connection.sudoPassword",
    ...of("nodes[1]"),
    ...of("frontends.nodes[0]"),
    ...of("source.backends[0]"),
    ...of("source.frontends[0]"),
  ]);
});

test("the same value elsewhere, or another one in its place, is not sealed", () => {
  const news = constructed({ connection: { password: "a" } });
  expect(refused({ ...news, nodes: [{ password: "a" }] })).toEqual(["nodes[0].password"]);
  expect(refused({ ...news, connection: { password: "b" } })).toEqual(["connection.password"]);
});

test("`ignoreChanges` brings back an old value where the program gives another; a new one is no old one", () => {
  const olds = { connection: { password: "old" } };
  const news = constructed({ connection: { password: "new" } });
  expect(refused({ ...news, connection: { password: "old" } }, olds)).toEqual([]);
  // The state has it sealed, but a transform's own would not be.
  expect(refused({ ...constructed({}), connection: { password: "old" } }, olds)).toEqual([
    "connection.password",
  ]);
});

test("what is not known yet is judged later, and says nothing of the other places", () => {
  const { __sealed, ...news } = constructed({ connection: { password: "a" }, nodes: [] });
  const added = { ...news, connection: { password: unknown }, nodes: [{ password: "b" }] };
  expect(refused({ ...added, __sealed: { ...__sealed, connection: unknown } })).toEqual([
    "nodes[0].password",
  ]);
  expect(refused({ ...added, __sealed: { ...__sealed, nodes: unknown } })).toEqual([]);
});

test("what is no text is left to validation; inputs of before `__sealed` are not judged", () => {
  const odd = { connection: { password: { text: "a" }, sudoPassword: null, privateKey: 3 } };
  expect(refused({ ...odd, __sealed: {} })).toEqual([]);
  expect(refused({ connection: { password: "a" } })).toEqual([]);
});

test("no message has the value", () => {
  const [failure] = unsealed({ connection: { password: "cANARY" }, __sealed: {} }, {}, isUnknown);
  expect(JSON.stringify(failure)).not.toContain("cANARY");
});
