import type { ClusterInputs } from "../../provider/inputs/schema";
import { OverSsh } from "./rig";

const version = "15.10.12";

/** A client that asks every frontend's `/_status` again and again until it is told to stop. */
class Client {
  rounds = 0;
  /** Rounds in which nobody said pong. */
  unanswered = 0;
  /** The fewest that said it in one round. */
  fewest = Infinity;
  /** The longest time between two rounds' beginnings, in milliseconds. */
  longestGap = 0;
  #ends = false;
  readonly #asking: Promise<void>;

  constructor(urls: readonly string[]) {
    this.#asking = this.#ask(urls);
  }

  async #ask(urls: readonly string[]): Promise<void> {
    for (let before = performance.now(); !this.#ends; this.rounds++) {
      const answers = await Promise.all(urls.map(saysPong));
      const pongs = answers.filter(Boolean).length;
      this.fewest = Math.min(this.fewest, pongs);
      if (pongs === 0) this.unanswered += 1;
      const now = performance.now();
      this.longestGap = Math.max(this.longestGap, now - before);
      before = now;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async stop(): Promise<void> {
    this.#ends = true;
    await this.#asking;
  }
}

async function saysPong(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url);
    return ((await answer.json()) as { status?: unknown }).status === "pong" && answer.status === 200;
  } catch {
    return false;
  }
}

describe.each(["deb", "rpm"] as const)(
  "the frontends' upgrade over SSH, watched by a client over HTTP: %s",
  (platform) => {
    let cluster: OverSsh;
    let inputs: ClusterInputs;
    beforeAll(async () => {
      cluster = await OverSsh.start({
        ...{ platform, version: "2.3.16", packages: ["2.3.16"] },
        ...{ frontendVersion: "14.0.65", frontendPackages: [version] },
      });
      const { lab } = cluster;
      const nodes = lab.frontends.map(({ node }) => ({
        name: node.name,
        host: "127.0.0.1",
        port: node.port,
      }));
      const packageFile = { path: lab.frontendPackages[version]! };
      inputs = cluster.inputs(
        {},
        { frontends: { nodes, version, packageFile, acceptLicense: true, skipReindex: version } },
      );
    });
    afterAll(() => cluster.stop());

    it("with two of them at least one says pong at every moment", async () => {
      const { lab } = cluster;
      expect((await cluster.check(inputs)).failures).toEqual([]);
      const client = new Client(lab.frontends.map(({ statusUrl }) => statusUrl));
      const properties = await cluster.upgrade(inputs);
      await client.stop();
      console.info(
        `${platform}: ${client.rounds} rounds, ${client.unanswered} without a pong, at worst ${client.fewest} of ${lab.frontends.length} answered; ${Math.round(client.longestGap)} ms between two rounds at most`,
      );
      expect(client.unanswered).toBe(0);
      // It has seen the one that was out: it would have seen both.
      expect(client.fewest).toBe(1);
      expect([lab.sim.accidents, lab.sim.unansweredSeconds]).toEqual([[], 0]);
      expect(properties.frontendVersions).toEqual({ "frontend-1": version, "frontend-2": version });
      expect(properties.frontendHealth).toEqual({ "frontend-1": "pong", "frontend-2": "pong" });
      expect(lab.sim.frontends.every((each) => each.migrationLevel.trim() === lab.sim.schema.level)).toBe(
        true,
      );
      await cluster.expectNothingLeft();
    });

    it("a second one does nothing", async () => {
      const done = cluster.commands.length;
      await cluster.upgrade(inputs);
      expect(cluster.commands.length).toBe(done);
    });

    it("a client that sees both out would tell", async () => {
      const { lab } = cluster;
      const client = new Client(lab.frontends.map(({ statusUrl }) => statusUrl));
      for (const each of lab.sim.frontends) each.serve(false);
      while (client.unanswered === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await client.stop();
      for (const each of lab.sim.frontends) each.serve(true);
      expect(client.fewest).toBe(0);
    });
  },
);
