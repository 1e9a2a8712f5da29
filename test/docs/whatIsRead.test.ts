/** docs/what-is-read.md names every command that a reading runs, and every code that it may lead to exists. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  backendFacts,
  frontendFacts,
  frontendPreflightFacts,
  packageFileFacts,
  preflightFacts,
} from "../../provider/commands/facts";
import { drbdFacts } from "../../provider/drbd/facts";
import { enterpriseBackendFacts, enterpriseBackendPreflightFacts } from "../../provider/enterprise/facts";
import type { FactRequest } from "../../provider/machine/machine";
import { oldBackendPreflightFacts } from "../../provider/migration/facts";
import { refusalTitles } from "./refusalTitles";

const page = readFileSync(join(__dirname, "../../docs/what-is-read.md"), "utf8");
const named = [...page.matchAll(/`([^`]+)`/g)].map(([, text]) => text!);

const facts: FactRequest[] = [
  ...[...backendFacts(), ...preflightFacts(), ...frontendPreflightFacts()],
  ...frontendFacts({ address: "192.0.2.1", port: 443 }),
  ...[...drbdFacts(), ...enterpriseBackendFacts(), ...enterpriseBackendPreflightFacts()],
  ...oldBackendPreflightFacts(),
  ...["deb", "rpm"].flatMap((family) =>
    [true, false].flatMap((sum) => packageFileFacts(family as "deb" | "rpm", "/p", sum)),
  ),
];

/** The part of a command line that tells it: without options that only shape its output. */
function words({ argv }: FactRequest): string[] {
  if (argv[0] === "curl")
    return [
      argv
        .at(-1)!
        .replace(/^http:\/\//, "")
        .replace(/\?.*$/, ""),
    ];
  return [argv.join(" ")];
}

test.each([...new Set(facts.flatMap(words))])("%j", (command) => {
  const isIt = (text: string) =>
    command === text ||
    command.startsWith(`${text} `) ||
    command.replace(/info\/\S+\.list$/, "info/….list") === text;
  expect(named.some(isIt)).toBe(true);
});

test("the codes are those of refusals", () => {
  const codes = new Set(
    refusalTitles(join(__dirname, "../../provider")).map((title) => /\[(\w+)\]/.exec(title)![1]!),
  );
  for (const text of named.filter((each) => /^\[\w+\]$/.test(each) && each !== "[ERROR]"))
    expect(codes).toContain(text.slice(1, -1));
});
