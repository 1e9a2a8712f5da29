import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Content of the runner's `~/.ssh/known_hosts`; empty if it cannot be read, so that every host is unknown. */
export function readDefaultKnownHosts(): string {
  try {
    return readFileSync(join(homedir(), ".ssh", "known_hosts"), "utf8");
  } catch {
    // Fail closed: the refusal that follows names the file.
    return "";
  }
}
