import { roomBelow, type Watermark } from "../../chef/cluster/watermark";
import type { Disk, MachineState } from "../../cluster/state";
import { licenseMarkers } from "../../commands/facts";
import type { Refusal } from "../refusal";
import { packageFor } from "../spec";
import { packageFileOf, type View } from "../view";
import { broughtKiB, keptOf, keptOn, ownDisk } from "./disk";
import { refuse, type Rule } from "./rule";

// What is well now and stops an upgrade half-way, with failover off: found before anything is touched. A backend that an
// earlier run left unfinished is finished before anybody asks this of the others.
const ahead = ({ nodes, inside }: View) => (inside ? [] : nodes.filter(({ needsUpgrade }) => needsUpgrade));

/**
 * Above its low watermark a node gets no replica back after its restart, so that the cluster never becomes green again
 * (elastic.co, disk-based shard allocation; Chef's own log checker looks for it).
 */
const watermark: Rule = (spec, view) =>
  ahead(view).flatMap((node) => {
    const { watermark: limit, dataDisk } = node.state;
    if (limit === null || limit === "off" || dataDisk === null) return [];
    const file = node.needsInstall ? packageFileOf(node.state, spec.version) : null;
    const staged = broughtKiB(file, packageFor(spec, spec.version)?.stagedKiB ?? 0);
    const isThere = (disk?: Disk) => disk?.mount === dataDisk.mount;
    const installs = isThere(node.state.disks.find(({ path }) => path === "/opt"));
    const needed = (installs ? (file?.unpackedKiB ?? 0) : 0) + (isThere(ownDisk(node.state)) ? staged : 0);
    const [free, room] = [dataDisk.availableKiB - needed, roomBelow(limit, dataDisk.sizeKiB)];
    // What does not even fit is told by the rule on disk space.
    if (room === null || free >= room || free < keptOn(node.state, dataDisk.mount, keptOf(node.state)))
      return [];
    return [
      refuse({
        code: "watermark",
        what: "Disk is too full for Elasticsearch",
        where: `${node.name}, ${dataDisk.mount}`,
        seen: `${gib(free)} of ${gib(dataDisk.sizeKiB)} would be free after the install, ${gib(room)} must stay free: Elasticsearch's low disk watermark is ${limitText(limit)}; above it a backend gets no replicas back after its restart`,
        next: `free at least ${gib(room - free)} there, or raise \`cluster.routing.allocation.disk.watermark.low\` in Elasticsearch`,
      }),
    ];
  });

const gib = (kib: number) => `${Math.ceil((kib / 1024 / 1024) * 10) / 10} GiB`;

/** `85% used (its default)`, `10gb free (…)`: Elasticsearch takes figures in bytes for what is free. */
const limitText = ({ low, from }: Watermark) => `${low} ${/b$/i.test(low) ? "free" : "used"} (${from})`;

/** Without it `upgrade` asks for a typed `yes`, which nobody can give, and ends (chef-server's license_acceptance). */
const license: Rule = (_spec, view) =>
  ahead(view)
    .filter(({ state }) => state.licenses.length === 0)
    .map(({ name }) =>
      refuse({
        code: "licenseMarker",
        what: "License is not accepted on a backend",
        where: name,
        seen: `no ${licenseMarkers.backend[0]}; without it \`chef-backend-ctl upgrade\` asks for a typed \`yes\`, and ends`,
        next: `read Chef's license; if you accept it, run there: \`touch ${licenseMarkers.backend[0]}\``,
      }),
    );

/** Services that runit does not watch over are neither stopped nor started: `upgrade` waits for ever (chef-server#127). */
export function deadRunit({ name, unwatched }: MachineState, command: string): Refusal[] {
  return unwatched.length === 0
    ? []
    : [
        refuse({
          code: "runit",
          what: "runit does not run",
          where: name,
          seen: unwatched.join("\n"),
          next: `start \`runsvdir\` there, then check that it shows \`run:\` for every service: \`${command}\``,
        }),
      ];
}

const runit: Rule = (_spec, view) =>
  ahead(view).flatMap(({ state }) => deadRunit(state, "chef-backend-ctl status --simple"));

/** What stops an upgrade half-way in the field. */
export const midwayRules: Rule[] = [watermark, license, runit];
