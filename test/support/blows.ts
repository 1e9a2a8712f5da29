import type { VirtualClock } from "../../lab/simulation/virtualClock";
import type { CampaignClient } from "./faultCampaign";
import { fallAsleep } from "./memoryMachine";
import type { MemoryNode } from "./memoryNode";

interface Struck {
  readonly clock: VirtualClock;
  readonly nodes: readonly MemoryNode[];
  /** The machine that it falls on. */
  readonly node: MemoryNode;
  readonly client: CampaignClient;
}

/** Something that befalls a run as a step begins. @returns what takes it away before the next run */
export type Blow = (struck: Struck) => () => void;

/** Of the control commands that ask, none answers there any more. */
const hang: Blow = ({ client, node }) => {
  client.state.silent = new Set([node.name]);
  return () => (client.state.silent = undefined);
};

/** What is sent there vanishes, and nobody says so: each call ends when its limit is over. */
const blackHole =
  (seconds: number): Blow =>
  ({ client, node, clock }) => {
    client.state.hanging = new Set([node.name]);
    const end = () => (client.state.hanging = undefined);
    clock.setTimer(seconds * 1000, end);
    return end;
  };

/** Everything that writes there fails: ours, the package manager, the control commands. */
const readOnly: Blow = ({ node }) => {
  node.readOnly = true;
  return () => (node.readOnly = false);
};

/** The laptop stands still, and its clock with it; then it goes on where it was. */
const suspended =
  (seconds: number): Blow =>
  ({ client, clock }) => {
    const wakeUp = client.fallAsleep?.() ?? fallAsleep(client.state);
    clock.setTimer(seconds * 1000, wakeUp);
    return wakeUp;
  };

/** The client is killed, and the user gives all machines other names before the next run. */
const renamed: Blow = ({ client, nodes }) => {
  client.kill();
  return () => nodes.forEach((node) => (node.givenName = `new-${node.name}`));
};

/** Somebody puts another file in the place of each package that lies on the machine. */
const swapped: Blow = ({ node: { files } }) => {
  const packages = [...files].filter(([path]) => /\.(deb|rpm)$/.test(path));
  const another = Buffer.from("another");
  for (const [path] of packages) files.set(path, another);
  return () => {
    for (const [path, bytes] of packages) if (files.get(path) === another) files.set(path, bytes);
  };
};

export const blows = {
  "its control commands hang": hang,
  "it is a black hole for 40 s": blackHole(40),
  "it is a black hole for 20 min": blackHole(1200),
  "its disk is read-only": readOnly,
  "the client is suspended for 45 s": suspended(45),
  "the client is suspended for 20 min": suspended(1200),
  "the client is killed, and everything is renamed": renamed,
  "its packages are swapped": swapped,
} as const satisfies Readonly<Record<string, Blow>>;
export type BlowName = keyof typeof blows;
