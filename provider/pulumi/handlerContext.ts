import { randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import { connectMachines } from "../gate/connectMachines";
import type { HandlerContext } from "../handlers/types";
import { realClock } from "../machine/clock";
import { localFile } from "./localFile";
import { runHere } from "./runHere";
import { isAlive, thisHost, thisProcess } from "./thisProcess";
import { display } from "./display";
import { engineLog } from "./engineLog";

/** The handlers' context in a provider process; `done` waits until every line has reached the engine. */
export function handlerContext(urn: string | undefined): HandlerContext & { done(): Promise<void> } {
  const log = engineLog(urn);
  const report = display(log, realClock);
  const warn = (text: string) => report({ type: "warning", text });
  return {
    clock: realClock,
    report,
    timestamp: () => new Date().toISOString(),
    newId: () => randomBytes(6).toString("hex"),
    owner: `${userName()}@${thisHost()}${stackOf(urn)}`,
    process: thisProcess(),
    isAlive,
    runHere,
    connect: (inputs, quick) => connectMachines(inputs, { quick, warn, retry: (text) => log.status(text) }),
    localFile,
    done: () => log.flush(),
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`; // a container's user without a name
  }
}

/** `urn:pulumi:STACK::PROJECT::…` */
function stackOf(urn: string | undefined): string {
  const match = /^urn:pulumi:([^:]+)::([^:]+)::/.exec(urn ?? "");
  return match ? `, stack ${match[2]}/${match[1]}` : "";
}
