import { settingOf } from "../../chef/cluster/backendConfig";
import type { SettingKey } from "../../chef/cluster/backendSettings";
import type { NodeState } from "../../cluster/state";
import { statusIntervals } from "../../cluster/viewAge";
import { together } from "../../values/together";
import { each, refuse, type Rule } from "./rule";

/** What is taken as documented where only Ruby can tell it, and said. */
const assumed = [
  "vip",
  "etcd.client_port",
  "elasticsearch.port",
  "elasticsearch.data_dir",
  "leaderl.leader_ttl_seconds",
  "leaderl.required_active_followers",
  "leaderl.health_check.disk_paths",
  "leaderl.health_check.disk_min_space_mb",
] as const satisfies readonly SettingKey[];

/** Seconds: the sum of both intervals where nothing is set, 5 and 10 (config_rb_backend). */
const documentedInterval = 15;

/**
 * Without both intervals nobody can tell from when a status is: one from before a restart could pass for the rejoin. No
 * value is safe to take, unless the program gives one.
 */
export const untoldIntervals: Rule = (spec, view) =>
  // What is between installation and rejoin is finished, by the documented figures.
  spec.timeouts.statusInterval >= documentedInterval || view.inside
    ? []
    : each(view, ({ name, config }) => {
        const untold = untoldAmong(config, statusIntervals);
        if (untold.length === 0) return [];
        return [
          refuse({
            code: "statusInterval",
            what: "Status interval is unknown",
            where: name,
            seen: byLine(untold)
              .map(([line, keys]) => `${keys.join(", ")} cannot be read: ${line}`)
              .join("\n"),
            next: [
              "write both as plain numbers in /etc/chef-backend/chef-backend.rb",
              `or set \`timeouts.statusInterval\` to their sum in seconds, ${documentedInterval} or more`,
            ].join("\n"),
          }),
        ];
      });

/** Settings that are taken as documented since only Ruby can tell them, by key: one text for each line that is in the way. */
export function configNotes(nodes: readonly NodeState[]): string[] {
  const notes = nodes.flatMap(({ name, config, package: { version } }) =>
    byLine(untoldAmong(config, assumed)).map(([line, found]) => {
      const taken = found.map((key) => `${key} ${text(settingOf(config, key, version ?? "").value)}`);
      return [
        name,
        `what \`${line}\` sets cannot be read. Taken as documented: ${taken.join("; ")}`,
      ] as const;
    }),
  );
  return together(notes).map(([names, note]) => `chef-backend.rb on ${names}: ${note}`);
}

interface Untold {
  readonly key: SettingKey;
  readonly line: string;
}

function untoldAmong(config: NodeState["config"], keys: readonly SettingKey[]): Untold[] {
  return keys.flatMap((key) => {
    const stated = config[key];
    return stated?.kind === "untold" ? [{ key, line: stated.line }] : [];
  });
}

function byLine(untold: readonly Untold[]): [line: string, keys: SettingKey[]][] {
  const lines = new Map<string, SettingKey[]>();
  for (const { key, line } of untold) lines.set(line, [...(lines.get(line) ?? []), key]);
  return [...lines];
}

function text(value: string | number | boolean | readonly string[] | null): string {
  if (value === null) return "none";
  return typeof value === "object" ? value.join(" and ") : String(value);
}
