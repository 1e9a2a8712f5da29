import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Content of the runner's `~/.ssh/known_hosts`; empty if there is none, so that every host is unknown. */
export function readDefaultKnownHosts(): string {
  try {
    return readFileSync(join(homedir(), ".ssh", "known_hosts"), "utf8");
  } catch (error) {
    // Fail closed: an unreadable file knows no host, and the refusal then names the file.
    if (error instanceof Error && "code" in error) return "";
    throw error;
  }
}
