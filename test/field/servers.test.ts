/** What was found of frontends, of Enterprise Chef and of DRBD in public gives the facts that stand beside it. */
import { parseRunit } from "../../provider/chef/machine/runit";
import { serverReason } from "../../provider/chef/server/reconfigure";
import { failedOrganizations, reindexTrouble } from "../../provider/chef/server/reindex";
import { hasTested, testSummary } from "../../provider/chef/server/smokeTest";
import { isInStep, parseProcDrbd } from "../../provider/drbd/drbd";
import { parseHaConfig } from "../../provider/drbd/haConfig";
import { entriesOf, withoutComments } from "../../provider/drbd/serverConfig";
import { parseControlStatus } from "../../provider/enterprise/controlStatus";
import { failingUpstreams, parseAnswer, parseServerStatus } from "../../provider/observe/serverStatus";
import { found, resultOf } from "./corpus";

type Services = Record<string, { state: string; seconds: number | null }>;

test.each(found("server-status"))("chef-server-ctl status: $name, $source", ({ text, facts }) => {
  expect(parseServerStatus(text).sort()).toEqual([...(facts.down as string[])].sort());
  const aged = Object.entries(facts.services as Services).filter(([, { seconds }]) => seconds !== null);
  const services = parseRunit(text).services.map(({ service, up, seconds }) => [service, up, seconds]);
  for (const [service, { state, seconds }] of aged)
    expect(services).toContainEqual([service, state === "run", seconds]);
});

test.each(found("server-answer"))("/_status: $name, $source", ({ text, facts }) => {
  const answer = parseAnswer({ code: 0, stdout: text.replace(/\n$/, ""), stderr: "" });
  const failing = failingUpstreams({ code: 0, stdout: text.replace(/\n$/, ""), stderr: "" });
  expect(failing).toEqual(facts.failed ?? []);
  // Without Chef Automate the server serves.
  expect(answer === "pong").toBe(facts.healthy || failing.join() === "data_collector");
  if (answer !== "pong") expect(answer).toContain(`HTTP ${facts.http as string}`);
});

test.each(found("server-reindex"))("chef-server-ctl reindex: $name, $source", ({ text, facts }) => {
  const trouble = text.split("\n").filter((line) => reindexTrouble.test(line));
  expect(trouble.length > 0).toBe(!facts.ok);
  // Null: no line names those that failed.
  expect(facts.ok ? [] : failedOrganizations(trouble)).toEqual(facts.again);
});

test.each(found("server-test"))("chef-server-ctl test: $name, $source", ({ text, facts }) => {
  const summaries = text.split("\n").filter((line) => testSummary.test(line));
  expect(summaries).toEqual([expect.stringContaining(`${facts.examples as number} examples, `)]);
  expect(hasTested(summaries)).toBe(true);
});

test("rspec that found nothing to run has tested nothing", () => {
  expect(hasTested(["0 examples, 0 failures"])).toBe(false);
  expect(hasTested([])).toBe(false);
});

test.each(found("frontend-reconfigure"))("chef-server-ctl reconfigure: $name, $source", ({ text, facts }) => {
  expect(serverReason(text)).toBe(facts.reason);
});

test.each(found("private-chef-status"))("private-chef-ctl status: $name, $source", (each) => {
  const status = parseControlStatus(resultOf(each));
  // Which services of a frontend are disabled on purpose its lines do not tell.
  const down = ((each.facts.down ?? []) as string[]).filter((name) => name !== "oc_id");
  expect([...status.down].sort()).toEqual(down.sort());
  if (status.services.length === 0) expect(status.errors).toHaveLength(1);
});

test.each(found("proc-drbd"))("/proc/drbd: $name, $source", ({ text, facts }) => {
  const devices = (facts.devices as { minor: number; cs: string; role: string; ds: string }[]).filter(
    ({ cs }) => cs !== "Unconfigured",
  );
  const read = parseProcDrbd(text);
  expect(read).toEqual(
    devices.map(({ minor, cs, role, ds }) => ({
      name: String(minor),
      connection: cs,
      roles: role,
      disks: ds,
    })),
  );
  expect(read.length > 0 && isInStep(read)).toBe(facts.healthy);
});

test.each(found("ha-config"))("configuration: $name, $source", ({ text, facts }) => {
  const { topology, vip, backends } = facts as Record<string, unknown>;
  const read = parseHaConfig(text);
  if (topology !== undefined && topology !== null) expect(read?.topology ?? "").toBe(topology);
  if (typeof vip === "string") expect(read?.vip).toBe(vip);
  if (Array.isArray(backends)) expect(entriesOf(withoutComments(text))).toEqual(backends);
});
