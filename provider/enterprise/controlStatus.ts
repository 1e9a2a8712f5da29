import type { FactResult } from "../machine/machine";
import { short } from "../values/short";
import { parseServerStatus } from "../observe/serverStatus";
import { failureOf } from "../chef/machine/failure";
import { parseRunit } from "../chef/machine/runit";
import type { ControlStatus } from "./state";

/**
 * What may be down on a machine that is well: the seed page says so of opscode-chef-mover, and that what the upgrade
 * has left of old services (CouchDB's) may say that it does not run, until `cleanup`.
 */
const expectedDown: readonly string[] = ["opscode-chef-mover", "couchdb"];

/**
 * `private-chef-ctl status`: runit's lines, and `[ERROR] NAME is not running`. Its exit status says nothing more: it
 * is 1 for what is expected as well.
 */
export function parseControlStatus(result: FactResult): ControlStatus {
  const text = `${result.stdout}\n${result.stderr}`;
  const { services } = parseRunit(text);
  const said = text.split("\n").filter((line) => /\bERROR\b/.test(line));
  const named = said.flatMap((line) => /\bERROR\]?:?\s+([\w.-]+) is not running/.exec(line)?.[1] ?? []);
  const down = [...new Set([...parseServerStatus(text), ...named])];
  const other = said.filter((line) => !/ is not running/.test(line)).map((line) => short(line));
  const silent = services.length === 0 && down.length === 0 && other.length === 0;
  const nothing = failureOf("private-chef-ctl status", result) ?? "private-chef-ctl status named no service";
  return { services, down, errors: silent ? [nothing] : other };
}

/** What a machine is: `active` and `standby` are the backends. */
export type Part = "active" | "standby" | "frontend";

/**
 * What is not as it shall be on a machine. On the backends keepalived starts and stops all other services, so that
 * runit does not tell which shall run: on the active one all do, on the other one keepalived alone.
 */
export function statusProblems({ services, down, errors }: ControlStatus, part: Part): string[] {
  const stopped = services.filter(({ up }) => !up).map(({ service }) => service);
  const keepalived = services.some(({ service, up }) => service === "keepalived" && up);
  const wrong = {
    active: [...new Set([...down, ...stopped])].filter((name) => !expectedDown.includes(name)),
    standby: keepalived ? [] : ["keepalived"],
    frontend: down.filter((name) => !expectedDown.includes(name)),
  };
  return [...wrong[part].map((name) => `${name} is not running`), ...errors];
}
