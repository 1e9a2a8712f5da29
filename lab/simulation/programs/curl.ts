import { Backend } from "../cluster/backend";
import { elasticsearchAnswer } from "../cluster/elasticsearchAnswer";
import { Frontend } from "../frontend";
import { frontendStatus } from "../frontendStatus";
import type { System } from "../system";
import { PASSTHROUGH, type Program, type Run } from "./program";

interface Answer {
  readonly code: number;
  /** An object is printed as JSON, a text as it is. */
  readonly body: object | string;
}

/** Who listens at an address and what it says; null: nobody. */
interface Asked {
  readonly port: string;
  readonly answer: Answer | null;
}

/**
 * `curl …localhost:9200…` on a backend: its Elasticsearch; on a frontend `curl …https://localhost/_status`, and its API at
 * an address of its own. Any other address is the real program's business. Of curl's options `-f`, `-H`, `-o` and `-w`
 * are looked at.
 */
export const curl: Program = (run) => fetch(run, (url, headers) => ask(run, url, headers));

/** The same where `ask` knows who listens. */
export function fetch(
  run: Run<System>,
  ask: (url: string, headers: string) => Asked | undefined,
): number | typeof PASSTHROUGH {
  const options = parse(run.args);
  const asked = options.url && ask(options.url, options.headers.join("\n"));
  if (!asked) return PASSTHROUGH;
  const { port, answer } = asked;
  if (!answer) {
    if (options.format) run.print(fill(options.format, 0));
    return run.fail(7, `curl: (7) Failed to connect to localhost port ${port}: Connection refused`);
  }
  const refused = options.fail && answer.code >= 400;
  const { body } = answer;
  if (!refused && !options.discard)
    if (typeof body === "string") run.print(body);
    else run.say(JSON.stringify(body, null, 2));
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

function ask({ sim, machine }: Run, url: string, headers: string): Asked | undefined {
  const { port, path } = local(url) ?? { port: "", path: "" };
  const [, host, apiPort = "443"] = /^https:\/\/([^/:]+)(?::(\d+))?\/server_api_version$/.exec(url) ?? [];
  if (host !== undefined && host === sim.balancer?.host)
    return { port: apiPort, answer: balancerAnswer(sim, headers) };
  if (machine instanceof Frontend && host !== undefined && sim.addressesOf(machine).includes(host))
    return { port: apiPort, answer: listensAt(machine, apiPort) ? apiAnswer(machine, headers) : null };
  if (machine instanceof Backend && port === String(machine.switches.searchPort ?? 9200))
    return {
      port,
      answer:
        machine.running("elasticsearch") && !machine.cannotOpenIndex
          ? elasticsearchAnswer(sim.search, machine, path)
          : null,
    };
  if (machine instanceof Backend && port === String(machine.switches.etcdPort ?? 2379))
    return { port, answer: etcdAnswer(sim, machine, path) };
  if (machine instanceof Backend && port === "7331" && path === "/leader")
    return { port, answer: leaderAnswer(sim, machine) };
  if (machine instanceof Frontend && /^\/_status\/?$/.test(path))
    return {
      port,
      answer: listensAt(machine, port) || port === "80" ? statusAnswer(sim, machine) : null,
    };
  return undefined;
}

/** leaderl, to whoever asks whether this backend leads: with fewer followers than it needs it denies it (config_rb_backend). */
function leaderAnswer({ cluster, members }: Run["sim"], backend: Backend): Answer | null {
  if (!backend.running("leaderl")) return null;
  const active = members.filter((other) => other !== backend && other.serves && other.inStep).length;
  const leads = cluster.leader === backend && active >= backend.switches.requiredFollowers;
  return { code: leads ? 200 : 503, body: {} };
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

const listensAt = ({ serving, switches }: Frontend, port: string) =>
  serving && port === String(switches.sslPort);

const statusAnswer = (sim: Run["sim"], frontend: Frontend) =>
  frontend.serving ? frontendStatus(sim, frontend.name) : null;

/** HAProxy's answer: that of the first frontend that lets clients in, and its own page where none does. */
function balancerAnswer({ frontends, balancer }: Run["sim"], headers: string): Answer {
  const open = frontends.find((each) => each.open);
  if (open) return apiAnswer(open, headers);
  return balancer!.leadsElsewhere
    ? { code: 200, body: { min_api_version: 0, max_api_version: 1 } }
    : { code: 503, body: "<html><body><h1>503 Service Unavailable</h1>\n</body></html>\n" };
}

/**
 * The API as nginx lets it through (chef-server, dispatch.lua): who is no Chef client gets a page, maintenance sends all
 * clients away but those of its list, on which 127.0.0.1 alone is.
 */
function apiAnswer({ maintenance }: Frontend, headers: string): Answer {
  if (!/^x-chef-version: *\d+\./im.test(headers)) return { code: 200, body: { page: "Welcome" } };
  if (!/^x-ops-userid: *\S/im.test(headers)) return { code: 401, body: { error: "401" } };
  if (maintenance) return { code: 503, body: { error: "503 - Service Unavailable" } };
  return { code: 200, body: { min_api_version: 0, max_api_version: 1 } };
}

/** Options whose next word is their value. */
const withValue =
  /^(-[a-zA-Z]*[owmHXud]|--(output|write-out|noproxy|max-time|connect-timeout|header|request))$/;

function parse(args: readonly string[]) {
  const options = { url: "", fail: false, discard: false, format: "", headers: [] as string[] };
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    if (word === "--fail" || /^-[a-zA-Z]*f/.test(word)) options.fail = true;
    if (!withValue.test(word)) {
      if (!word.startsWith("-")) options.url = word;
      continue;
    }
    const value = args[++at] ?? "";
    if (word === "--header" || /^-[a-zA-Z]*H$/.test(word)) options.headers.push(value);
    if (word === "--write-out" || /^-[a-zA-Z]*w$/.test(word)) options.format = value;
    if ((word === "--output" || /^-[a-zA-Z]*o$/.test(word)) && value === "/dev/null") options.discard = true;
  }
  return options;
}

function fill(format: string, code: number): string {
  return format.replaceAll("\\n", "\n").replaceAll("%{http_code}", String(code).padStart(3, "0"));
}
