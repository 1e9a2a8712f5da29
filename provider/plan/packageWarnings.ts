import type { MachineState } from "../cluster/state";
import type { PackageName } from "../commands/facts";
import { together } from "../values/together";

/**
 * What an administrator has told dpkg of a package, or a program has accepted of it, that an installation goes on with:
 * dpkg 1.21 installs over a hold and forgets it, and puts a diverted file where it was told to.
 */
export function packageWarnings(machines: readonly MachineState[], packageName: PackageName): string[] {
  const notes = machines.flatMap(({ name, package: pkg, diversions }) =>
    [
      ...(pkg.held
        ? [
            `${packageName} is on hold; dpkg installs it all the same and forgets the hold. To set it again afterwards: \`apt-mark hold ${packageName}\``,
          ]
        : []),
      ...diversions
        .filter((line) => !line.endsWith(` by ${packageName}`))
        .map((line) => `${line}: the package's own file does not come to its place`),
      ...(pkg.failedScript !== undefined && pkg.state === "installed"
        ? [`${pkg.failedScript}: accepted, as the program says`]
        : []),
    ].map((note) => [name, note] as const),
  );
  return together(notes).map(([names, note]) => `${names}: ${note}`);
}
