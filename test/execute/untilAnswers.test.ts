/** When a frontend counts as answering: twice, by the same services, at its own address. */
import { VirtualClock } from "../../lab/simulation/virtualClock";
import { type FrontendLook, untilAnswers, type Wanted } from "../../provider/execute/untilAnswers";
import type { Step } from "../../provider/plan/plan";

const step = { id: "frontend-1/verify", timeout: 60 } as Step<string>;
const good = { answer: "pong", down: [], api: "200", address: "192.0.2.1", now: 1_700_000_000 };
const running = (seconds: number) => [{ service: "opscode-erchef", up: true, seconds }];

const upgraded = { version: "15.10.12-1", installedAt: null, state: "installed", detail: "" } as const;

/** What it says at each second since the beginning. */
async function wait(says: (second: number) => Partial<FrontendLook>, wanted: Wanted = { upgraded }) {
  const clock = new VirtualClock();
  const begun = clock.now();
  const since = () => (clock.now() - begun) / 1000;
  const waits: string[] = [];
  const look = async (): Promise<FrontendLook> => {
    const startedAt = clock.now();
    const said = says(since());
    await clock.sleep(100);
    return { ...good, services: running(1000 + since()), ...said, startedAt, endedAt: clock.now() };
  };
  const waited = untilAnswers(clock, step, "frontend-1", look, (what) => waits.push(what), wanted);
  const error = await clock.run(
    waited.then(
      () => null,
      (thrown: Error) => thrown.message,
    ),
  );
  return { error, seconds: since(), waits };
}

test("without an upgrade one answer is enough", async () => {
  const { error, waits } = await wait(() => ({}), {});
  expect([error, waits]).toEqual([null, []]);
});

test("one that answers is asked once more, a moment later", async () => {
  const { error, seconds, waits } = await wait(() => ({}));
  expect([error, waits]).toEqual([null, ["it answers, checking once more"]]);
  expect(seconds).toBeGreaterThan(5);
  expect(seconds).toBeLessThan(7);
});

test("one whose service is started again and again answers each time, and is not taken for well", async () => {
  const { error } = await wait((second) => ({ services: running(second % 3) }));
  expect(error).toMatch(/after 60 s: opscode-erchef was started again a moment ago/);
});

test("one that answers only now and then begins anew each time", async () => {
  const { error } = await wait((second) =>
    Math.floor(second / 3) % 2 === 0 ? {} : { answer: "HTTP 500: chef_sql fails" },
  );
  expect(error).toMatch(/after 60 s: \/_status: HTTP 500: chef_sql fails/);
});

test.each<[string, Partial<FrontendLook>, Wanted, RegExp | null]>([
  ["nothing at its own address", { api: "" }, {}, /192\.0\.2\.1 does not answer/],
  ["an error of nginx there", { api: "502" }, {}, /192\.0\.2\.1 answers with 502/],
  ["a client's error there", { api: "404" }, {}, null],
  ["no address to ask at", { address: null, api: "" }, {}, null],
  ["in maintenance, whoever wants only its answer", { api: "503" }, {}, null],
  ["in maintenance, and it shall serve", { api: "503" }, { open: true }, /sends clients away with 503/],
  ["an upstream", { answer: "HTTP 500: chef_sql, oc_chef_authz fail" }, {}, /chef_sql, oc_chef_authz fail/],
])("%s", async (_what, says, wanted, error) => {
  const result = await wait(() => says, wanted);
  if (error) expect(result.error).toMatch(error);
  else expect(result.error).toBeNull();
});

test("a service from before the installation is the old release, whatever it answers", async () => {
  const wanted = { upgraded: { ...upgraded, installedAt: good.now - 500 } };
  expect((await wait(() => ({}), wanted)).error).toMatch(
    /opscode-erchef still runs from before 15\.10\.12-1 was installed/,
  );
  expect((await wait((second) => ({ services: running(400 + second) }), wanted)).error).toBeNull();
});
