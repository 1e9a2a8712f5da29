import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chefBackendProgram } from "../demo/chefBackend";
import { type DemoProject, demoProject } from "../demo/project";
import { pulumiOutput } from "../demo/pulumi";
import { startLab } from "../lab";
import { asRatio, heading, inSeconds, line } from "./figures";
import { from, settingsFor, to } from "./settings";

/** Programs of one stack each: nothing; a dynamic resource that does nothing; the cluster. */
const programs = {
  empty: "\n",
  dynamic: `const pulumi = require("@pulumi/pulumi");
const provider = { check: async (olds, inputs) => ({ inputs }), diff: async () => ({ changes: false }), create: async () => ({ id: "nothing" }) };
new pulumi.dynamic.Resource(provider, "nothing", {});
`,
  cluster: `const { ChefBackendCluster } = require("pulumi-chef-backend");
new ChefBackendCluster("prod", JSON.parse(require("fs").readFileSync("settings.json", "utf8")));
`,
};

const preview = ["preview", "--non-interactive"];
const up = ["up", "--yes", "--skip-preview", "--non-interactive"];

/** Milliseconds of each round, by what was run. */
export interface PulumiTimes {
  readonly previewEmpty: number[];
  readonly previewDynamic: number[];
  readonly previewUnchanged: number[];
  readonly previewUpgrade: number[];
  readonly upEmpty: number[];
  readonly upUnchanged: number[];
}

/** Times the real CLI, round after round, each thing once a round: a busy moment hits all alike. */
export async function timePulumi(scale: number, rounds: number, signal: AbortSignal): Promise<PulumiTimes> {
  const lab = await startLab({ version: from, scale, packages: [to] });
  const projects: DemoProject[] = [];
  const project = async (program: keyof typeof programs) => {
    const made = await demoProject(chefBackendProgram, signal);
    projects.push(made);
    await writeFile(join(made.folder, "index.js"), programs[program]);
    await pulumiOutput(made, ["stack", "init", "bench"]);
    return made;
  };
  try {
    const [empty, dynamic, cluster] = [
      await project("empty"),
      await project("dynamic"),
      await project("cluster"),
    ];
    const wish = (version: string) =>
      writeFile(join(cluster.folder, "settings.json"), JSON.stringify(settingsFor(lab, version)));
    await wish(from);
    for (const each of projects) await pulumiOutput(each, up);
    const times: PulumiTimes = {
      ...{ previewEmpty: [], previewDynamic: [], previewUnchanged: [], previewUpgrade: [] },
      ...{ upEmpty: [], upUnchanged: [] },
    };
    const time = async (into: keyof PulumiTimes, on: DemoProject, args: readonly string[]) => {
      const begun = performance.now();
      await pulumiOutput(on, args);
      times[into].push(performance.now() - begun);
    };
    for (let round = 0; round < rounds; round++) {
      await time("previewEmpty", empty, preview);
      await time("previewUnchanged", cluster, preview);
      await time("previewDynamic", dynamic, preview);
      await wish(to);
      await time("previewUpgrade", cluster, preview);
      await wish(from);
      await time("upEmpty", empty, up);
      await time("upUnchanged", cluster, up);
    }
    return times;
  } finally {
    await lab.stop();
    for (const each of projects) await each.remove();
  }
}

export function reportPulumi(times: PulumiTimes): void {
  const over = (some: readonly number[], base: readonly number[]) => some.map((ms, at) => ms / base[at]!);
  const above = (some: readonly number[], base: readonly number[]) => some.map((ms, at) => ms - base[at]!);
  heading("pulumi preview");
  line("of an empty program", inSeconds(times.previewEmpty));
  line("of one dynamic resource that does nothing", inSeconds(times.previewDynamic));
  line("of the cluster, nothing to do", inSeconds(times.previewUnchanged));
  line("of the cluster, an upgrade to do", inSeconds(times.previewUpgrade));
  line("nothing to do / empty program", asRatio(over(times.previewUnchanged, times.previewEmpty)));
  line("nothing to do - empty program", inSeconds(above(times.previewUnchanged, times.previewEmpty)));
  line(
    "nothing to do - idle dynamic resource",
    inSeconds(above(times.previewUnchanged, times.previewDynamic)),
  );
  heading("pulumi up --skip-preview");
  line("of an empty program", inSeconds(times.upEmpty));
  line("of the cluster, nothing to do", inSeconds(times.upUnchanged));
  line("nothing to do / empty program", asRatio(over(times.upUnchanged, times.upEmpty)));
  line("nothing to do - empty program", inSeconds(above(times.upUnchanged, times.upEmpty)));
}
