/** Whether the owner of a lock still lives: told only where it is certain. */
import { spawn, spawnSync } from "node:child_process";
import type * as fs from "node:fs";
import type * as module from "../../provider/pulumi/thisProcess";

type ThisProcess = typeof module;

/** As on a machine where these paths cannot be read. */
function onMachineWithout(hidden: (path: string) => boolean): ThisProcess {
  let loaded!: ThisProcess;
  jest.isolateModules(() => {
    jest.doMock("node:fs", () => {
      const real = jest.requireActual<typeof fs>("node:fs");
      const unless =
        <T>(read: (path: string, ...more: never[]) => T) =>
        (path: string, ...more: never[]) => {
          if (hidden(path)) throw new Error("ENOENT");
          return read(path, ...more);
        };
      return {
        ...real,
        readFileSync: unless(real.readFileSync as never),
        readlinkSync: unless(real.readlinkSync as never),
      };
    });
    loaded = jest.requireActual<ThisProcess>("../../provider/pulumi/thisProcess");
  });
  return loaded;
}
afterEach(() => jest.dontMock("node:fs"));

const linux = () => onMachineWithout(() => false);
const ofProcess = (own: string, pid: number) => own.replace(/ \d+ (\S+)$/, ` ${pid} $1`);
const endedPid = () => spawnSync("true").pid;

test("here, it lives or it does not; a PID that another process has by now is not it", () => {
  const { thisProcess, isAlive } = linux();
  const own = thisProcess();
  expect(isAlive(own)).toBe(true);
  expect(isAlive(ofProcess(own, endedPid()))).toBe(false);
  const other = spawn("sleep", ["60"]);
  expect(isAlive(ofProcess(own, other.pid!))).toBe(false);
  other.kill("SIGKILL");
});

test("on another machine: unknown", () => {
  const { thisProcess, isAlive } = linux();
  expect(isAlive(thisProcess().replace(/^/, "other-"))).toBeNull();
  expect(isAlive("run")).toBeNull();
});

test("without /proc, as on macOS: unknown, whether a process has that PID here or not", () => {
  const { thisProcess, isAlive } = onMachineWithout((path) => path.startsWith("/proc"));
  const own = thisProcess();
  expect(own).toMatch(/ \d+ unknown$/);
  // Another machine of the same name may have written it.
  expect(isAlive(own)).toBeNull();
  expect(isAlive(ofProcess(own, endedPid()))).toBeNull();
});

test("where /proc shows nobody else's processes: one that is there is unknown, one that is not has ended", () => {
  const child = spawn("sleep", ["60"]);
  try {
    const { thisProcess, isAlive } = onMachineWithout((path) => path === `/proc/${child.pid}/stat`);
    const own = thisProcess();
    expect(isAlive(ofProcess(own, child.pid!))).toBeNull();
    expect(isAlive(ofProcess(own, endedPid()))).toBe(false);
  } finally {
    child.kill("SIGKILL");
  }
});
