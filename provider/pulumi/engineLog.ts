import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Writes lines where the engine shows them: what happens now in the stack's row, the rest among a resource's diagnostics. */
export interface EngineLog {
  /** A line of the stack's row that the next one replaces. */
  status(text: string): void;
  info(text: string): void;
  warning(text: string): void;
  /** Resolves when every line has been handed to the engine. */
  flush(): Promise<void>;
}

/**
 * The engine's log service. Its address is the one argument of a provider process that looks like host:port;
 * without it (not run by the engine) lines go to standard output.
 */
export function engineLog(urn: string | undefined, argv: readonly string[] = process.argv): EngineLog {
  const address = argv.find((argument) => /^[\w.[\]:-]+:\d+$/.test(argument) && !argument.includes("/"));
  if (!address) return plainLog();
  const client = clientFor(address);
  let pending: Promise<void> = Promise.resolve();
  const send = (severity: LogSeverity, text: string, itsUrn: string, ephemeral = false) => {
    const request = new LogRequest();
    request.setSeverity(severity);
    request.setMessage(text);
    request.setUrn(itsUrn);
    request.setEphemeral(ephemeral);
    // One after another: the engine shows them in the order in which they arrive.
    pending = pending.then(() => new Promise((resolve) => client.log(request, () => resolve())));
  };
  const prefix = urn === undefined ? "" : `${urn.split("::").at(-1)}: `;
  const own = {};
  // Without a URN a line stands in the stack's row, where no `[diff: …]` pushes it out of a terminal of 100 columns.
  const show = (text: string) => send(LogSeverity.INFO, text, "", true);
  return {
    status: (text) => {
      shown.add(own);
      show(shown.size > 1 ? prefix + text : text);
    },
    info: (text) => send(LogSeverity.INFO, text, urn ?? ""),
    warning: (text) => send(LogSeverity.WARNING, text, urn ?? ""),
    flush: () => {
      // The stack may go on for long: its row must not say what is over.
      if (shown.delete(own)) show(`${prefix}ended`);
      return pending;
    },
  };
}

/** The logs with a line in the stack's row, which they share: where there are several, each names its resource. */
const shown = new Set<object>();

const clients = new Map<string, EngineClient>();

function clientFor(address: string): EngineClient {
  const known = clients.get(address);
  if (known) return known;
  const client = new EngineClient(address, grpc.credentials.createInsecure());
  clients.set(address, client);
  return client;
}

function plainLog(): EngineLog {
  const print = (text: string) => console.log(text);
  return {
    status: () => {},
    info: print,
    warning: (text) => print(`warning: ${text}`),
    flush: () => Promise.resolve(),
  };
}
