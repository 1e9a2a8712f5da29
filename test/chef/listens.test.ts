/** The port of a Chef server, as the real grep finds it in what `reconfigure` has written. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runningConfig } from "../../lab/simulation/files/runningConfig";
import { parsePort, portPattern } from "../../provider/chef/server/listens";

const folder = mkdtempSync(join(tmpdir(), "listens-"));
afterAll(() => rmSync(folder, { recursive: true }));

function grep(content: string): string {
  const path = join(folder, "chef-server-running.json");
  writeFileSync(path, content);
  try {
    return execFileSync("grep", ["-oE", portPattern, path], { encoding: "utf8" });
  } catch {
    return "";
  }
}

const portIn = (content: string) => parsePort({ code: 0, stdout: grep(content), stderr: "" });

test.each<[string, string, number | null]>([
  ["its own", runningConfig(8443), 8443],
  ["on one line", JSON.stringify(JSON.parse(runningConfig(8443))), 8443],
  ["as a text", runningConfig(8443).replace("8443", '"8443"'), 8443],
  [
    "after another section's",
    runningConfig(8443).replace('"nginx": {', '"analytics": {\n"ssl_port": 1\n},\n"nginx": {'),
    8443,
  ],
  ["no nginx", '{ "private_chef": { "analytics": { "ssl_port": 10443 } } }', null],
  ["empty", "", null],
])("%s", (_what, content, port) => expect(portIn(content)).toBe(port));

test("nothing else of that file is printed, whatever stands on the same line", () => {
  for (const content of [runningConfig(443), JSON.stringify(JSON.parse(runningConfig(443)))])
    expect(grep(content).replace(/"nginx": ?\{|"ssl_port": ?\d+|\n/g, "")).toBe("");
  expect(runningConfig(443)).toContain("password");
});
