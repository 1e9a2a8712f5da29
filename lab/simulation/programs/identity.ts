import { ipAddr } from "../files/network";
import { PASSTHROUGH, type Program } from "./program";
import type { System } from "../system";

/** `id`: 0 for root, 1000 for anybody else. */
export const id: Program<System> = (run) => {
  const user = run.io.user ?? "root";
  const uid = run.isRoot ? 0 : 1000;
  switch (run.args.join(" ")) {
    case "-u":
    case "-g":
      run.say(String(uid));
      return 0;
    case "-un":
    case "-u -n":
    case "-gn":
      run.say(user);
      return 0;
    case "":
      run.say(`uid=${uid}(${user}) gid=${uid}(${user}) groups=${uid}(${user})`);
      return 0;
    default:
      return PASSTHROUGH;
  }
};

/** `whoami`. */
export const whoami: Program<System> = (run) => {
  run.say(run.io.user ?? "root");
  return 0;
};

/** `hostname [-s|-f|-I]`. */
export const hostname: Program<System> = (run) => {
  const { name } = run.machine;
  const answers: Record<string, string> = {
    "": name,
    "-s": name,
    "-f": `${name}.lab.example.com`,
    "-I": `${run.sim.addressesOf(run.machine).join(" ")} `,
  };
  const answer = answers[run.args.join(" ")];
  if (answer === undefined) return run.fail(1, "hostname: you must be root to change the host name");
  run.say(answer);
  return 0;
};

/** `ip -o addr`. */
export const ip: Program<System> = (run) => {
  if (run.args.join(" ") !== "-o addr") return run.fail(255, 'Command "" is unknown, try "ip help".');
  run.print(ipAddr(run.sim.addressesOf(run.machine)));
  return 0;
};

/** `uname [-m|-s|-n]`; anything else is the real machine's. */
export const uname: Program<System> = (run) => {
  const answers: Record<string, string> = {
    "": "Linux",
    "-s": "Linux",
    "-n": run.machine.name,
    "-m": "x86_64",
  };
  const answer = answers[run.args.join(" ")];
  if (answer === undefined) return PASSTHROUGH;
  run.say(answer);
  return 0;
};
