import type { FactResult } from "../../provider/machine/machine";
import { parseAnswer, parseServerStatus } from "../../provider/observe/serverStatus";
import { fixture } from "../fixtures/read";

const said = (stdout: string, code = 0, stderr = ""): FactResult => ({ code, stdout, stderr });

test.each<[string, FactResult, string]>([
  ["healthy", said(`${fixture("_status.json")}\n200`), "pong"],
  ["healthy, in few words", said('{"status":"pong"}\n200'), "pong"],
  ["an upstream fails", said('{"status":"fail"}\n500'), 'HTTP 500: {"status":"fail"}'],
  ["pong, but not 200", said('{"status":"pong"}\n500'), 'HTTP 500: {"status":"pong"}'],
  ["200, but no pong", said('{"status":"fail"}\n200'), 'HTTP 200: {"status":"fail"}'],
  ["a page", said("<html>\n<h1>503</h1>\n</html>\n\n503"), "HTTP 503: <html> <h1>503</h1> </html>"],
  ["pong in a page", said("pong\n200"), "HTTP 200: pong"],
  ["another JSON", said("null\n200"), "HTTP 200: null"],
  ["nothing but a status", said("\n404"), "HTTP 404: (nothing)"],
  ["nobody listens", said("\n000", 7, "curl: (7) Failed to connect\n"), "curl: (7) Failed to connect"],
  ["broken off after its status", said('{"sta\n200', 28, "curl: (28) timed out\n"), "curl: (28) timed out"],
  ["curl says nothing", said("\n000", 52), "no answer (curl ended with 52)"],
  ["no status", said("\n000"), "no answer"],
  ["nothing at all", said(""), "no answer"],
  ["never asked", said("", 127, "not read"), "not read"],
])("what /_status said: %s", (_what, result, expected) => expect(parseAnswer(result)).toBe(expected));

test("a long page is cut", () =>
  expect(parseAnswer(said(`${"x".repeat(999)}\n500`)).length).toBeLessThan(200));

test("an upstream that fails is named", () => {
  expect(parseAnswer(said(`${fixture("_status-fail.json")}\n500`))).toBe(
    "HTTP 500: chef_elasticsearch fails",
  );
});

test.each<[string, string, string[]]>([
  ["all up; one that is disabled is as it shall be", fixture("chef-server-status.txt"), []],
  [
    "down, ending, not supervised, and an external one",
    fixture("chef-server-status-down.txt"),
    ["nginx", "opscode-erchef", "oc_id", "redis_lb", "bookshelf", "opscode-elasticsearch"],
  ],
  ["lines that end in CR LF", "down: nginx: 5s, normally up; run: log: (pid 1) 9s\r\n", ["nginx"]],
  ["disabled, but wanted", "down: nginx: 0s, want up; run: log: (pid 1) 9s\n", ["nginx"]],
  ["named twice", "down: nginx: 5s, normally up\ndown: nginx: 5s, normally up\n", ["nginx"]],
  ["only its log is down", "run: nginx: (pid 1) 5s; down: log: 5s, normally up\n", []],
  ["a warning of something else", "warning: config: deprecated\n", []],
  ["no such output", "ERROR: down", []],
  ["nothing", "", []],
])("services that chef-server-ctl status shows down: %s", (_what, text, down) =>
  expect(parseServerStatus(text)).toEqual(down),
);
