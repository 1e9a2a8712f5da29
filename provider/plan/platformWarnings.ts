import {
  hasEnded,
  isAhead,
  parentOf,
  platformOf,
  tagOf,
  unpacksNoMd5,
  withoutMd5,
} from "../chef/cluster/platforms";
import type { MachineState } from "../cluster/state";
import { compareVersions } from "../versions/version";
import { together } from "../values/together";
import { packageFileOf } from "./view";

/**
 * What Chef's documentation lets expect of a release on the backends' operating systems, where it does not forbid it. One
 * that Chef does not name is not judged.
 */
export function platformWarnings(machines: readonly MachineState[], version: string): string[] {
  const notes = machines.flatMap((machine) =>
    notesOn(machine, version).map((note) => [machine.name, note] as const),
  );
  return together(notes).map(([names, note]) => `${names}: ${note}`);
}

function notesOn(machine: MachineState, version: string): string[] {
  const own = platformOf(machine);
  const parent = parentOf(machine);
  const file = packageFileOf(machine, version);
  const tag = file?.build === undefined ? null : tagOf(file.build);
  const md5 = file?.md5 ?? (machine.family === "rpm" && compareVersions(version, withoutMd5) < 0);
  return [
    ...(own && isAhead(own, version)
      ? [`Chef publishes packages for ${own.name} from chef-backend ${own.since} on; ${version} is older`]
      : []),
    ...(parent && hasEnded(parent, version)
      ? [
          `${machine.os} is derived from ${parent.name}, for which Chef publishes no packages from ${parent.until} on`,
        ]
      : []),
    ...(own?.tag && tag !== null && tag !== own.tag
      ? [`the package was built for ${tag}, and Chef's packages for ${own.name} are those of ${own.tag}`]
      : []),
    // Where it is known to fail it is refused.
    ...(machine.fips && md5 && !(file?.md5 && unpacksNoMd5(machine))
      ? [
          `FIPS mode is on, and packages of chef-backend before ${withoutMd5} have MD5 digests: some such systems cannot install them`,
        ]
      : []),
  ];
}
