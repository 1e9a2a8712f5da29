import type { FactResult } from "../../machine/machine";
import { short } from "../../values/short";
import { backendSettings, type SettingKey, settingKeys, type SettingValues } from "./backendSettings";
import { readSettings } from "./readSettings";

/** What `chef-backend.rb` says of the settings that bear on an upgrade; a key that is not in it stands nowhere. */
export type BackendConfig = { readonly [Key in SettingKey]?: Stated<SettingValues[Key]> };

/** One of them: the line that gives it, or that keeps it from being told. */
export type Stated<Value> =
  | { readonly kind: "given"; readonly value: Value; readonly line: string }
  /** @property names whether that line names this very key, and does not only reach it */
  | { readonly kind: "untold"; readonly line: string; readonly names: boolean };

/** A setting as it is in force on a backend. `untold`: `value` is what is safe to take, by Chef's documentation. */
export type Setting<Value> =
  | { readonly kind: "given"; readonly value: Value; readonly line: string }
  | { readonly kind: "default"; readonly value: Value }
  | { readonly kind: "untold"; readonly value: Value; readonly line: string };

const path = "/etc/chef-backend/chef-backend.rb";

/** Characters of a line that people are told. */
const longestLine = 160;

/** Characters: real ones have a few thousand. */
const longestFile = 65_536;

/** Reads `chef-backend.rb`. Never throws: what only Ruby can tell is `untold`. */
export function parseBackendConfig(text: string): BackendConfig {
  if (text.length > longestFile) return allUntold(`${path} is longer than ${longestFile} characters`);
  const found = [...readSettings(text, settingKeys)].map(([name, given]): [string, Stated<unknown>] => {
    const key = name as SettingKey;
    const line = short(given.line, longestLine);
    if (given.kind === "untold") return [key, { ...given, line }];
    const value = backendSettings[key].read(given.value);
    return [
      key,
      value === undefined ? { kind: "untold", line, names: true } : { kind: "given", value, line },
    ];
  });
  return Object.fromEntries(found) as BackendConfig;
}

/**
 * The same from what `cat` printed. A file that is not there leaves every setting at its default; one that cannot be read
 * leaves none of them told.
 */
export function backendConfigOf({ code, stdout, stderr }: FactResult): BackendConfig {
  if (code === 0) return parseBackendConfig(stdout);
  if (/: No such file or directory\s*$/.test(stderr)) return {};
  return allUntold(`${path} cannot be read: ${short(stderr, longestLine)}`);
}

function allUntold(line: string): BackendConfig {
  const untold = settingKeys.map((key) => [key, { kind: "untold", line, names: false }]);
  return Object.fromEntries(untold) as BackendConfig;
}

/** A setting of a backend. @param release of the chef-backend that runs there: defaults have changed */
export function settingOf<Key extends SettingKey>(
  config: BackendConfig,
  key: Key,
  release: string,
): Setting<SettingValues[Key]> {
  const stated: Stated<SettingValues[Key]> | undefined = config[key];
  const rule = backendSettings[key];
  switch (stated?.kind) {
    case undefined:
      return { kind: "default", value: rule.byDefault(release) };
    case "given":
      return { kind: "given", value: stated.value, line: stated.line };
    case "untold":
      return { kind: "untold", value: rule.safe, line: stated.line };
  }
}
