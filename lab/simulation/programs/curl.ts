import { Backend } from "../cluster/backend";
import { elasticsearchAnswer } from "../cluster/elasticsearchAnswer";
import { Frontend } from "../frontend";
import { frontendStatus } from "../frontendStatus";
import type { System } from "../system";
import { PASSTHROUGH, type Program, type Run } from "./program";

interface Answer {
  readonly code: number;
  readonly body: object;
}

/** Who listens at an address and what it says; null: nobody. */
interface Asked {
  readonly port: string;
  readonly answer: Answer | null;
}

/**
 * `curl …localhost:9200…` on a backend: its Elasticsearch; `curl …https://localhost/_status` on a frontend.
 * Any other address is the real program's business. Of curl's options `-f`, `-o` and `-w` are looked at.
 */
export const curl: Program = (run) => fetch(run, (url) => ask(run, url));

/** The same where `ask` knows who listens. */
export function fetch(
  run: Run<System>,
  ask: (url: string) => Asked | undefined,
): number | typeof PASSTHROUGH {
  const options = parse(run.args);
  const asked = options.url && ask(options.url);
  if (!asked) return PASSTHROUGH;
  const { port, answer } = asked;
  if (!answer) {
    if (options.format) run.print(fill(options.format, 0));
    return run.fail(7, `curl: (7) Failed to connect to localhost port ${port}: Connection refused`);
  }
  const refused = options.fail && answer.code >= 400;
  if (!refused && !options.discard) run.say(JSON.stringify(answer.body, null, 2));
  if (options.format) run.print(fill(options.format, answer.code));
  return refused ? run.fail(22, `curl: (22) The requested URL returned error: ${answer.code}`) : 0;
}

/** Port and path of an address on the machine itself; null for any other. */
export function local(url: string): { port: string; path: string } | null {
  const address = /^(?:(https?):\/\/)?(?:localhost|127\.0\.0\.1)(?::(\d+))?(\/.*)?$/.exec(url);
  if (!address) return null;
  const [, scheme = "http", given, path = "/"] = address;
  return { port: given ?? (scheme === "https" ? "443" : "80"), path };
}

function ask({ sim, machine }: Run, url: string): Asked | undefined {
  const { port, path } = local(url) ?? { port: "", path: "" };
  if (machine instanceof Backend && port === "9200")
    return {
      port,
      answer: machine.running("elasticsearch") ? elasticsearchAnswer(sim.search, machine, path) : null,
    };
  if (machine instanceof Backend && port === "2379") return { port, answer: etcdAnswer(sim, machine, path) };
  if (machine instanceof Frontend && /^\/_status\/?$/.test(path))
    return { port, answer: machine.serving ? frontendStatus(sim, machine.name) : null };
  return undefined;
}

/** Some clusters answer etcd's v2 keys, others do not (etcd 3 without v2 does so with a page of its own). */
function etcdAnswer({ cluster }: Run["sim"], backend: Backend, path: string): Answer | null {
  if (!backend.running("etcd")) return null;
  const key = "/cb/control/blocked_leaders";
  if (!cluster.etcdKeys || !path.startsWith(`/v2/keys${key}`))
    return { code: 404, body: { message: "404 page not found" } };
  const { failover, switched } = cluster;
  return failover
    ? { code: 404, body: { errorCode: 100, message: "Key not found", cause: key, index: switched + 900 } }
    : {
        code: 200,
        body: { action: "get", node: { key, value: "all", modifiedIndex: switched, createdIndex: switched } },
      };
}

/** Options whose next word is their value. */
const withValue = /^(-[a-zA-Z]*[owmHXu]|--(output|write-out|max-time|connect-timeout|header|request))$/;

function parse(args: readonly string[]) {
  const options = { url: "", fail: false, discard: false, format: "" };
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    if (word === "--fail" || /^-[a-zA-Z]*f/.test(word)) options.fail = true;
    if (!withValue.test(word)) {
      if (!word.startsWith("-")) options.url = word;
      continue;
    }
    const value = args[++at] ?? "";
    if (word === "--write-out" || /^-[a-zA-Z]*w$/.test(word)) options.format = value;
    if ((word === "--output" || /^-[a-zA-Z]*o$/.test(word)) && value === "/dev/null") options.discard = true;
  }
  return options;
}

function fill(format: string, code: number): string {
  return format.replaceAll("\\n", "\n").replaceAll("%{http_code}", String(code).padStart(3, "0"));
}
