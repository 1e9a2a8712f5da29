import type { Program } from "./program";
import type { System } from "../system";

const SIZE = 100 * 1024 * 1024;

/** `df -Pk [PATHS]`, in KiB, by the node's switches `diskFree` and `diskSize`. */
export const df: Program<System> = (run) => {
  const options = run.args.filter((word) => /^-[^-]/.test(word));
  if (options.some((word) => /[^Pk]/.test(word.slice(1))))
    return run.fail(1, "df: the lab knows -P and -k only");
  const paths = run.args.filter((word) => !word.startsWith("-")).map((path) => run.path(path));
  const asked = paths.length > 0 ? paths : Object.keys(run.machine.switches.diskFree);
  let code = 0;
  const rows = [];
  for (const path of asked) {
    if (run.machine.switches.hiddenFiles.includes(path)) {
      code = run.fail(1, `df: ${path}: No such file or directory`);
      continue;
    }
    const { mount, free } = run.machine.disk(path);
    const size = Math.max(run.machine.switches.diskSize[mount] ?? SIZE, free);
    const device = mount === "/" ? "/dev/sda1" : `/dev/mapper/vg-${mount.slice(1).replaceAll("/", "--")}`;
    const used = size - free;
    rows.push([
      device,
      String(size),
      String(used),
      String(free),
      `${Math.ceil((100 * used) / size)}%`,
      mount,
    ]);
  }
  if (rows.length > 0) {
    run.say("Filesystem     1024-blocks      Used Available Capacity Mounted on");
    for (const [device, size, used, free, share, mount] of rows)
      run.say(
        `${device!.padEnd(14)} ${size!.padStart(11)} ${used!.padStart(9)} ${free!.padStart(9)} ${share!.padStart(8)} ${mount}`,
      );
  }
  return code;
};
