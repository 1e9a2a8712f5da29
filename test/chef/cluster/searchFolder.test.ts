import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseBackendConfig } from "../../../provider/chef/cluster/backendConfig";
import {
  entriesFact,
  folderProblem,
  parseEntries,
  type SearchFolder,
} from "../../../provider/chef/cluster/searchFolder";
import { deleteData } from "../../../provider/commands/searchData";

const documented = "/var/opt/chef-backend/elasticsearch/data";
const moved = (folder: string, change: Partial<SearchFolder> = {}): SearchFolder => ({
  config: parseBackendConfig(`elasticsearch.data_dir '${folder}'`),
  ...{ dataFolder: folder, dataEntries: ["d nodes", "d nodes/0"], dataPath: null },
  ...change,
});

test.each<[string, SearchFolder]>([
  ["the documented folder", { config: {}, dataFolder: documented, dataEntries: null, dataPath: null }],
  ["the same, named", moved(documented, { dataEntries: null })],
  ["moved, since 5.0", moved("/data/es")],
  ["a mount of its own", moved("/data", { dataEntries: ["d lost+found", "d nodes", "d nodes/0"] })],
  ["of 2.x", moved("/mnt/es", { dataEntries: ["d chef", "d chef/nodes"] })],
  ["emptied by a run before", moved("/data/es", { dataEntries: [] })],
  ["where Elasticsearch says so itself", moved("/data/es", { dataPath: "/data/es/" })],
])("may be emptied: %s", (_what, folder) => expect(folderProblem(folder)).toBeNull());

test.each<[string, SearchFolder, RegExp]>([
  [
    "only Ruby can tell it",
    moved("#{x}", { config: parseBackendConfig('elasticsearch.data_dir "#{x}"') }),
    /cannot be read/,
  ],
  ["anything may set it", moved("/x", { config: parseBackendConfig("eval x") }), /cannot be read: eval x/],
  ["a relative path", moved("data"), /cannot be read/],
  ["a way up", moved("/data/../etc"), /cannot be read/],
  ["the root", moved("/"), /is \/, no directory of the search index alone/],
  ["a folder of the system", moved("/var/opt"), /no directory of the search index alone/],
  ["what others lie in", moved("/var/opt/chef-backend/"), /no directory of the search index alone/],
  [
    "PostgreSQL's data",
    moved("/var/opt/chef-backend/postgresql/9.5/data"),
    /no directory of the search index alone/,
  ],
  ["in the system", moved("/etc/es"), /no directory of the search index alone/],
  [
    "Elasticsearch is elsewhere",
    moved("/data/es", { dataPath: documented }),
    /Elasticsearch keeps its data in \/var\/opt/,
  ],
  [
    "it is elsewhere, and nothing says so",
    { config: {}, dataFolder: documented, dataEntries: null, dataPath: "/data/es" },
    /Elasticsearch keeps its data in \/data\/es/,
  ],
  ["not there", moved("/data/es", { dataFolder: null }), /is missing/],
  ["a link", moved("/data/es", { dataFolder: "/mnt/es" }), /leads to \/mnt\/es/],
  ["not listed", moved("/data/es", { dataEntries: null }), /cannot be listed/],
  ["other folders in it", moved("/data", { dataEntries: ["d nodes", "d nodes/0", "d home"] }), /holds home/],
  ["a file in it", moved("/data", { dataEntries: ["d nodes", "f backup.tgz"] }), /holds backup\.tgz/],
  ["a file of that name", moved("/data", { dataEntries: ["f nodes"] }), /holds nodes/],
  ["a link of that name", moved("/data", { dataEntries: ["l nodes"] }), /holds nodes/],
  [
    "more beside a cluster's nodes",
    moved("/data", { dataEntries: ["d a", "d a/nodes", "f a/x"] }),
    /holds a/,
  ],
])("is not emptied: %s", (_what, folder, text) => expect(folderProblem(folder)?.seen).toMatch(text));

test("the real find lists what is judged, and empties the folder, but not what is behind a link", () => {
  const home = mkdtempSync(join(tmpdir(), "search-folder-"));
  try {
    const [data, other] = [join(home, "data"), join(home, "other")];
    for (const path of [join(data, "nodes", "0", "indices"), other]) mkdirSync(path, { recursive: true });
    writeFileSync(join(other, "kept"), "");
    const list = () => {
      const { argv } = entriesFact(data)[0]!;
      const stdout = execFileSync(argv[0]!, argv.slice(1), { encoding: "utf8" });
      return parseEntries({ code: 0, stdout, stderr: "" });
    };
    expect(list()!.sort()).toEqual(["d nodes", "d nodes/0"]);
    execFileSync("ln", ["-s", other, join(data, "link")]);
    expect(folderProblem(moved(data, { dataEntries: list() }))?.seen).toMatch(/holds link/);
    const [find, ...words] = deleteData(data);
    execFileSync(find!, words);
    expect([list(), execFileSync("ls", [other], { encoding: "utf8" })]).toEqual([[], "kept\n"]);
  } finally {
    rmSync(home, { recursive: true });
  }
});
