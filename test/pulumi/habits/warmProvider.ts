import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { CheckRequest, type CheckResponse, ConfigureRequest } from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { front } from "./front";

type Values = Record<string, unknown>;

/** What `check` answered: each failure as a line that begins with the property. */
export interface Checked {
  readonly inputs: Values;
  readonly failures: readonly string[];
}

/**
 * The front's provider process, driven by its own protocol without an engine: hundreds of questions in a second. Its engine
 * is a service that only keeps what it is told.
 */
export class WarmProvider {
  /** What the engine was told to show. */
  readonly said: string[] = [];
  /** What the process printed. */
  printed = "";
  /** Properties that a failure gave to the engine, which prints their values. */
  readonly named = new Set<string>();

  private constructor(
    readonly process: ChildProcess,
    readonly engine: grpc.Server,
  ) {}

  /** @param folder the project's */
  static async start(folder: string): Promise<WarmProvider> {
    const engine = new grpc.Server();
    const local = grpc.ServerCredentials.createInsecure();
    const port = await new Promise<number>((resolve, reject) =>
      engine.bindAsync("127.0.0.1:0", local, (error, bound) => (error ? reject(error) : resolve(bound))),
    );
    const [program, ...args] = front.provider;
    const child = spawn(program!, [...args, `127.0.0.1:${port}`], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const warm = new WarmProvider(child, engine);
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding("utf8").on("data", (text: string) => (warm.printed += text));
    engine.addService(EngineService as never, {
      log: (call: { request: LogRequest }, done: (error: null, answer: Empty) => void) => {
        warm.said.push(call.request.getMessage());
        done(null, new Empty());
      },
    });
    await once(child.stdout!, "data");
    warm.#client = new ResourceProviderClient(
      `127.0.0.1:${/^\d+$/m.exec(warm.printed)![0]}`,
      grpc.credentials.createInsecure(),
    );
    const configure = new ConfigureRequest();
    configure.setArgs(Struct.fromJavaScript({}));
    await new Promise((resolve, reject) =>
      warm.#client!.configure(configure, (error) => (error ? reject(error) : resolve(null))),
    );
    return warm;
  }

  #client?: ResourceProviderClient;

  /** @throws what the process throws */
  async check(urn: string, news: Values, olds: Values = {}): Promise<Checked> {
    const request = new CheckRequest();
    request.setUrn(urn);
    request.setOlds(Struct.fromJavaScript(olds as never));
    request.setNews(Struct.fromJavaScript(news as never));
    const answer = await new Promise<CheckResponse>((resolve, reject) =>
      this.#client!.check(request, (error, response) => (error ? reject(error) : resolve(response!))),
    );
    for (const each of answer.getFailuresList()) if (each.getProperty()) this.named.add(each.getProperty());
    return {
      inputs: answer.getInputs()!.toJavaScript(),
      failures: answer
        .getFailuresList()
        .map((each) => [each.getProperty(), each.getReason()].filter(Boolean).join(": ")),
    };
  }

  async stop(): Promise<void> {
    this.#client?.close();
    const gone = once(this.process, "exit");
    this.process.kill();
    await gone;
    this.engine.forceShutdown();
  }
}
