import type { RunitService } from "../../cluster/state";

/** What runit says of the services under it. */
export interface RunitStatus {
  readonly services: readonly RunitService[];
  /** Lines that say that runit itself does not watch over a service: `runsvdir` or its `runsv` is dead. */
  readonly unwatched: readonly string[];
}

const state = /^(run|down|finish): [^\s:]+: (?:\(pid \d+\) )?(\d+)s(?:;|,|$)/;

/**
 * Reads runit's lines, as `status --simple` and `sv status` print them: `run: etcd: (pid 6742) 106981s; run: log: …`. Only
 * the part before the first `;` is about the service; its exit status says nothing (void-linux/runit#20, chef-cookbooks/runit#207).
 * A service may be named by the path of its folder. `fail: … unable to change to service directory` tells nothing of a
 * service: another `sv` looked at another folder (chef/omnibus-ctl#53).
 */
export function parseRunit(text: string): RunitStatus {
  const services = new Map<string, RunitService>();
  const unwatched: string[] = [];
  for (const line of text.split("\n").map((each) => each.trim())) {
    const service = /^(?:run|down|finish|fail|warning): ([^\s:]+):/
      .exec(line)?.[1]
      ?.replace(/^.*\/(?=[^/])|\/$/g, "");
    if (service === undefined) continue;
    const stands = state.exec(line);
    if (stands) {
      const own = line.split(";")[0]!;
      const up = stands[1] === "run" && !/, (?:paused|want down|got TERM)\b/.test(own);
      services.set(service, { service, up, seconds: Number(stands[2]) });
    } else if (/unable to open supervise\/(ok|status)|runsv not running/.test(line)) {
      unwatched.push(line);
      // How long it has been so is not told: it may have begun a moment ago.
      services.set(service, { service, up: false, seconds: 0 });
    }
  }
  return { services: [...services.values()], unwatched };
}
