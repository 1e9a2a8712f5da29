import type { ServiceRow } from "../../cluster/state";
import { short } from "../../values/short";

/** What `chef-backend-ctl status` printed. */
export interface StatusTable {
  readonly rows: readonly ServiceRow[];
  /** Lines that say nothing known: shown, and otherwise ignored. */
  readonly unread: readonly string[];
}

/** A table's header begins a section: `Service … Status`, since 1.4.6 `System … Status`, and whatever comes later. */
const header = /^([A-Z][\w-]*) (?:[A-Z][\w-]* )+Status\b[A-Za-z ]*$/;
/** `53d 15h 11m 12s`; short forms leave the units in front out. */
const timed = /^(\S+) (\S.*?) (?:\d+[dhms] )*\d+[dhms](?: (\S.*))?$/;
const untimed = /^(\S+) ((?:running|run|down|finish|fail)(?: \(pid \d+\))?)(?: ([^:]+: .*))?$/i;
/** Rows that a decision needs: one of them in another shape is not "nothing known". */
const ofBackend = /^(?:elasticsearch|etcd|leaderl|postgresql|disks?)\b(?!:)/i;
const stateWord = /^(?:running|run|down|finish|fail|stopped)$/i;

/**
 * Reads the tables of `chef-backend-ctl status` by what their cells look like: a name, a word of state with a pid, a time,
 * `key: value;` pairs. The order of rows differs between releases, and a long cell leaves one blank to the next
 * (vendor's server_monitor page; chef-server#1405).
 * @returns a sentence where there is no such table, or where one service is shown twice and differently.
 */
export function parseStatus(text: string): StatusTable | string {
  const rows = new Map<string, ServiceRow>();
  const unread: string[] = [];
  let section: string | null = null;
  for (const raw of text.split("\n")) {
    const line = raw.trim().replace(/\s+/g, " ");
    if (line === "") continue;
    const begins = header.exec(line)?.[1];
    if (begins !== undefined) {
      section = begins.toLowerCase();
      continue;
    }
    if (section === null) {
      unread.push(short(line));
      continue;
    }
    const row = section === "service" ? serviceRow(line) : systemRow(line);
    if (row === null) {
      if (ofBackend.test(line)) return `status has a row that cannot be read: ${short(line)}`;
      unread.push(short(line));
      continue;
    }
    const before = rows.get(row.service);
    if (before && (stateOf(before) !== stateOf(row) || before.view !== row.view))
      return `status shows ${row.service} twice, differently: ${short(`${before.local} ${before.view}`)}; ${short(`${row.local} ${row.view}`)}`;
    rows.set(row.service, row);
  }
  if (section === null) return 'status printed no table with the header "Service  Local Status …"';
  return { rows: [...rows.values()], unread };
}

/** `leaderl running (pid 1191) 53d 15h 11m 12s leader: 1; waiting: 0; follower: 2; total: 3` */
function serviceRow(line: string): ServiceRow | null {
  const [, service, local, view = ""] = timed.exec(line) ?? untimed.exec(line) ?? [];
  if (service === undefined || !/^[\w.-]+$/.test(service)) return null;
  // Without its name the row's state would be taken for it.
  if (stateWord.test(service)) return null;
  return { service, local: local!, view, distributed: parseView(view) };
}

/** `disks /var/log/chef-backend: OK; /var/opt/chef-backend: OK health: green; healthy nodes: 3/3` */
function systemRow(line: string): ServiceRow | null {
  const [, service, rest] = /^([\w.-]+) (\S.*: .*)$/.exec(line) ?? [];
  if (service === undefined) return null;
  // The cluster's cell begins with `health:`; the local one is of paths, or of words.
  const at = /(?:^| )health: /.exec(rest!)?.index ?? rest!.length;
  const view = rest!.slice(at).trim();
  return { service, local: rest!.slice(0, at), view, distributed: parseView(view) };
}

/** `leader: 1; waiting: 0` as its parts; a figure that stands there twice, differently, is none. */
function parseView(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const part of text.split(";")) {
    const [, key, value] = /^ *([^:]+): +(.*?) *$/.exec(`${part} `) ?? [];
    if (key === undefined) continue;
    found[key] = key in found && found[key] !== value ? `${found[key]} and ${value!}` : value!;
  }
  return found;
}

/** Without the pid: the same table printed twice may show a restart in between. */
function stateOf({ local }: ServiceRow): string {
  return local.replace(/\s*\(pid \d+\)/, "");
}
