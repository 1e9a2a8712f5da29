import type { InstalledPackage } from "../packages/database";
import { fillDebFormat } from "../packages/format";
import type { Program } from "./program";
import type { System } from "../system";

const states = {
  installed: ["install ok installed", "ii "],
  unpacked: ["install ok unpacked", "iU "],
  "half-configured": ["install ok half-configured", "iF "],
  "half-installed": ["install reinstreq half-installed", "iHR"],
} as const;

/** dpkg's fields of an installed package. */
export function debFields(entry: InstalledPackage): Record<string, string> {
  const [status, abbreviation] = states[entry.state];
  return {
    Package: entry.name,
    Version: entry.version,
    Architecture: entry.arch,
    "Installed-Size": String(entry.installedSize),
    Status: status,
    "db:Status-Status": entry.state,
    "db:Status-Abbrev": abbreviation,
  };
}

/** `dpkg-query -W [-f FORMAT] NAMES`, `dpkg-query -s NAME`. */
export const dpkgQuery: Program<System> = (run) => {
  let format = "${Package}\t${Version}\n";
  const names = [];
  for (let at = 0; at < run.args.length; at++) {
    const word = run.args[at]!;
    if (word === "-f" || word === "--showformat") format = run.args[++at] ?? "";
    else if (word.startsWith("--showformat=")) format = word.slice("--showformat=".length);
    else if (word.startsWith("-f=")) format = word.slice(3);
    else if (word.startsWith("-f")) format = word.slice(2);
    else if (word === "-s" || word === "--status")
      format = "Package: ${Package}\nStatus: ${Status}\nArchitecture: ${Architecture}\nVersion: ${Version}\n";
    else if (!word.startsWith("-")) names.push(word);
  }
  const { packages } = run.machine;
  const asked = names.length > 0 ? names : packages.entries.map((entry) => entry.name);
  let code = 0;
  for (const name of asked) {
    const entry = packages.find(name);
    if (entry) run.print(fillDebFormat(format, debFields(entry)));
    else code = run.fail(1, `dpkg-query: no packages found matching ${name}`);
  }
  return code;
};
