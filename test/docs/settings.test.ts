/** docs/what-is-read.md has each setting of chef-backend.rb that is read, with its default, what is taken else, and its source. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  backendSettings,
  type SettingKey,
  settingKeys,
  type SettingRule,
} from "../../provider/chef/cluster/backendSettings";
import { rowsUnder } from "./markdown";

const page = readFileSync(join(__dirname, "../../docs/what-is-read.md"), "utf8");

function text(value: unknown, unit: string): string {
  if (value === null) return "none";
  if (Array.isArray(value)) return value.map((each) => `\`${each}\``).join(", ");
  const inUnit = ["seconds", "MB", "bytes"].includes(unit) ? ` ${unit}` : "";
  return typeof value === "string" ? `\`${value}\`` : `${String(value)}${inUnit}`;
}

const otherwise: Partial<Record<SettingKey, string>> = {
  "elasticsearch.data_dir": "`[dataFolder]` for a rebuild of the index; otherwise the default",
  "leaderl.required_active_followers": "`[downtime]` for a rolling upgrade if a line names it; otherwise 0",
  "leaderl.status_internal_update_interval_seconds": "`[statusInterval]`",
  "leaderl.status_post_update_interval_seconds": "`[statusInterval]`",
};

test("the table of settings is the code's", () => {
  const rows = settingKeys.map((key) => {
    const { byDefault, safe, unit, source } = backendSettings[key] as SettingRule<unknown>;
    const [now, before] = [byDefault("3.0.0"), byDefault("1.1.2")].map((value) => text(value, unit));
    const changed = before === now ? "" : `; ${before} before 1.2`;
    return [`\`${key}\``, `${now}${changed}`, otherwise[key] ?? text(safe, unit), source];
  });
  expect(rowsUnder(page, "Settings of chef-backend.rb")).toEqual(rows);
});
