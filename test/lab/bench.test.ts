import { asRatio, figure } from "../../lab/bench/figures";
import { covered, idealPath, type PathInput } from "../../lab/bench/idealPath";

const upgrade = ["chef-backend-ctl", "upgrade"];
const install = ["dpkg", "-i", "chef-backend.deb"];
const command = (node: string, argv: string[], at: number, ended: number) => ({ node, argv, at, ended });

/** One node: installed from 10 to 20, upgraded from 30 to 80, its services up at 60, the next node from 200 on. */
const oneNode = (change: Partial<PathInput> = {}): PathInput => ({
  commands: [
    command("backend-2", install, 10, 20),
    command("backend-2", upgrade, 30, 80),
    command("backend-3", install, 200, 210),
  ],
  restarted: { "backend-2": 60 },
  published: [
    { at: 0, healthy: true },
    { at: 50, healthy: false },
    { at: 120, healthy: true },
  ],
  statusInterval: 15,
  control: 5,
  ...change,
});

test("commands, the wait until the node is back for certain, and a second reading", () => {
  expect(idealPath(oneNode())).toEqual({
    commands: 70,
    settling: 40,
    confirming: 10,
    waits: [{ node: "backend-2", upgraded: 80, certain: 120, confirmed: 130, next: 200 }],
  });
});

test("a view that never was bad is believed once it cannot be from before the restart", () => {
  const published = [{ at: 0, healthy: true }];
  expect(idealPath(oneNode({ published, statusInterval: 50 })).waits[0]!.certain).toBe(110);
  expect(idealPath(oneNode({ published, statusInterval: 5 })).settling).toBe(0);
});

test("a bad view from before the restart proves nothing, one after it does", () => {
  const published = (back: number) => [
    { at: 0, healthy: true },
    { at: 50, healthy: false },
    { at: back, healthy: true },
  ];
  expect(idealPath(oneNode({ published: published(59), statusInterval: 50 })).waits[0]!.certain).toBe(110);
  expect(idealPath(oneNode({ published: published(61), statusInterval: 50 })).waits[0]!.certain).toBe(80);
});

test("a view that was good for a moment too early does not count", () => {
  const published = [
    { at: 0, healthy: true },
    { at: 90, healthy: false },
    { at: 150, healthy: true },
  ];
  expect(idealPath(oneNode({ published, statusInterval: 50 })).waits[0]!.certain).toBe(150);
});

test("a node that never comes back is an error; after the last node there is no next step", () => {
  const published = [{ at: 0, healthy: false }];
  expect(() => idealPath(oneNode({ published }))).toThrow("backend-2 was never seen back after its upgrade");
  const commands = [command("backend-2", upgrade, 30, 80)];
  expect(idealPath(oneNode({ commands })).waits[0]!.next).toBeNull();
});

test("spans that overlap are counted once", () => {
  const spans = [
    { at: 5, ended: 15 },
    { at: 0, ended: 10 },
    { at: 20, ended: 25 },
    { at: 21, ended: 22 },
  ];
  expect(covered(spans)).toBe(20);
  expect(covered([])).toBe(0);
});

test("figures: the middle one, with the least and the most", () => {
  expect(figure([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3, count: 3 });
  expect(figure([4, 1, 2, 3]).median).toBe(2.5);
  expect(asRatio([1.5])).toBe("1.500");
  expect(() => figure([])).toThrow("nothing was measured");
});
