/** What was found of `chef-backend-ctl` in public gives the facts that stand beside it. */
import { parseBackendConfig, settingOf } from "../../provider/chef/cluster/backendConfig";
import { type SettingKey, settingKeys } from "../../provider/chef/cluster/backendSettings";
import { parseClusterStatus } from "../../provider/chef/cluster/clusterTable";
import { parseStatus } from "../../provider/chef/cluster/statusTable";
import { parseSearchDisk, parseWatermark } from "../../provider/chef/cluster/watermark";
import { parseRunit } from "../../provider/chef/machine/runit";
import { healthProblems } from "../../provider/cluster/health";
import type { ServiceRow } from "../../provider/cluster/state";
import { parseCount, parseIndexVersion, parseSearchVersion } from "../../provider/observe/system";
import { threeBackends } from "../support/aCluster";
import { found } from "./corpus";

interface StatusFacts {
  readonly healthy: boolean;
  readonly services: Record<string, string>;
  readonly figures: Record<string, Record<string, string>>;
  readonly disks: Record<string, string>;
  readonly reasons: string[];
}

describe("chef-backend-ctl status", () => {
  test.each(found("status"))("$name, $source", ({ text, facts }) => {
    const { healthy, services, figures, disks, reasons } = facts as unknown as StatusFacts;
    const table = parseStatus(text) as { rows: ServiceRow[]; unread: string[] };
    expect(table.unread).toEqual([]);
    const ofServices = table.rows.filter((row) => row.service !== "disks");
    expect(
      Object.fromEntries(ofServices.map(({ service, local }) => [service, local.split(" ")[0]])),
    ).toEqual(services);
    expect(
      Object.fromEntries(ofServices.map(({ service, distributed }) => [service, distributed])),
    ).toMatchObject(figures);
    const local = table.rows.find((row) => row.service === "disks")?.local ?? "";
    expect(local).toBe(
      Object.entries(disks)
        .map(([path, state]) => `${path}: ${state}`)
        .join("; "),
    );
    // Every backend of a build that prints such a table prints it.
    const cluster = threeBackends().at(Object.keys(disks).length > 0 ? "2.1.0" : "1.4.0");
    for (const name of ["backend-1", "backend-2", "backend-3"]) cluster.with(name, { status: table.rows });
    const problems = healthProblems(cluster.state());
    expect(problems.length === 0).toBe(healthy);
    for (const reason of reasons) {
      const parts = reason
        .split("; ")
        .filter((part) => !/: 0$|total: 3/.test(part) || /leader: 0/.test(part));
      for (const part of parts) expect(problems.join("\n")).toContain(part);
    }
  });
});

describe("chef-backend-ctl cluster-status", () => {
  test.each(found("cluster-status"))("$name, $source", ({ text, facts }) => {
    const table = parseClusterStatus(text);
    expect(table).toEqual({
      rows: (facts.rows as object[]).map((row) => ({ ...row, extra: {} })),
      unread: [],
    });
  });
});

describe("chef-backend-ctl status --simple, and sv", () => {
  test.each(found("simple-status"))("$name, $source", ({ text, facts }) => {
    const services = facts.services as Record<string, { state: string; seconds?: number }>;
    const dead = facts.runitDead as string[];
    const status = parseRunit(text);
    const stands = Object.entries(services).filter(([, { seconds }]) => seconds !== undefined);
    expect(status.services).toEqual([
      ...stands.map(([service, { state, seconds }]) => ({ service, up: state === "run", seconds })),
      ...dead.map((service) => ({ service, up: false, seconds: 0 })),
    ]);
    for (const service of dead)
      expect(status.unwatched.some((line) => line.includes(`${service}:`))).toBe(true);
    expect(status.unwatched.length > 0).toBe(dead.length > 0);
  });
});

describe("chef-backend.rb", () => {
  test.each(found("config"))("$name, $source", ({ text, facts }) => {
    const config = parseBackendConfig(text);
    const settings = settingKeys.map((key) => [key, settingOf(config, key, "1.1.2")] as const);
    expect(settings.filter(([, { kind }]) => kind === "untold")).toEqual([]);
    const values = Object.fromEntries(settings.map(([key, { value }]) => [key, value]));
    const named = Object.entries(facts).filter(([key]) => settingKeys.includes(key as SettingKey));
    expect(values).toMatchObject(Object.fromEntries(named));
    // What it does not name has the default.
    const stated = (key: SettingKey) =>
      key.split(".").every((part) => new RegExp(`(?<![\\w.])${part}\\b|[.['"]${part}\\b`).test(text));
    expect(Object.keys(config).sort()).toEqual(settingKeys.filter(stated).sort());
  });
});

describe("Elasticsearch", () => {
  test.each(found("elasticsearch-settings"))("disk watermarks: $name, $source", ({ text, facts }) => {
    const { low = null, enabled } = facts as { low?: string | null; enabled?: boolean | null };
    const wanted = enabled === false ? "off" : { low: low ?? "85%", from: expect.any(String) as string };
    expect(parseWatermark(text, "")).toEqual(wanted);
  });

  test.each(found("elasticsearch-nodes-settings"))("a node's own: $name, $source", ({ text, facts }) => {
    const { low } = (facts.nodes as Record<string, { low: string }>)["backend-1"]!;
    expect(parseWatermark('{"persistent":{},"transient":{}}', text)).toEqual({
      low,
      from: "its elasticsearch.yml",
    });
  });

  test.each(found("elasticsearch-nodes-stats-fs"))("its own disk: $name, $source", ({ text, facts }) => {
    const { sizeKiB, availableKiB } = parseSearchDisk(text)!;
    expect([sizeKiB, availableKiB]).toEqual(
      [facts.totalBytes, facts.availableBytes].map((bytes) => Math.floor((bytes as number) / 1024)),
    );
  });

  test.each(found("elasticsearch-root"))("its release: $name, $source", ({ text, facts }) => {
    expect(parseSearchVersion(text)).toBe(facts.elasticsearch === false ? null : facts.number);
  });

  test.each(found("elasticsearch-index-version"))("who made an index: $name, $source", ({ text }) => {
    const named = /"created_string"\s*:\s*"(\d+\.\d+\.\d+)"/.exec(text)?.[1];
    expect(parseIndexVersion(text)).toBe(named ?? null);
  });

  test.each(found("elasticsearch-error"))("an error is no fact: $name, $source", ({ text }) => {
    expect([parseSearchVersion(text), parseIndexVersion(text), parseCount(text)]).toEqual([null, null, null]);
  });
});
