import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { address } from "../../lab/demo/stage";
import { startLab } from "../../lab/lab";
import { Examples } from "./example";

/** The example that upgrades frontends, too: the others are in examples.test.ts. */
const examples = new Examples();
afterEach(() => examples.stop());

test("frontends: the backends, then the frontends, then nothing to do", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-chef-drain-"));
  const told = join(folder, "told");
  const tell = (word: string) => `echo "${word} $FRONTEND" >> ${told}`;
  const versions = { frontendVersion: "14.16.19", frontendPackages: ["15.9.38"] };
  const { lab, stack } = await examples.start("frontends", startLab({ scale: 40, ...versions }), (own) => ({
    nodes: own.backends.map(address),
    frontends: own.frontends.map(({ node }) => address(node)),
    ...{ version: "2.3.16", packagePath: own.packages["2.3.16"], timeouts: own.timeouts },
    ...{ frontendVersion: "15.9.38", frontendPackagePath: own.frontendPackages["15.9.38"] },
    ...{ acceptLicense: true, allowDowntime: "15.9.38" },
    drain: { command: tell("drain"), undo: tell("undrain") },
  }));
  const up = await stack.up();
  expect(up.all).toContain("2 created");
  expect(await stack.outputs()).toMatchObject({
    installedVersions: { "backend-1": "2.3.16", "backend-2": "2.3.16", "backend-3": "2.3.16" },
    frontendVersions: { "frontend-1": "15.9.38", "frontend-2": "15.9.38" },
    frontendHealth: { "frontend-1": "pong", "frontend-2": "pong" },
  });
  const [inTurn, together] = ["drain undrain drain undrain", "drain drain undrain undrain"];
  const lines = readFileSync(told, "utf8").trim().split("\n");
  expect(lines.map((line) => line.split(" ")[0]).join(" ")).toBe(`${inTurn} ${together}`);
  rmSync(folder, { recursive: true });
  // Nobody searches the index that is rebuilt.
  expect([lab.sim.accidents, lab.sim.emptySearchSeconds]).toEqual([[], 0]);
  await stack.ok("preview", "--expect-no-changes");
});
