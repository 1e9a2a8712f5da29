import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { enterpriseInputs } from "../../provider/enterprise/inputs";
import { defaultEnterpriseTimeouts } from "../../provider/enterprise/spec";
import { migrationInputs } from "../../provider/migration/inputs";
import { defaultMigrationTimeouts } from "../../provider/migration/spec";
import { defaultTimeouts } from "../../provider/plan/spec";
import { inputPaths } from "./inputPaths";
import { allRows, anchors, codeBlocks, relativeLinks, rowsUnder, type Row } from "./markdown";
import { messageFragments, providerText } from "./messages";
import { refusalTitles } from "./refusalTitles";

const root = resolve(__dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const readme = read("README.md");
const enterprise = read("docs/enterprise-chef-11.md");
const migration = read("docs/migration.md");
const loadBalancer = read("docs/load-balancer.md");

/** The first line of a refusal: text and code. */
const isTitle = (message: string) => / \[\w+\]`$/.test(message);

/** Rows of all tables under a heading, by the name in their first cell. */
function named(heading: string, page = readme): Map<string, Row> {
  return new Map(rowsUnder(page, heading).map((row) => [row[0]!.replaceAll("`", ""), row]));
}

/** What a resource declares as its outputs. */
function outputsOf(resource: string): string[] {
  const text = read(`provider/pulumi/${resource}.ts`);
  return [...text.matchAll(/declare readonly (\w+):/g)].map(([, name]) => name!);
}

describe("the tables of the README and of the other resources' pages", () => {
  it("list every input, and no other", () => {
    expect([...named("Inputs").keys()].sort()).toEqual(inputPaths.all.sort());
  });

  it("may tell once of what stands in several places", () => {
    for (const [first, ...others] of inputPaths.twins)
      for (const other of others) expect(other).toEqual(first);
  });

  it("say which fields of a connection a bastion takes", () => {
    const taken = [...named("Inputs")]
      .filter(([name, row]) => /^connection\.\w+$/.test(name) && row.at(-1) === "yes")
      .map(([name]) => name);
    expect(taken.sort()).toEqual(inputPaths.alsoOfProxy.sort());
  });

  it("give each time-out's default", () => {
    // The limit of a backup is an input of its own.
    const nameOf = (name: string) => (name === "backupTimeout" ? "timeouts.backup" : name);
    const rows = [...named("Inputs")].map(([name, row]) => [nameOf(name), Number(row[1])] as const);
    const told = rows
      .filter(([name]) => name.startsWith("timeouts."))
      .map(([name, seconds]) => [name.replace("timeouts.", ""), seconds]);
    expect(Object.fromEntries(told)).toEqual(defaultTimeouts);
  });

  it("list every output, and no other", () => {
    expect([...named("Outputs").keys()].sort()).toEqual(outputsOf("ChefBackendCluster").sort());
  });

  it("list every input and output of EnterpriseChefCluster", () => {
    const { timeouts, ...inputs } = enterpriseInputs.shape;
    const rows = named("Inputs", enterprise);
    const limits = Object.keys(timeouts.unwrap().shape).map((key) => `timeouts.${key}`);
    expect([...rows.keys()].sort()).toEqual([...Object.keys(inputs), ...limits].sort());
    expect([...named("Outputs", enterprise).keys()].sort()).toEqual(
      outputsOf("EnterpriseChefCluster").sort(),
    );
    const told = limits.map((limit) => [limit.replace("timeouts.", ""), Number(rows.get(limit)![1])]);
    expect(Object.fromEntries(told)).toEqual(defaultEnterpriseTimeouts);
  });

  it("list every input and output of ChefBackendMigration", () => {
    const { timeouts, frontends, source, ...inputs } = migrationInputs.shape;
    const rows = named("Inputs", migration);
    const under = (shape: object, prefix: string) => Object.keys(shape).map((key) => `${prefix}.${key}`);
    const limits = under(timeouts.unwrap().shape, "timeouts");
    const nested = [...under(frontends.shape, "frontends"), ...under(source.shape, "source")];
    expect([...rows.keys()].sort()).toEqual([...Object.keys(inputs), ...nested, ...limits].sort());
    expect([...named("Outputs", migration).keys()].sort()).toEqual(outputsOf("ChefBackendMigration").sort());
    const told = limits.map((limit) => [limit.replace("timeouts.", ""), Number(rows.get(limit)![1])]);
    expect(Object.fromEntries(told)).toEqual(defaultMigrationTimeouts);
  });

  it("quote only messages that the provider has", () => {
    const text = providerText(join(root, "provider"));
    const rows = allRows(read("docs/troubleshooting.md"));
    expect(rows.length).toBeGreaterThan(80);
    const missing = rows
      .filter(([message]) => !isTitle(message!))
      .flatMap(([message]) => messageFragments(message!))
      .filter((fragment) => !text.includes(fragment));
    expect(missing).toEqual([]);
  });
});

describe("the page of messages", () => {
  const titles = refusalTitles(join(root, "provider"));

  it("has a row for the first line of every refusal, once, and for no other", () => {
    expect(titles.length).toBeGreaterThan(60);
    const rows = allRows(read("docs/troubleshooting.md")).map(([message]) => message!);
    const told = rows.filter(isTitle).map((message) => message.replaceAll("`", ""));
    expect(told.sort()).toEqual(titles.sort());
  });
});

describe("their programs", () => {
  const programs = [readme, enterprise, migration, loadBalancer].flatMap((page) => codeBlocks(page, "ts"));

  it.each(["rolling", "downtime", "frontends", "enterprise", "migration", "automation"])(
    "have the example's file, word for word: %s",
    (example) => {
      expect(programs).toContain(read(`examples/${example}/index.ts`));
    },
  );

  it("show the workflow's file, word for word", () => {
    expect(codeBlocks(readme, "yaml")).toEqual([read("examples/github-actions/chef-backend.yml")]);
  });

  it("type-check against the package", () => {
    expect(programs.length).toBeGreaterThan(1);
    expect(typeErrors(programs)).toEqual([]);
  });

  it("would not type-check with a misspelt field", () => {
    const wrong = programs.map((text) => text.replaceAll("packageFile:", "packagefile:"));
    expect(typeErrors(wrong).join("\n")).toContain("packagefile");
  });
});

const pages = readdirSync(join(root, "docs")).map((name) => `docs/${name}`);

describe.each(["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "lab/README.md", ...pages])("%s", (file) => {
  const text = read(file);

  it("has no link that leads nowhere", () => {
    const broken = relativeLinks(text).filter(({ path, anchor }) => {
      const target = path === "" ? join(root, file) : join(root, dirname(file), path);
      if (!existsSync(target)) return true;
      return anchor !== "" && !anchors(readFileSync(target, "utf8")).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("names no test file that is not there", () => {
    const missing = [...text.matchAll(/`(test\/[\w/.]+\.ts)`/g)]
      .map(([, path]) => path!)
      .filter((path) => !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  });
});

/** Type-checks programs as files beside the package's own sources. */
function typeErrors(programs: readonly string[]): string[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const files = new Map(programs.map((text, at) => [join(root, `readme-${at}.ts`), text]));
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.getSourceFile = (path, language, ...rest) => {
    const text = files.get(path);
    return text === undefined
      ? getSourceFile(path, language, ...rest)
      : ts.createSourceFile(path, text, language);
  };
  const program = ts.createProgram([...files.keys()], { ...options, noEmit: true }, host);
  const problems = [...files.keys()].flatMap((path) => {
    const source = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  });
  return problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}
