import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Writes lines where the engine shows them: in a resource's own row and diagnostics. */
export interface EngineLog {
  /** A line of the resource's row that the next one replaces. */
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
  const send = (severity: LogSeverity, text: string, ephemeral: boolean) => {
    const request = new LogRequest();
    request.setSeverity(severity);
    request.setMessage(text);
    request.setUrn(urn ?? "");
    request.setEphemeral(ephemeral);
    // One after another: the engine shows them in the order in which they arrive.
    pending = pending.then(() => new Promise((resolve) => client.log(request, () => resolve())));
  };
  return {
    status: (text) => send(LogSeverity.INFO, text, true),
    info: (text) => send(LogSeverity.INFO, text, false),
    warning: (text) => send(LogSeverity.WARNING, text, false),
    flush: () => pending,
  };
}

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
