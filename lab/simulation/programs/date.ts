import type { Program } from "./program";
import type { System } from "../system";

/** `date [-u] [+FORMAT]`, in UTC, by the node's clock. */
export const date: Program<System> = (run) => {
  const format = run.args.find((word) => word.startsWith("+"))?.slice(1) ?? "%a %b %d %H:%M:%S UTC %Y";
  const refused = run.args.find((word) => word !== "-u" && word !== "--utc" && !word.startsWith("+"));
  if (refused !== undefined) return run.fail(1, `date: invalid option in the lab: '${refused}'`);
  const ms = run.machine.wall();
  const iso = new Date(ms).toISOString();
  const nanoseconds = String(Math.floor((((ms % 1000) + 1000) % 1000) * 1e6)).padStart(9, "0");
  const values: Record<string, string> = {
    s: String(Math.floor(ms / 1000)),
    N: nanoseconds,
    "3N": nanoseconds.slice(0, 3),
    "6N": nanoseconds.slice(0, 6),
    Y: iso.slice(0, 4),
    m: iso.slice(5, 7),
    d: iso.slice(8, 10),
    H: iso.slice(11, 13),
    M: iso.slice(14, 16),
    S: iso.slice(17, 19),
    F: iso.slice(0, 10),
    T: iso.slice(11, 19),
    z: "+0000",
    Z: "UTC",
    a: new Date(ms).toUTCString().slice(0, 3),
    b: new Date(ms).toUTCString().slice(8, 11),
    "%": "%",
    n: "\n",
  };
  run.say(format.replace(/%(\d?[A-Za-z%])/g, (whole, key: string) => values[key] ?? whole));
  return 0;
};
