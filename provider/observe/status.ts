import type { RunitService, ServiceRow } from "../cluster/state";
import { short } from "../values/short";

/**
 * Parses `chef-backend-ctl status`: a table whose columns are two or more blanks apart.
 * @returns the rows, or a sentence saying why it is not that table.
 */
export function parseStatus(text: string): ServiceRow[] | string {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => /^\s*Service\s{2,}Local Status\s/i.test(line));
  if (at < 0) return `status printed no table with the header "Service  Local Status …": ${short(text)}`;
  const rows: ServiceRow[] = [];
  for (const line of lines.slice(at + 1)) {
    if (line.trim() === "") continue;
    const [service = "", local = "", , ...view] = line.trim().split(/\s{2,}/);
    rows.push({ service, local, distributed: parseView(view.join(" ")) });
  }
  return rows;
}

function parseView(text: string): Record<string, string> {
  const pairs = text
    .split(";")
    .map((part) => /^\s*([^:]+):\s*(.*?)\s*$/.exec(part))
    .filter((match) => match !== null);
  return Object.fromEntries(pairs.map((match) => [match[1]!.trim(), match[2]!]));
}

/** Parses the runit lines of `status --simple`: `run: etcd: (pid 6742) 106981s; run: log: (pid 6630) 106984s`. */
export function parseSimpleStatus(text: string): RunitService[] {
  const services: RunitService[] = [];
  for (const line of text.split("\n")) {
    const match = /^(\w+): ([\w.-]+):(?: \(pid \d+\))? (\d+)s/.exec(line.trim());
    if (match) services.push({ service: match[2]!, up: match[1] === "run", seconds: Number(match[3]) });
  }
  return services;
}
