import { checkRpm, installRpm, nevra, readRpm } from "./rpmInstall";
import { fillRpmFormat } from "../packages/format";
import type { Program, Run } from "./program";
import type { System } from "../system";

/** What an rpm command line asks for. */
interface RpmOptions {
  mode: "query" | "install" | "checksig" | "erase" | null;
  ofFile: boolean;
  test: boolean;
  /** The same build may be installed again. */
  again: boolean;
  format: string;
  operands: string[];
}

/** `rpm`, with the exit statuses and words of rpm 4. */
export const rpm: Program<System> = async (run) => {
  const options = parse(run.args);
  if (typeof options === "string") return run.fail(1, `rpm: ${options}: unknown option`);
  switch (options.mode) {
    case "query":
      return query(run, options);
    case "checksig":
      return checkSignatures(run, options.operands);
    case "install":
      return options.test
        ? checkRpm(run, options.operands, options.again)
        : installRpm(run, options.operands, options.again);
    case "erase":
      return run.fail(1, "rpm: the lab does not remove packages");
    case null:
      return run.fail(1, "RPM version 4.11.3\nrpm: no operation was given");
  }
};

function parse(args: readonly string[]): RpmOptions | string {
  const options: RpmOptions = {
    mode: null,
    ofFile: false,
    test: false,
    again: false,
    format: "",
    operands: [],
  };
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    if (word === "--qf" || word === "--queryformat") options.format = args[++at] ?? "";
    else if (word.startsWith("--qf=")) options.format = word.slice(5);
    else if (word.startsWith("--queryformat=")) options.format = word.slice("--queryformat=".length);
    else if (word === "--test") options.test = true;
    else if (word === "--replacepkgs") options.again = true;
    else if (word === "--checksig") options.mode = "checksig";
    else if (["--nopostun", "--nosignature", "--percent"].includes(word)) continue;
    else if (/^-q[pa]*$/.test(word)) {
      options.mode = "query";
      options.ofFile = word.includes("p");
    } else if (/^-[UFi][vh]*$/.test(word)) options.mode = "install";
    else if (/^-v?K v*$/.test(word) || /^-v?Kv?$/.test(word)) options.mode = "checksig";
    else if (word === "-e") options.mode = "erase";
    else if (word === "-p" || word === "-v" || word === "-h" || word === "-vh")
      options.ofFile ||= word === "-p";
    else if (word.startsWith("-")) return word;
    else options.operands.push(word);
  }
  return options;
}

async function query(run: Run<System>, options: RpmOptions): Promise<number> {
  let code = 0;
  const print = (tags: Record<string, string>) => {
    try {
      run.print(fillRpmFormat(options.format || "%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\n", tags));
    } catch (error) {
      code = run.fail(1, (error as Error).message);
    }
  };
  for (const operand of options.operands) {
    if (options.ofFile) {
      const read = await readRpm(run, operand);
      if (typeof read === "string") code = run.fail(1, read);
      else print(tagsOf(read.name, read.version, read.arch, read.installedSize, "(none)"));
      continue;
    }
    const found = run.machine.packages.all(operand);
    if (found.length === 0) {
      run.say(`package ${operand} is not installed`);
      code = 1;
    }
    for (const { name, version, arch, installedSize, installedAt } of found)
      print(
        tagsOf(name, version, arch, installedSize, String(Math.floor(run.machine.wall(installedAt) / 1000))),
      );
  }
  return code;
}

function tagsOf(
  name: string,
  version: string,
  arch: string,
  kib: number,
  time: string,
): Record<string, string> {
  const [upstream = "", release = ""] = version.split("-");
  return {
    NAME: name,
    EPOCH: "(none)",
    VERSION: upstream,
    RELEASE: release,
    ARCH: arch,
    SIZE: String(kib * 1024),
    INSTALLTIME: time,
    NEVRA: nevra({ name, version, arch }),
  };
}

async function checkSignatures(run: Run<System>, paths: readonly string[]): Promise<number> {
  let code = 0;
  for (const path of paths) {
    const read = await readRpm(run, path);
    if (typeof read === "string") code = run.fail(1, read);
    else if (read.corrupt) {
      run.say(`${path}: DIGESTS ${read.signed ? "SIGNATURES " : ""}NOT OK`);
      code = 1;
    } else run.say(`${path}: digests ${read.signed ? "signatures " : ""}OK`);
  }
  return code;
}
