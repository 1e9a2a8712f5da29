import { parseIndexVersion, parseSearchIndices } from "../../../provider/chef/cluster/searchIndices";
import { fixture } from "../../fixtures/read";

const made = (versions: Record<string, object>) =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(versions).map(([name, version]) => [name, { settings: { index: { version } } }]),
    ),
  );

describe("the Elasticsearch that made the oldest index", () => {
  test.each<[string, string, string | null]>([
    ["one", fixture("index-settings.json"), "5.4.1"],
    [
      "of several",
      made({ chef: { created_string: "5.6.16" }, ".old": { created_string: "2.3.1" } }),
      "2.3.1",
    ],
    ["a number alone", made({ chef: { created: "1070199" } }), "1.7.1"],
    ["one that does not tell", made({ chef: { created_string: "5.6.16" }, odd: {} }), null],
    ["a number that is no release", made({ chef: { created: "8512000" } }), null],
    ["no index", "{}", null],
    ["an error", '{"error":"no such index [chef]","status":404}', null],
    ["a proxy's page", "<html>5.6.16</html>", null],
    ["a line out of it", '{"created_string":"2.3.1"}', null],
    ["nothing", "", null],
  ])("%s", (_what, text, version) => expect(parseIndexVersion(text)).toBe(version));
});

describe("what lies in Elasticsearch", () => {
  const read = (stdout: string, code = 0) => parseSearchIndices({ code, stdout, stderr: "" });

  test("closed ones count, which have no health", () => {
    expect(read("green  open  chef\n       close open\nred*   open  logs-1\n")).toEqual([
      { name: "chef", health: "green", open: true },
      { name: "open", health: "", open: false },
      { name: "logs-1", health: "red*", open: true },
    ]);
    expect(read("")).toEqual([]);
  });

  test.each([
    ["no answer", "", 7],
    ["a proxy's page", "<html>\n<p>green open chef</p>\n", 0],
    ["words that look like a row", "please open a ticket\n", 0],
    ["another line among them", "green open chef\nWarning: …\n", 0],
  ])("%s is not known", (_what, text, code) => expect(read(text, code)).toBeNull());
});
