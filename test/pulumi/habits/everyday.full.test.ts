import type { EnterpriseLab } from "../../../lab/enterpriseLab";
import type { Lab } from "../../../lab/lab";
import { PulumiStack } from "../../support/pulumiStack";
import type { Declared } from "./program";
import { later, output, secret } from "./program";
import { HabitStack, type Outcome } from "./habitStack";
import { aCluster, anEnterprise, type Subject } from "./subjects";

type Values = Record<string, unknown>;
type AnyLab = Lab | EnterpriseLab;
interface Machine extends Values {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

const passwords = { old: "cANARY-old-password-1a2b", new: "cANARY-new-password-3c4d" };

/** Logs in with a password that can be changed on the machines. */
async function withPassword(
  starting: (options: {
    users: Record<string, { password?: string; sudo?: "free" }>;
  }) => Promise<Subject<AnyLab>>,
) {
  const users = { root: {}, chef: { password: passwords.old, sudo: "free" as const } };
  const { lab, declared } = await starting({ users });
  const connection = {
    user: "chef",
    password: secret(passwords.old),
    sudo: true,
    knownHosts: lab.knownHosts,
  };
  return { lab, declared: { ...declared, inputs: { ...declared.inputs, connection } }, users };
}

/** One program with many resources, each of which plays a habit of its own; each run of Pulumi's is one for all of them. */
describe("a program, day by day", () => {
  const labs: Record<string, AnyLab> = {};
  let stack: HabitStack;
  const rotations: (() => void)[] = [];

  /** What the program says on the first day. */
  const subjects: Record<string, () => Promise<{ lab: AnyLab; declared: Declared }>> = {
    calm: () => aCluster(),
    rotated: async () => {
      const subject = await withPassword(aCluster);
      rotations.push(() => (subject.users.chef.password = passwords.new));
      return subject;
    },
    "rotated-pair": async () => {
      const subject = await withPassword(anEnterprise);
      rotations.push(() => (subject.users.chef.password = passwords.new));
      return subject;
    },
    rehosted: () => aCluster(),
    renamed: () => aCluster(),
    "renamed-pair": () => anEnterprise(),
    swapped: () => aCluster(),
    reordered: () => aCluster(),
    timed: () => aCluster(),
    "timed-pair": () => anEnterprise(),
    fronted: () => aCluster(),
    outputs: async () => {
      const { lab, declared } = await aCluster();
      const wrapped = Object.entries(declared.inputs).map(([key, value]) => [key, output(value)]);
      return { lab, declared: { ...declared, inputs: Object.fromEntries(wrapped) as Values } };
    },
    secrets: async () => {
      const { lab, declared } = await aCluster();
      const wrapped = Object.entries(declared.inputs).map(([key, value]) => [key, secret(value)]);
      return { lab, declared: { ...declared, inputs: Object.fromEntries(wrapped) as Values } };
    },
    later: async () => {
      const { lab, declared } = await aCluster();
      const nodes = (declared.inputs.nodes as Machine[]).map(({ host, ...node }) => ({
        ...node,
        host: later(host),
      }));
      return { lab, declared: { ...declared, inputs: { ...declared.inputs, nodes } } };
    },
  };

  beforeAll(async () => {
    stack = await HabitStack.start({});
    for (const [name, start] of Object.entries(subjects)) {
      const { lab, declared } = await start();
      labs[name] = lab;
      stack.resources[name] = declared;
    }
  });
  afterAll(async () => {
    for (const lab of Object.values(labs)) await lab.stop();
    await stack.stop();
  });

  const names = Object.keys(subjects);
  const nodesOf = (name: string) => stack.resources[name]!.inputs.nodes as Machine[];
  const opsOf = ({ ops }: Outcome) => Object.fromEntries(names.map((name) => [name, ops[name]]));
  const all = (op: string) => Object.fromEntries(names.map((name) => [name, op]));
  const touched = () => names.filter((name) => labs[name]!.sim.history.length > 0);

  it("is previewed and adopted, whatever the values come from, and then nothing is to be done", async () => {
    const preview = await stack.ok(stack.preview());
    expect(opsOf(preview)).toEqual(all("create"));
    const up = await stack.ok(stack.up());
    expect(opsOf(up)).toEqual(all("create"));
    const again = await stack.preview("--expect-no-changes");
    expect(opsOf(again)).toEqual(all("same"));
    expect(again.code).toBe(0);
    expect((await stack.refresh("--expect-no-changes")).code).toBe(0);
  });

  it("takes every changed input into the state, and touches no machine for it", async () => {
    for (const rotate of rotations) rotate();
    for (const name of ["rotated", "rotated-pair"]) {
      const connection = stack.resources[name]!.inputs.connection as Values;
      stack.set(name, { connection: { ...connection, password: secret(passwords.new) } });
    }
    const { knownHosts } = labs.rehosted!;
    stack.set("rehosted", {
      nodes: nodesOf("rehosted").map((node) => ({ ...node, host: "localhost" })),
      connection: {
        privateKey: labs.rehosted!.privateKey,
        knownHosts: knownHosts.replaceAll("127.0.0.1", "localhost"),
      },
    });
    for (const name of ["renamed", "renamed-pair"])
      stack.set(name, { nodes: nodesOf(name).map((node) => ({ ...node, name: `new-${node.name}` })) });
    const [first, second, third] = nodesOf("swapped") as [Machine, Machine, Machine];
    stack.set("swapped", {
      nodes: [{ ...first, name: second.name }, { ...second, name: first.name }, third],
    });
    stack.set("reordered", { nodes: nodesOf("reordered").toReversed() });
    stack.set("timed", { timeouts: { ...(stack.resources.timed!.inputs.timeouts as Values), upgrade: 999 } });
    stack.set("timed-pair", { timeouts: { upgrade: 999 } });
    const frontends = (labs.fronted as Lab).frontends.map(({ node: { name, host, port } }) => ({
      name,
      host,
      port,
    }));
    stack.set("fronted", { frontends: { nodes: frontends } });

    const changed = names.slice(1, names.indexOf("outputs"));
    const expected = { ...all("same"), ...Object.fromEntries(changed.map((name) => [name, "update"])) };
    const preview = await stack.ok(stack.preview());
    expect(opsOf(preview)).toEqual(expected);
    const up = await stack.ok(stack.up());
    expect(opsOf(up)).toEqual(expected);
    expect(touched()).toEqual([]);

    const { stdout } = await stack.pulumi.ok("stack", "export", "--show-secrets");
    const { resources } = (
      JSON.parse(stdout) as { deployment: { resources: { urn: string; outputs: Values }[] } }
    ).deployment;
    const outputsOf = (name: string) => resources.find(({ urn }) => urn.endsWith(`::${name}`))!.outputs;
    for (const name of ["rotated", "rotated-pair"]) {
      expect(JSON.stringify(outputsOf(name))).toContain(passwords.new);
      expect(JSON.stringify(outputsOf(name))).not.toContain(passwords.old);
    }
    for (const name of ["rehosted", "renamed", "swapped", "reordered", "renamed-pair"])
      expect(outputsOf(name).nodes).toEqual(nodesOf(name));
    expect(outputsOf("timed")).toMatchObject({ timeouts: { upgrade: 999 } });
    expect(outputsOf("timed-pair")).toMatchObject({ timeouts: { upgrade: 999 } });
    expect(outputsOf("renamed")).toMatchObject({ leader: "new-backend-1" });
    expect(outputsOf("swapped")).toMatchObject({ leader: "backend-2" });
    expect(Object.keys(outputsOf("renamed-pair").drbd as Values)).toEqual(["new-backend-1", "new-backend-2"]);
    expect(Object.keys(outputsOf("fronted").frontendVersions as Values)).toEqual([
      "frontend-1",
      "frontend-2",
    ]);
    expect(await stack.stateText()).not.toContain("cANARY");
  });

  it("refreshes with what is in the program now", async () => {
    const refresh = await stack.refresh("--expect-no-changes");
    expect(Object.values(refresh.said).flat()).toEqual([]);
    expect(opsOf(refresh)).toEqual(all("same"));
    expect(refresh.code).toBe(0);
    const withProgram = await stack.refresh("--run-program", "--expect-no-changes");
    expect(opsOf(withProgram)).toEqual(all("same"));
    expect((await stack.preview("--refresh", "--expect-no-changes")).code).toBe(0);
  });

  it("gives its outputs to other stacks, the secret ones as secrets", async () => {
    stack.exported = { connection: ["rotated", "connection"], leader: ["calm", "leader"] };
    await stack.ok(stack.up("--target", "**::calm"));
    const { stdout } = await stack.pulumi.ok("stack", "output", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ connection: "[secret]", leader: "backend-1" });
    const reader = await PulumiStack.create(`const pulumi = require("@pulumi/pulumi");
const other = new pulumi.StackReference("organization/rehearsal/test");
exports.leader = other.getOutput("leader");
exports.connection = other.getOutput("connection");
`);
    try {
      reader.env.PULUMI_BACKEND_URL = stack.pulumi.env.PULUMI_BACKEND_URL;
      await reader.ok("stack", "init", "reader");
      const up = await reader.ok("up", "--yes", "--skip-preview", "--non-interactive");
      expect(up.all).toMatch(/connection *: \[secret\]/);
      expect(up.all).toMatch(/leader *: "backend-1"/);
      expect(up.all).not.toContain("cANARY");
    } finally {
      // The backend of this stack has only its own again.
      await reader.run("stack", "rm", "--yes", "--force");
      await reader.remove();
    }
  });

  it("forgets frontends that are taken out, and touches none", async () => {
    const { frontends: _gone, ...inputs } = stack.resources.fronted!.inputs;
    stack.resources.fronted = { ...stack.resources.fronted!, inputs };
    const up = await stack.ok(stack.up());
    expect(opsOf(up)).toEqual({ ...all("same"), fronted: "update" });
    const { outputs } = await stack.state("fronted");
    expect(outputs).toMatchObject({ frontendVersions: {}, frontendHealth: {} });
    expect(outputs).not.toHaveProperty("frontends");
    expect(touched()).toEqual([]);
  });
});
