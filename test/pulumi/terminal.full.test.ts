/** What an operator sees: nothing that a node prints can act on the terminal or hide a line, and the status is in view. */
import { Terminal } from "@xterm/headless";
import { quote } from "../../provider/shell/quote";
import { LabStack } from "../support/labStack";
import type { PulumiStack } from "../support/pulumiStack";

const esc = "\u001b";
/** All that a node could try: erase, move up over a line, another title, a bell, a hidden string, turned text. */
const hostile = [
  `${esc}[2J${esc}[3J${esc}[H${esc}c${esc}]0;owned\u0007${esc}[31mfirst\r`,
  `second${esc}[1A${esc}[2K\b\b\b\u0007`,
  `${esc}P1;2|owned${esc}\\\u009b2J\u202ethird${esc}]52;c;b3duZWQ=`,
].join("\n");

/** As somebody at a terminal runs it. @returns what the terminal gets. */
async function inTerminal(stack: PulumiStack, line: string, cols: number): Promise<string> {
  const command = `script -qec ${quote(`stty cols ${cols} rows 60; ${line}`)} /dev/null < /dev/null; exit 0`;
  return stack.shell(`TERM=xterm-256color ${command}`);
}

/** Every line that a terminal has shown at some time, also where a later one has taken its place. */
async function everShown(output: string, cols: number): Promise<string[]> {
  const terminal = new Terminal({ cols, rows: 60, allowProposedApi: true });
  const shown = new Set<string>();
  for (const piece of output.split("\n")) {
    await new Promise<void>((resolve) => terminal.write(piece, resolve));
    const { baseY, cursorY } = terminal.buffer.active;
    shown.add(terminal.buffer.active.getLine(baseY + cursorY)!.translateToString(true));
    await new Promise<void>((resolve) => terminal.write("\n", resolve));
  }
  terminal.dispose();
  return [...shown];
}

/** Everything that a terminal has shown, and what it was made to do. */
async function watch(output: string) {
  const terminal = new Terminal({ cols: 250, rows: 60, scrollback: 20_000, allowProposedApi: true });
  const titles: string[] = [];
  let bells = 0;
  terminal.onTitleChange((title) => titles.push(title));
  terminal.onBell(() => bells++);
  await new Promise<void>((resolve) => terminal.write(output, resolve));
  const buffer = terminal.buffer.active;
  const lines = Array.from({ length: buffer.length }, (_none, at) =>
    buffer.getLine(at)!.translateToString(true),
  );
  terminal.dispose();
  return { lines: lines.join("\n"), titles, bells };
}

describe("a node that prints control sequences everywhere", () => {
  let cluster: LabStack;
  beforeAll(async () => {
    cluster = await LabStack.start();
    await cluster.stack.up();
    await cluster.set({ version: "2.3.16" });
  });
  afterAll(() => cluster.stop());

  it("reads its tables all the same; what it does not know of them is a warning, in plain text", async () => {
    cluster.lab.sim.shape.before = `${hostile}\n`;
    cluster.lab.sim.shape.after = hostile;
    const { lines, titles, bells } = await watch(
      await inTerminal(cluster.stack, "pulumi preview --diff", 250),
    );
    expect(lines).toContain("backend-1 (leader");
    for (const command of ["cluster-status", "status"])
      expect(lines).toContain(`does not know of \`chef-backend-ctl ${command}\`: "first" (+5 more)`);
    expect([titles.filter((title) => title.includes("owned")), bells]).toEqual([[], 0]);
    cluster.lab.sim.shape.before = "";
    cluster.lab.sim.shape.after = "";
  });

  it("is refused with what it printed, no line of it hidden", async () => {
    const switches = cluster.lab.sim.switches("backend-2");
    switches.prints = { status: `${hostile}\nService  Local Status  Distributed Node Status\netcd  down\n` };
    const { lines, titles, bells } = await watch(await inTerminal(cluster.stack, "pulumi preview", 250));
    expect(lines).toContain("Output of a command could not be read [unreadable]");
    for (const word of ["first", "second", "third", "etcd  down"]) expect(lines).toContain(word);
    expect([titles.filter((title) => title.includes("owned")), bells]).toEqual([[], 0]);
    switches.prints = {};
  });

  it("says in a failed step's last lines what it says, and nothing else", async () => {
    const switches = cluster.lab.sim.switches("backend-2");
    switches.upgradeFails = { code: 3, message: hostile };
    const up = await cluster.stack.up();
    expect(up.code).not.toBe(0);
    expect(up.all).not.toMatch(/(?![\t\n])[\p{Cc}\p{Cf}]/u);
    const { lines } = await watch(up.all.replaceAll("\n", "\r\n"));
    for (const word of ["first", "second", "third"]) expect(lines).toContain(word);
    expect((await cluster.stack.state()).text).not.toMatch(/\\u001b|\\u009b|\\u202e/);
  });
});

describe("the live status of an upgrade is in view", () => {
  // 80 columns leave room for the place in the order.
  it.each([
    [80, 3],
    [100, "1/3 backend-2: upgrading".length],
    [120, "1/3 backend-2: waiting for rejoin".length],
  ])("in a terminal of %d columns", async (cols, room) => {
    const cluster = await LabStack.aboutToUpgrade();
    try {
      const output = await inTerminal(cluster.stack, "pulumi up --yes --skip-preview", cols);
      const lines = await everShown(output, cols);
      expect(lines).toContainEqual(expect.stringMatching(/prod +updating \(\d+s\)/));
      const steps = [
        "1/3 backend-2: upgrading",
        "2/3 backend-3: waiting for rejoin",
        "3/3 backend-1: failing over",
      ];
      for (const step of steps)
        expect(lines).toContainEqual(
          expect.stringMatching(new RegExp(`Stack .* running.* ${step.slice(0, room)}`)),
        );
    } finally {
      await cluster.stop();
    }
  });
});
