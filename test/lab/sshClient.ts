import { Client, type ConnectConfig } from "ssh2";
import type { RunningMachines } from "../../lab/machines/startMachines";

/** Machines of any lab. */
type AnyLab = Pick<RunningMachines, "node" | "privateKey" | "knownHosts">;

export interface Outcome {
  code: number | null;
  signal?: string;
  stdout: string;
  stderr: string;
}

/** Logs in to a node of the lab, by key unless told otherwise. */
export function login(lab: AnyLab, node: string, options: Partial<ConnectConfig> = {}): Promise<Client> {
  const client = new Client();
  return new Promise((resolve, reject) => {
    client.once("ready", () => resolve(client)).once("error", reject);
    client.connect({
      host: "127.0.0.1",
      port: lab.node(node).port,
      username: "root",
      ...("password" in options ? {} : { privateKey: lab.privateKey }),
      hostVerifier: (key: Buffer) => lab.knownHosts.includes(key.toString("base64")),
      ...options,
    });
  });
}

/** Runs a command on an open connection, with `input` on its standard input. */
export function exec(client: Client, command: string, input = ""): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) return reject(error);
      const outcome: Outcome = { code: null, stdout: "", stderr: "" };
      channel.on("data", (text: Buffer) => (outcome.stdout += text.toString()));
      channel.stderr.on("data", (text: Buffer) => (outcome.stderr += text.toString()));
      channel.on("exit", (code: number | null, signal?: string) => Object.assign(outcome, { code, signal }));
      channel.on("close", () => resolve(outcome));
      channel.end(input);
    });
  });
}

/** One command on a connection of its own. */
export async function ssh(
  lab: AnyLab,
  node: string,
  command: string,
  options: Partial<ConnectConfig> & { input?: string } = {},
) {
  const { input, ...rest } = options;
  const client = await login(lab, node, rest);
  try {
    return await exec(client, command, input);
  } finally {
    client.end();
  }
}

/** Asks again and again until the answer is yes; only a hang ends the test. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
