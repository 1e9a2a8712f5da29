import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { engineLog } from "../../provider/pulumi/engineLog";

/** An engine's log service. */
async function startEngine() {
  const heard: string[] = [];
  const server = new grpc.Server();
  const log = ({ request }: { request: LogRequest }, answer: grpc.sendUnaryData<Empty>) => {
    const kind = request.getEphemeral()
      ? "status"
      : request.getSeverity() === LogSeverity.INFO
        ? "info"
        : "warning";
    heard.push(`${kind} of ${request.getUrn().split("::").at(-1) || "the stack"}: ${request.getMessage()}`);
    answer(null, new Empty());
  };
  server.addService(EngineService as unknown as grpc.ServiceDefinition, { log });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { heard, argv: [`127.0.0.1:${port}`], stop: () => server.forceShutdown() };
}

const urn = (name: string) => `urn:pulumi:test::project::pulumi-nodejs:dynamic:ChefHA::${name}`;

describe("the engine's log", () => {
  let engine: Awaited<ReturnType<typeof startEngine>>;
  beforeEach(async () => (engine = await startEngine()));
  afterEach(() => engine.stop());

  it("shows what happens now in the stack's row, which no diff fills, and says when that is over", async () => {
    const log = engineLog(urn("prod"), engine.argv);
    log.status("1/3 backend-2: upgrading");
    log.info("upgraded");
    log.warning("not verified");
    await log.flush();
    expect(engine.heard).toEqual([
      "status of the stack: 1/3 backend-2: upgrading",
      "info of prod: upgraded",
      "warning of prod: not verified",
      "status of the stack: prod: ended",
    ]);
  });

  it("names the resource while several are at work", async () => {
    const [prod, staging, idle] = ["prod", "staging", "idle"].map((name) =>
      engineLog(urn(name), engine.argv),
    );
    prod!.status("a");
    staging!.status("b");
    prod!.status("c");
    await Promise.all([staging!.flush(), idle!.flush()]);
    prod!.status("d");
    await prod!.flush();
    expect(engine.heard.filter((line) => !line.endsWith("ended"))).toEqual(
      ["a", "staging: b", "prod: c", "d"].map((text) => `status of the stack: ${text}`),
    );
    expect(engine.heard.filter((line) => line.endsWith("ended"))).toHaveLength(2);
  });
});
