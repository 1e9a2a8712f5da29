/** One run of the provider: its inputs come on standard input, what happens goes to standard output, a JSON per line. */
import { readFileSync } from "node:fs";
import { RefusedError } from "../../../provider/execute/errors";
import { upgradeCluster } from "../../../provider/execute/upgradeCluster";
import { connectMachines } from "../../../provider/gate/connectMachines";
import { specOf } from "../../../provider/handlers/specOf";
import type { ClusterInputs } from "../../../provider/inputs/schema";
import { handlerContext } from "../../../provider/pulumi/handlerContext";
import { failureText } from "../../../provider/report/failureText";
import type { Said } from "./client";
import { keepAlive } from "./keepAlive";

const say = (said: Said) => process.stdout.write(`${JSON.stringify(said)}\n`);

async function main(): Promise<void> {
  const inputs = JSON.parse(readFileSync(0, "utf8")) as ClusterInputs;
  const stop = new AbortController();
  process.on("SIGTERM", () => stop.abort());
  const nodes = connectMachines(inputs, { quick: false, warn: () => {}, keepAlive });
  try {
    const context = handlerContext(undefined);
    const report = { ...context, report: (event: object) => say({ event } as Said), signal: stop.signal };
    const result = await upgradeCluster(await specOf(inputs, undefined, context), nodes, report);
    const { touched, failure } = result;
    const refused =
      failure?.error instanceof RefusedError ? failure.error.refusals.map(({ code }) => code) : [];
    say({ end: { touched, refused, error: failure ? failureText(result) : null } });
  } finally {
    await Promise.all(nodes.map((node) => node.close()));
  }
}

void main();
