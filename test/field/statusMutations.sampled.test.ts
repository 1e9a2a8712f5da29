/** Whatever is done to the tables of status: what is read is what stands there, and what is sick is never healthy. */
import fc from "fast-check";
import { parseStatus } from "../../provider/chef/cluster/statusTable";
import { healthProblems } from "../../provider/cluster/health";
import { plainText } from "../../provider/values/plainText";
import { threeBackends } from "../support/aCluster";
import { randomRuns } from "../support/randomRuns";
import { layOut, Tally, type Wrapping, wrapped, wrapping } from "./wrapping";

const runs = randomRuns(__filename, { quick: 500, full: 10_000, soak: 150_000 });

/** The healthy tables, cell by cell. */
const healthy: Readonly<Record<string, readonly [figure: string, value: string][]>> = {
  leaderl: [
    ["leader", "1"],
    ["waiting", "0"],
    ["follower", "2"],
    ["total", "3"],
  ],
  epmd: [["status", "local-only"]],
  etcd: [
    ["health", "green"],
    ["healthy nodes", "3/3"],
  ],
  postgresql: [
    ["leader", "1"],
    ["offline", "0"],
    ["syncing", "0"],
    ["synced", "2"],
  ],
  elasticsearch: [
    ["state", "green"],
    ["nodes online", "3/3"],
  ],
  disks: [
    ["health", "green"],
    ["healthy nodes", "3/3"],
  ],
};
const names = Object.keys(healthy);
const services = names.filter((name) => name !== "disks");
const needed = names.filter((name) => name !== "epmd");

/** One change to one row; most rows are left as they are. */
type Change =
  | { readonly kind: "value"; readonly figure: number; readonly value: string }
  | {
      readonly kind:
        "figure gone" | "view empty" | "state empty" | "time empty" | "name empty" | "row gone" | "row twice";
      readonly figure: number;
    }
  | { readonly kind: "error" | "down" | "odd state"; readonly figure: number };
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    kind: fc.constant("value" as const),
    figure: fc.nat(3),
    value: fc.constantFrom("0", "1", "2", "3", "7", "2/3", "3/3", "3/30", "yellow", "red", "green", ""),
  }),
  fc.record({
    kind: fc.constantFrom(
      ...([
        "figure gone",
        "view empty",
        "state empty",
        "time empty",
        "name empty",
        "row gone",
        "row twice",
        "error",
        "down",
        "odd state",
      ] as const),
    ),
    figure: fc.nat(3),
  }) as fc.Arbitrary<Change>,
);

interface Tables {
  readonly order: readonly string[];
  readonly changes: readonly { readonly at: string; readonly change: Change }[];
  readonly systemFirst: boolean;
  readonly gap: number;
  readonly padded: boolean;
  readonly unknown: boolean;
  readonly cut: number | null;
  readonly around: Wrapping;
}

const tables: fc.Arbitrary<Tables> = fc.record({
  order: fc.shuffledSubarray(services, { minLength: services.length }),
  changes: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    {
      weight: 2,
      arbitrary: fc.uniqueArray(fc.record({ at: fc.constantFrom(...names), change }), {
        minLength: 1,
        maxLength: 2,
        selector: ({ at }) => at,
      }),
    },
  ),
  ...{ systemFirst: fc.boolean(), padded: fc.boolean(), unknown: fc.boolean() },
  gap: fc.integer({ min: 1, max: 4 }),
  cut: fc.oneof(
    { weight: 4, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
  ),
  around: wrapping,
});

const disksOk = "/var/log/chef-backend: OK; /var/opt/chef-backend: OK";

interface Line {
  readonly name: string;
  readonly cells: readonly string[];
  /** As the truth has it: local state, and figures by their names. */
  readonly local: string;
  readonly figures: ReadonlyMap<string, string>;
}

function lineOf(name: string, changed: Change | undefined): Line | null {
  const { kind } = changed ?? {};
  if (kind === "row gone") return null;
  const states: Readonly<Record<string, string>> =
    name === "disks"
      ? { well: disksOk, down: disksOk.replace(/OK$/, "only 9MB free"), odd: "unknown" }
      : { well: "running (pid 1191)", down: "down", odd: "paused" };
  const local =
    kind === "state empty" ? "" : states[kind === "down" ? "down" : kind === "odd state" ? "odd" : "well"]!;
  const figures = new Map(healthy[name]);
  const keys = [...figures.keys()];
  if (changed?.kind === "value") figures.set(keys[changed.figure % keys.length]!, changed.value);
  if (changed?.kind === "figure gone") figures.delete(keys[changed.figure % keys.length]!);
  if (kind === "view empty" || kind === "error") figures.clear();
  const view =
    kind === "error"
      ? "error: could not reach pgsql leader"
      : [...figures].map(([key, value]) => `${key}: ${value}`).join("; ");
  const time = kind === "time empty" ? "" : "53d 15h 11m 12s";
  const shown = kind === "name empty" ? "" : name;
  return {
    name,
    local,
    figures,
    cells: name === "disks" ? [shown, local, view] : [shown, local, time, view],
  };
}

function printed(made: Tables) {
  const changeOf = (name: string) => made.changes.find(({ at }) => at === name)?.change;
  const lines = [...made.order, "disks"].map((name) => lineOf(name, changeOf(name)));
  const twice = (line: Line) =>
    changeOf(line.name)?.kind === "row twice" ? [line.cells, line.cells] : [line.cells];
  const rowsOf = (system: boolean) =>
    lines.flatMap((line) => (line !== null && (line.name === "disks") === system ? twice(line) : []));
  const extra = made.unknown ? [["newthing", "running (pid 7)", "0d 0h 0m 1s", "mood: fine"]] : [];
  const ofServices = layOut(
    [["Service", "Local Status", "Time in State", "Distributed Node Status"], ...rowsOf(false), ...extra],
    made.gap,
    made.padded,
  );
  const ofSystem = layOut(
    [["System", "Local Status", "Distributed Node Status"], ...rowsOf(true)],
    made.gap,
    made.padded,
  );
  const both = made.systemFirst ? `${ofSystem}\n${ofServices}` : `${ofServices}\n${ofSystem}`;
  const full = wrapped(both, made.around);
  const text = full.slice(0, made.cut === null ? full.length : Math.floor(made.cut * full.length));
  return { lines: lines.filter((line) => line !== null), text: plainText(text), full: plainText(full) };
}

/** By the truth, not by what was read: everything that is needed says that it is well. */
function isWell(lines: readonly Line[], made: Tables): boolean {
  const nameless = made.changes.some(
    ({ at, change: { kind } }) => kind === "name empty" && needed.includes(at),
  );
  const downEpmd = lines.some(({ name, local }) => name === "epmd" && local === "down");
  return (
    !nameless &&
    !downEpmd &&
    needed.every((name) => {
      const line = lines.find((each) => each.name === name);
      const local = name === "disks" ? /^\S+ OK; \S+ OK$/ : /^running/;
      return (
        line !== undefined &&
        local.test(line.local) &&
        healthy[name]!.every(([key, value]) => line.figures.get(key) === value)
      );
    })
  );
}

function problems(text: string): string[] {
  const parsed = parseStatus(text);
  const cluster = threeBackends();
  for (const name of ["backend-1", "backend-2", "backend-3"])
    cluster.with(name, { status: typeof parsed === "string" ? parsed : parsed.rows });
  return healthProblems(cluster.state());
}

const tally = new Tally("status");
afterAll(() => tally.print());

test("figures are those that stand there, and healthy is only what is", () => {
  fc.assert(
    fc.property(tables, (made) => {
      const { lines, text, full } = printed(made);
      const parsed = parseStatus(text);
      const cut = text.length < full.trimEnd().length;
      const well = problems(text).length === 0;
      // Cut off behind all that is needed it says the same.
      if (well)
        expect(isWell(lines, made) && (!cut || needed.every((name) => text.includes(name)))).toBe(true);
      if (typeof parsed === "string") return void tally.refused++;
      tally.facts++;
      for (const { service, distributed } of parsed.rows) {
        const line = lines.find(({ name }) => name === service);
        if (!line) continue;
        for (const [figure, value] of Object.entries(distributed))
          if (line.figures.has(figure))
            expect(
              cut ? line.figures.get(figure)!.startsWith(value) : line.figures.get(figure) === value,
            ).toBe(true);
      }
    }),
    runs,
  );
});

test("a healthy one is healthy in every shape", () => {
  fc.assert(
    fc.property(tables, (made) => {
      expect(problems(printed({ ...made, changes: [], cut: null }).text)).toEqual([]);
    }),
    runs,
  );
});
