import { Backend } from "../cluster/backend";
import { PASSTHROUGH, type Program } from "./program";

/**
 * `tail -n COUNT PATH` of the log of a backend's Elasticsearch, which runit starts again every second; all others are the
 * real program's business.
 */
export const tail: Program = (run) => {
  const { machine, sim } = run;
  if (run.args.at(-1) !== "/var/log/chef-backend/elasticsearch/current") return PASSTHROUGH;
  if (!(machine instanceof Backend)) return run.fail(1, `tail: cannot open '${run.args.at(-1)}' for reading`);
  if (machine.refusedSettings === null) return 0;
  const last = Math.floor(sim.clock.now() / 1000) * 1000;
  for (let at = Math.max(machine.refusedSettings, last - 9000); at <= last; at += 1000)
    run.say(`${svlogd(at)} java.lang.IllegalArgumentException: unknown setting [path.scripts]`);
  return 0;
};

/** `2018-02-15_17:03:14.91161` */
const svlogd = (at: number) => `${new Date(at).toISOString().slice(0, -1).replace("T", "_")}61`;
