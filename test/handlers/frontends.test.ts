import { check } from "../../provider/handlers/check";
import { read } from "../../provider/handlers/read";
import type { CheckedInputs } from "../../provider/handlers/types";
import { upgrade } from "../../provider/handlers/upgrade";
import { diff, FakeFront, frontendNodes, frontendSpecs, inputsFor } from "./aContext";

const withFrontends = () => new FakeFront({ frontends: frontendSpecs });
/** Backends at their version, and the frontends. */
const inputsWith = (frontends: Record<string, unknown> = {}, change: Record<string, unknown> = {}) =>
  inputsFor({
    ...{ version: "2.1.0", allowDowntime: frontends.version },
    frontends: { nodes: frontendNodes, ...frontends },
    ...change,
  });

async function checked(front: FakeFront, raw: Record<string, unknown>, olds: Partial<CheckedInputs> = {}) {
  const changes = front.lab.sim.history.length;
  const outcome = await front.run((context) => check(olds, raw, () => false, context));
  expect(front.lab.sim.history.length).toBe(changes);
  return { ...outcome, inputs: outcome.inputs as unknown as CheckedInputs };
}

const idle = (version: string) => ({ version, step: "nothing to do" });
const both = <T>(value: T) => ({ "frontend-1": value, "frontend-2": value });

describe("frontends appear in preview like backends", () => {
  test("without a version of their own: what is installed, and nothing to do", async () => {
    const front = withFrontends();
    const { inputs, failures } = await checked(front, inputsWith());
    expect(failures).toEqual([]);
    expect(inputs.frontendPlans).toEqual(both(idle("14.0.65")));
    expect(front.closed).toBe(5);
    expect(diff(inputs, inputs)).toEqual({ changes: false });
  });

  test("none given: no entries, and adding or removing one is a change", async () => {
    const without = (await checked(withFrontends(), inputsWith({}, { frontends: undefined }))).inputs;
    const one = (await checked(withFrontends(), inputsWith({ nodes: [{ host: "frontend-1" }] }))).inputs;
    const two = (await checked(withFrontends(), inputsWith())).inputs;
    expect(without).not.toHaveProperty("frontendPlans");
    expect(diff(without, without)).toEqual({ changes: false });
    for (const [olds, news] of [
      [without, one],
      [one, two],
      [two, one],
      [one, without],
    ] as const)
      expect(diff(olds, news)).toEqual({ changes: true });
  });

  test("another version: order, reason and what is done to each", async () => {
    const front = withFrontends();
    const packageFile = front.lay("chef-server-core", "15.9.38");
    const { inputs, failures } = await checked(
      front,
      inputsWith({ version: "15.9.38", packageFile, acceptLicense: true }),
    );
    expect(failures).toEqual([]);
    const plans = Object.values(inputs.frontendPlans!);
    expect(plans.map(({ version }) => version)).toEqual(["15.9.38", "15.9.38"]);
    expect(plans.map(({ step }) => step)).toEqual([
      expect.stringMatching(/^1 of 2, .*14\.0\.65 => 15\.9\.38: .*upgrade/),
      expect.stringMatching(/^2 of 2, .*14\.0\.65 => 15\.9\.38: .*upgrade/),
    ]);
    expect(Object.values(inputs.backends!).map(({ step }) => step)).toEqual(Array(3).fill("nothing to do"));
    expect(inputs.hops).toEqual([
      expect.stringMatching(
        /^frontends 14\.0\.65 => 15\.9\.38, one after another, with downtime: all frontends are closed/,
      ),
    ]);
    const skipReindex = "15.9.38";
    const declined = inputsWith({ version: "15.9.38", packageFile, acceptLicense: true, skipReindex });
    expect((await checked(front, declined)).inputs.hops).toEqual([
      expect.stringMatching(/^frontends 14\.0\.65 => 15\.9\.38, one after another, no downtime/),
    ]);
    expect(front.lab.texts("note").join("\n")).toMatch(/Frontends in this order: frontend-1 .*, then front/);
    expect(diff({}, inputs)).toEqual({ changes: true });
  });
});

test("a preview shows that each is drained, and names its add-ons; it runs no line", async () => {
  const frontends = frontendSpecs.map((spec) => ({ ...spec, addons: { "chef-manage": "3.2.20" } }));
  const front = new FakeFront({ frontends });
  const packageFile = front.lay("chef-server-core", "15.9.38");
  const asked = {
    version: "15.9.38",
    packageFile,
    ...{ acceptLicense: true, skipReindex: "15.9.38" },
    drain: { command: "out", undo: "in" },
  };
  const { inputs, failures } = await checked(front, inputsWith(asked));
  expect(failures).toEqual([]);
  expect(inputs.frontendPlans!["frontend-1"]!.step).toMatch(
    /: reconfigure, drain, stop, install, upgrade, start, verify its answer, undrain$/,
  );
  expect(front.warnings.join("\n")).toMatch(/frontend-1, frontend-2: add-on Chef Manage 3\.2\.20/);
  const { inputs: both } = await checked(front, inputsWith({ ...asked, addons: "reconfigure" }));
  expect(both.frontendPlans!["frontend-2"]!.step).toMatch(
    /verify its answer, reconfigure Chef Manage, undrain$/,
  );
});

describe("what cleanup will remove is shown before it is approved", () => {
  const cleaned = inputsWith({ version: "14.0.65", cleanup: "14.0.65", acceptLicense: true });
  const left = (front: FakeFront) => front.warnings.filter((text) => /cleanup/.test(text));

  test("in its own words, by a look that changes nothing; where cleanup is not due none is made", async () => {
    const front = withFrontends();
    front.lab.sim.frontends[1]!.oldData = false;
    await checked(front, cleaned);
    expect(left(front)).toEqual([
      "frontend-1: cleanup will remove /var/opt/opscode/opscode-solr4",
      "frontend-2: `chef-server-ctl cleanup --no-op` names nothing that cleanup will remove",
    ]);
    const other = withFrontends();
    await checked(other, inputsWith());
    expect(left(other)).toEqual([]);
  });

  test("a license of which nothing is kept is accepted for that look alone", async () => {
    const front = withFrontends();
    for (const each of front.lab.sim.frontends) each.licenseAccepted = false;
    await checked(front, cleaned);
    expect(left(front)[0]).toMatch(/will remove/);
    expect(front.lab.sim.frontends.map(({ licenseAccepted }) => licenseAccepted)).toEqual([false, false]);
  });

  test("what cannot be told is told as such", async () => {
    const front = withFrontends();
    front.lab.sim.switches("frontend-1").prints = { "cleanup --no-op": { code: 1, message: "no luck" } };
    front.client.unreachable.add("frontend-2");
    await checked(front, cleaned);
    expect(left(front)).toEqual([
      "frontend-1: what cleanup will remove is not known: `chef-server-ctl cleanup --no-op` ended with 1: no luck",
      expect.stringMatching(/^frontend-2: what cleanup will remove is not known: /),
    ]);
  });
});

describe("what stands in a frontend's way names its field", () => {
  const wanted = { version: "15.9.38", acceptLicense: true };
  const properties = async (front: FakeFront, frontends: Record<string, unknown>) =>
    (await checked(front, inputsWith(frontends))).failures.map(({ property }) => property);

  test("the license, which is never assumed", async () => {
    const front = withFrontends();
    const packageFile = front.lay("chef-server-core", "15.9.38");
    const given = { ...wanted, packageFile, acceptLicense: undefined };
    expect(await properties(front, given)).toEqual(["frontends.acceptLicense"]);
  });

  test("the package: not given, or not there", async () => {
    expect(await properties(withFrontends(), wanted)).toContain("frontends.packageFile");
    const packageFile = { path: "/srv/none.deb" };
    expect(await properties(withFrontends(), { ...wanted, packageFile })).toContain("frontends.packageFile");
  });

  test("a machine that is listed twice", async () => {
    const front = withFrontends();
    const packageFile = front.lay("chef-server-core", "15.9.38");
    const [first, second] = front.lab.sim.frontends;
    Object.assign(second!, {
      machineId: first!.machineId,
      bootId: first!.bootId,
      addresses: first!.addresses,
    });
    expect(await properties(front, { ...wanted, packageFile })).toEqual(["frontends"]);
  });

  test("the version: no downgrade", async () => {
    const front = withFrontends();
    const packageFile = front.lay("chef-server-core", "13.2.0");
    const found = await properties(front, { ...wanted, version: "13.2.0", packageFile });
    expect(found).toContain("frontends.version");
  });
});

describe("a frontend that cannot be reached", () => {
  test("only warns while nothing is asked of it; its entry is told from the state", async () => {
    const front = withFrontends();
    const before = (await checked(front, inputsWith())).inputs;
    front.client.unreachable.add("frontend-2");
    const { inputs, failures } = await checked(front, inputsWith(), before);
    expect(failures).toEqual([]);
    expect(front.warnings.join("\n")).toMatch(/frontend-2 cannot be reached/);
    expect(inputs.frontendPlans).toEqual(both(idle("14.0.65")));
    expect(diff(before, inputs)).toEqual({ changes: false });
  });

  test("of one never seen nothing is known", async () => {
    const front = withFrontends();
    front.client.unreachable.add("frontend-2");
    const { inputs } = await checked(front, inputsWith());
    expect(inputs.frontendPlans).toMatchObject({ "frontend-2": idle("unknown") });
  });

  test("an upgrade of it is a change, and refused until it can be reached", async () => {
    const front = withFrontends();
    const packageFile = front.lay("chef-server-core", "15.9.38");
    const before = (await checked(front, inputsWith())).inputs;
    front.client.unreachable.add("frontend-2");
    const raw = inputsWith({ version: "15.9.38", packageFile, acceptLicense: true });
    const { inputs, failures } = await checked(front, raw, before);
    expect(failures).toEqual([{ property: "frontends", reason: expect.stringContaining("frontend-2") }]);
    expect(inputs.frontendPlans!["frontend-2"]!.step).toMatch(/^14\.0\.65 => 15\.9\.38, in an order that is/);
  });

  test("beside a backend that cannot be reached, all is told from the state", async () => {
    const front = withFrontends();
    const before = (await checked(front, inputsWith())).inputs;
    front.client.unreachable.add("backend-1");
    const { inputs } = await checked(front, inputsWith(), before);
    expect(inputs.frontendPlans).toEqual(before.frontendPlans);
    const later = await checked(front, inputsWith({ version: "15.9.38" }), before);
    expect(diff(before, later.inputs)).toEqual({ changes: true });
  });

  test("a wrong host key fails, as a backend's does", async () => {
    const front = withFrontends();
    front.impostors.add("frontend-1");
    const { failures } = await checked(front, inputsWith());
    expect(failures).toEqual([{ property: "connection", reason: "frontend-1: its host key is wrong" }]);
  });
});

describe("frontends' versions and health are outputs, and drift", () => {
  const adopted = async (front: FakeFront, raw: Record<string, unknown>) => {
    const { inputs } = await checked(front, raw);
    return front.run((context) => upgrade(null, {}, inputs, context));
  };

  test("adopting tells them and changes nothing; without frontends they are empty", async () => {
    const front = withFrontends();
    const { properties } = await adopted(front, inputsWith());
    expect(properties).toMatchObject({
      frontendVersions: both("14.0.65"),
      frontendHealth: both("pong"),
      ...{ backups: [], frontendPlans: both(idle("14.0.65")) },
    });
    expect(properties).not.toHaveProperty("hops");
    expect(front.lab.sim.history).toEqual([]);
    const alone = await adopted(withFrontends(), inputsWith({}, { frontends: undefined }));
    expect(alone.properties).toMatchObject({ frontendVersions: {}, frontendHealth: {} });
    expect(alone.properties).not.toHaveProperty("frontendPlans");
  });

  test("read tells the truth; of one that cannot be reached it keeps the version", async () => {
    const front = withFrontends();
    const { properties } = await adopted(front, inputsWith());
    const stale = { ...properties, frontendVersions: both("1.2.3"), frontendHealth: {}, hops: ["old"] };
    expect((await front.run((context) => read(stale, context))).properties).toEqual({
      ...properties,
      __turn: 1,
    });
    front.client.unreachable.add("frontend-2");
    const { properties: half } = await front.run((context) => read(stale, context));
    expect(half.frontendVersions).toEqual({ "frontend-1": "14.0.65", "frontend-2": "1.2.3" });
    expect(half.frontendHealth).toEqual({ "frontend-1": "pong", "frontend-2": "unreachable" });
    expect(front.warnings.join("\n")).toMatch(/frontend-2 cannot be reached/);
    expect(front.lab.sim.history).toEqual([]);
  });

  test("a frontend below its version is drift, which needs no package to be seen", async () => {
    const front = withFrontends();
    const { properties } = await adopted(front, inputsWith());
    const wanted = { ...properties, frontends: { nodes: frontendNodes, version: "15.9.38" } };
    const fresh = await front.run((context) => read(wanted, context));
    const { frontendPlans, frontendVersions, hops } = fresh.properties;
    expect(frontendVersions).toEqual(both("14.0.65"));
    expect(Object.values(frontendPlans!).every(({ step }) => step !== "nothing to do")).toBe(true);
    expect(hops).toHaveLength(1);
  });

  test("backups of an earlier upgrade stay until another one makes some", async () => {
    const front = withFrontends();
    const { id, properties } = await adopted(front, inputsWith());
    const backups = [
      { node: "backend-2", file: "/var/opt/x.tar.gz", bytes: 7, made: "2026-01-01T00:00:00Z" },
    ];
    const { inputs } = await checked(front, inputsWith(), properties);
    const again = await front.run((context) => upgrade(id, { ...properties, backups }, inputs, context));
    expect(again.properties.backups).toEqual(backups);
    const fresh = await front.run((context) => read(again.properties, context));
    expect(fresh.properties).toMatchObject({ backups });
  });

  test("an upgrade brings them to the version, and then nothing is to be done", async () => {
    const front = withFrontends();
    const packageFile = front.lay("chef-server-core", "15.9.38");
    const raw = inputsWith({ version: "15.9.38", packageFile, acceptLicense: true });
    const { properties } = await adopted(front, raw);
    expect(properties).toMatchObject({
      ...{ frontendVersions: both("15.9.38"), frontendHealth: both("pong") },
      frontendPlans: both(idle("15.9.38")),
    });
    expect(properties).not.toHaveProperty("hops");
    const again = await checked(front, raw, properties);
    expect(diff(properties, again.inputs)).toEqual({ changes: false });
  });
});
