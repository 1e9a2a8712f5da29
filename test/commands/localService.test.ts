/** What asks a service of the machine itself asks that one, and nobody else: tried with the real curl. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blockedLeadersFact, parseBlockedLeaders } from "../../provider/chef/cluster/blockedLeaders";
import { documentedPlaces } from "../../provider/chef/cluster/places";
import { askApi } from "../../provider/commands/askServer";
import { backendFacts, frontendFacts, preflightFacts } from "../../provider/commands/facts";
import { countByDatabase, countDocuments } from "../../provider/commands/searchData";
import type { FactRequest, FactResult } from "../../provider/machine/machine";
import { parseAnswer } from "../../provider/observe/serverStatus";
import { toNodeState } from "../../provider/observe/nodeState";
import { parseCount, parseDatabases } from "../../provider/observe/system";
import { fixture } from "../fixtures/read";
import { aReading } from "../support/aReading";
import { given, programs } from "../support/needs";

const root = fixture("search-root.json");
const { describe: withCurl } = given("asking local services", programs("curl", "curl"));

withCurl("with proxies in the environment and in .curlrc", () => {
  const home = mkdtempSync(join(tmpdir(), "local-service-"));
  const servers: Server[] = [];
  let proxied: string[] = [];
  let asked: string[] = [];
  let env: NodeJS.ProcessEnv;
  let port: number;

  const listen = async (listener: RequestListener) => {
    const server = createServer(listener);
    servers.push(server);
    server.on("connect", (request, socket) => {
      proxied.push(`CONNECT ${request.url}`);
      socket.end("HTTP/1.1 200 OK\r\n\r\n");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  };

  beforeAll(async () => {
    // It answers 200 to everything, with what would be believed.
    const proxy = await listen((request, response) => {
      proxied.push(request.url!);
      response.end(root.replace("5.6.16", "6.8.23"));
    });
    port = await listen((request, response) => {
      asked.push(request.url!);
      response.end(root);
    });
    const url = `http://127.0.0.1:${proxy}`;
    writeFileSync(join(home, ".curlrc"), `proxy = "${url}"\noutput = "${join(home, "stolen")}"\ninclude\n`);
    const named = Object.fromEntries(
      ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"].map((name) => [name, url]),
    );
    env = { PATH: process.env.PATH, HOME: home, CURL_HOME: home, ...named };
  });

  beforeEach(() => ((proxied = []), (asked = [])));

  afterAll(async () => {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    rmSync(home, { recursive: true });
  });

  const run = (argv: readonly string[]) =>
    new Promise<FactResult>((resolve) => {
      execFile(argv[0]!, argv.slice(1), { env }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
      );
    });
  const local = () => ({
    ...documentedPlaces,
    search: `http://localhost:${port}/`,
    etcd: `http://localhost:${port}/`,
    leaderl: `http://localhost:${port}/`,
  });
  const curls = (facts: readonly FactRequest[]) => facts.filter(({ argv }) => argv[0] === "curl");

  test("curl as it is by itself asks the proxy, so that this test can fail", async () => {
    await run(["curl", "-sS", "--max-time", "5", local().search]);
    expect([proxied.length, asked]).toEqual([1, []]);
  });

  test("every question to a backend's services reaches them", async () => {
    const { search, etcd } = local();
    const all = [
      ...curls([...backendFacts(local()), ...preflightFacts(local())]).map(({ argv }) => argv),
      blockedLeadersFact(etcd).argv,
      countDocuments(search),
      countByDatabase(search),
    ];
    expect(all.length).toBeGreaterThan(7);
    const answerTo = (argv: readonly string[]) => (argv.includes("%{http_code}") ? "200" : root);
    for (const argv of all) expect(await run(argv)).toEqual({ code: 0, stdout: answerTo(argv), stderr: "" });
    expect([proxied, asked.length]).toEqual([[], all.length]);
  });

  test("those to a frontend by TLS go to no proxy either", async () => {
    const [answer] = curls(frontendFacts());
    for (const argv of [answer!.argv, askApi("127.0.0.1", 443)]) {
      // Nobody listens there: a proxy would have been asked all the same.
      const elsewhere = argv.map((word) => word.replace(/^https:\/\/[^/]*/, "https://127.0.0.1:1"));
      expect(await run(elsewhere)).toMatchObject({
        code: 7,
        stdout: expect.stringContaining("000") as string,
      });
    }
    expect(proxied).toEqual([]);
  });

  test.each([
    ["a proxy's page", fixture("field/curl/proxy-page.txt")],
    ["an empty page", ""],
    ["JSON of something else", '{"status":"ok","version":{"number":"7.1.0"},"count":7}'],
    ["a status page", '{"status":"green"}'],
    ["a list", "[]"],
  ])("whatever else answers 200 at the port is no answer: %s", async (_what, page) => {
    const other = await listen((_request, response) => response.end(page));
    const at = {
      ...documentedPlaces,
      search: `http://localhost:${other}/`,
      etcd: `http://localhost:${other}/`,
    };
    const facts: Record<string, FactResult> = { osRelease: { code: 0, stdout: "", stderr: "" } };
    for (const { name, argv } of curls([...backendFacts(at), ...preflightFacts(at)]))
      facts[name] = await run(argv);
    const nothing = { searchVersion: null, indexVersion: null, watermark: null, dataDisk: null };
    expect(toNodeState("backend-1", "b1", aReading(facts))).toMatchObject(nothing);
    expect(parseCount((await run(countDocuments(at.search))).stdout)).toBeNull();
    expect(parseDatabases((await run(countByDatabase(at.search))).stdout)).toBeNull();
    expect(parseBlockedLeaders(await run(blockedLeadersFact(at.etcd).argv))).toBeNull();
    expect(parseAnswer({ code: 0, stdout: `${page}\n200`, stderr: "" })).toMatch(/^HTTP 200/);
  });
});
