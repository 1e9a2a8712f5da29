import { release, satisfies } from "../versions/version";
import { allHosts, type Hosts, machineNames, portOf } from "./names";
import { shown } from "./shown";

/** What is wrong with fields that are right one by one. */
export interface Conflict {
  readonly path: PropertyKey[];
  readonly message: string;
}

type Inputs = Hosts & {
  readonly version: string;
  readonly packageFile?: unknown;
  readonly packageFiles?: Readonly<Record<string, unknown>> | undefined;
  readonly rebuildIndex?: string | undefined;
  readonly frontends?: {
    readonly version?: string | undefined;
    readonly packageFile?: unknown;
    readonly cleanup?: string | undefined;
  };
};

/** Everything that does not fit together. Takes fields that are wrong themselves as well. */
export function conflicts(inputs: Inputs): Conflict[] {
  return [
    ...sameHosts(inputs),
    ...sameNames(inputs),
    ...packageTwice(inputs),
    ...packageWithoutVersion(inputs),
    ...otherCleanup(inputs),
    ...otherRebuild(inputs),
  ];
}

function sameHosts(inputs: Inputs): Conflict[] {
  const machines = allHosts(inputs);
  const key = (at: number) => `${machines[at]!.host} ${portOf(inputs, machines[at]!)}`;
  return machines.flatMap((machine, at) => {
    const twin = machines.findIndex((_other, index) => key(index) === key(at));
    if (twin === at) return [];
    const message = `got ${shown(machine.host)} again (${place(inputs, twin)}), expected a different machine for each`;
    return [{ path: [...pathOf(inputs, at), "host"], message }];
  });
}

function sameNames(inputs: Inputs): Conflict[] {
  const machines = allHosts(inputs);
  const names = machineNames(inputs);
  return names.flatMap((name, at) => {
    const first = names.indexOf(name);
    if (first === at || machines[first]!.host === machines[at]!.host) return [];
    // Of a given name and a host that reads the same, the name is what can be changed.
    const [wrong, other] = machines[at]!.name === undefined ? [first, at] : [at, first];
    const message = `got ${shown(name)} again (${place(inputs, other)}), expected a different name for each`;
    return [{ path: [...pathOf(inputs, wrong), "name"], message }];
  });
}

function packageTwice(inputs: Inputs): Conflict[] {
  const versions = Object.keys(inputs.packageFiles ?? {});
  return versions.flatMap((version, at) => {
    const path = ["packageFiles", version];
    if (inputs.packageFile !== undefined && same(version, inputs.version))
      return [
        {
          path,
          message: `got ${shown(version)}, the wanted version, whose package packageFile gives already: expected it in one of them`,
        },
      ];
    const twin = versions.slice(0, at).find((other) => same(version, other));
    return twin === undefined
      ? []
      : [
          {
            path,
            message: `got ${shown(version)} beside ${shown(twin)}, expected one package for a version`,
          },
        ];
  });
}

function packageWithoutVersion({ frontends }: Inputs): Conflict[] {
  if (!frontends || frontends.packageFile === undefined || frontends.version !== undefined) return [];
  const message = "got a package, but no frontends.version: expected both, or neither";
  return [{ path: ["frontends", "packageFile"], message }];
}

function otherCleanup({ frontends }: Inputs): Conflict[] {
  if (!frontends || frontends.cleanup === undefined || frontends.cleanup === frontends.version) return [];
  // A version that is wrong itself, or not known yet, says nothing of this one.
  if (frontends.version !== undefined && !isVersion(frontends.version)) return [];
  const wanted =
    frontends.version === undefined
      ? "frontends.version to be set, too"
      : `the same as frontends.version (${shown(frontends.version)})`;
  const message = `got ${shown(frontends.cleanup)}, expected ${wanted}: cleanup destroys what an upgrade to it has left`;
  return [{ path: ["frontends", "cleanup"], message }];
}

function otherRebuild({ version, rebuildIndex }: Inputs): Conflict[] {
  if (rebuildIndex === undefined || !isVersion(rebuildIndex) || !isVersion(version)) return [];
  if (release(rebuildIndex) === release(version)) return [];
  const message = `got ${shown(rebuildIndex)}, expected the same release as version (${shown(version)}): the search index is rebuilt once the backends are there`;
  return [{ path: ["rebuildIndex"], message }];
}

function same(a: string, b: string): boolean {
  return a === b || (isVersion(a) && isVersion(b) && satisfies(a, b));
}

function isVersion(text: string): boolean {
  return satisfies(text, text);
}

function pathOf(inputs: Inputs, at: number): PropertyKey[] {
  const backends = inputs.nodes.length;
  return at < backends ? ["nodes", at] : ["frontends", "nodes", at - backends];
}

function place(inputs: Inputs, at: number): string {
  const backends = inputs.nodes.length;
  return at < backends ? `nodes[${at}]` : `frontends.nodes[${at - backends}]`;
}
