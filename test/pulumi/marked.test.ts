import { marked } from "../../provider/pulumi/marked";

const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});

test("each secret is marked where it stands, and a list with one as a whole, as the engine does it", () => {
  const proxy = { host: "p", password: "c" };
  const nodes = [{ host: "x" }, { host: "y", proxy }];
  expect(
    marked({
      version: "2.3.16",
      connection: { user: "chef", password: "a", knownHosts: "b", proxy, port: 22, sudo: true },
      nodes,
      frontends: { nodes: [{ host: "z" }], acceptLicense: true },
      healthy: false,
      lastUpgrade: null,
    }),
  ).toEqual({
    version: "2.3.16",
    connection: {
      ...{ user: "chef", password: secret("a"), knownHosts: secret("b"), port: 22, sudo: true },
      proxy: { host: "p", password: secret("c") },
    },
    nodes: secret(nodes),
    frontends: { nodes: [{ host: "z" }], acceptLicense: true },
    healthy: false,
    lastUpgrade: null,
  });
});
