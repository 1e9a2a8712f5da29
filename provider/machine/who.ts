import type { Identity, JobPlace, Journal } from "./journal";

/** Machines by name, with what tells each from all others. */
export type Who = Readonly<Record<string, Identity>>;

/** A machine with containers may carry hundreds of addresses: so many tell it from its clones. */
const mostAddresses = 32;

const unknown: Identity = { machineId: "", addresses: [] };

/** What a reading has of its machines. Those that were not reached are there by name alone. @param rows of Chef Backend, by name */
export function whoIs(
  machines: readonly (Pick<Identity, "machineId" | "addresses"> & { readonly name: string })[],
  rows: ReadonlyMap<string, { readonly guid: string }> = new Map(),
): Who {
  return Object.fromEntries(
    machines.map(({ name, machineId, addresses: all }) => {
      const guid = rows.get(name)?.guid;
      const addresses = all.slice(0, mostAddresses);
      return [name, { machineId, addresses, ...(guid === undefined ? {} : { guid }) }];
    }),
  );
}

/** For the next record: what was known stays where nothing newer is. */
export function knownBy(last: Journal | null, now: Who): Who {
  const known = Object.entries(now).filter(([, each]) => each.machineId !== "" || each.addresses.length > 0);
  return {
    ...last?.who,
    ...Object.fromEntries(known.map(([name, each]) => [name, { ...last?.who?.[name], ...each }])),
  };
}

/** Gives a machine of a record the name that it has by now; null: nothing more is to be known of it. */
export type Rename = (name: string) => string | null;

/** What all systems' records have. `cluster/…` and `frontends/…` are steps on no machine by itself. */
export function renamedJournal(record: Journal, rename: Rename): Partial<Journal> {
  const idNow = (id: string): string | null => {
    const [name, word] = [id.slice(0, id.lastIndexOf("/")), id.slice(id.lastIndexOf("/") + 1)];
    if (name === "cluster" || name === "frontends") return id;
    const now = rename(name);
    return now === null ? null : `${now}/${word}`;
  };
  const ids = (all: readonly string[]) => all.map(idNow).filter((id) => id !== null);
  const place = (job: JobPlace): JobPlace =>
    job.node === undefined ? job : { ...job, node: rename(job.node) ?? job.node };
  const keys = <T>(all: Readonly<Record<string, T>>, now: Rename, its = (value: T) => value) =>
    Object.fromEntries(
      Object.entries(all).flatMap(([key, value]) => {
        const name = now(key);
        return name === null ? [] : [[name, its(value)]];
      }),
    );
  const { begun, done, jobs, lacked, failedScripts, who } = record;
  return {
    ...{ begun: ids(begun), done: ids(done) },
    ...(jobs ? { jobs: keys(jobs, idNow, place) } : {}),
    ...(lacked ? { lacked: keys(lacked, idNow) } : {}),
    ...(failedScripts ? { failedScripts: keys(failedScripts, rename) } : {}),
    ...(who ? { who: keys(who, rename) } : {}),
  };
}

/**
 * A record in today's names: the program may call its machines otherwise by now, or reach them at other addresses. Without
 * `who`, as earlier releases have written it, its names are taken for today's. A machine that nobody is any more keeps its
 * name there, or is given one that nobody has.
 * @param gone machines that do not exist any more, by what `idOf` gives: nothing is owed to them
 * @param renamed the same record with each name in it as it is given
 */
export function inTodaysNames<J extends Journal>(
  record: J | null,
  now: Who,
  gone: readonly string[],
  renamed: (record: J, rename: Rename) => J,
): J | null {
  if (record === null) return null;
  const mentioned = new Set<string>();
  renamed(record, (name) => (mentioned.add(name), name));
  const was = { ...Object.fromEntries([...mentioned].map((name) => [name, unknown])), ...record.who };
  const found = match(was, now);
  const dropped = new Set<string>();
  const named = renamed(record, (name) => {
    const today = found.get(name);
    if (today !== undefined) return today;
    const id = idOf(record, name);
    if (gone.includes(id)) return (dropped.add(id), null);
    return Object.hasOwn(now, name) ? `${name} (${id})` : name;
  });
  return gone.length === 0 ? named : { ...named, dropped: [...dropped] };
}

/** What a plan says of `goneMachines`: what it does, and where it does nothing. */
export function goneNotes(gone: readonly string[] = [], record: Pick<Journal, "dropped"> | null): string[] {
  const drops = gone.filter((id) => record?.dropped?.includes(id));
  const idle = gone.filter((id) => !drops.includes(id));
  return [
    ...(drops.length > 0
      ? [`goneMachines: unfinished work on ${drops.join(", ")} is dropped, and is not asked for again`]
      : []),
    ...(idle.length > 0
      ? [
          `goneMachines names ${idle.join(", ")}, which the run record does not know: remove it, it does nothing`,
        ]
      : []),
  ];
}

/** By what a machine of a record is told from all others, for who has to name it: of clones the address, too. */
export function idOf({ who = {} }: Pick<Journal, "who">, name: string): string {
  const { machineId = "", guid = "", addresses = [] } = who[name] ?? {};
  const isClone = Object.entries(who).some(([other, its]) => other !== name && its.machineId === machineId);
  const own = isClone && addresses.find((each) => !sharedAddresses(who).has(each));
  return (machineId || guid || name) + (machineId !== "" && own ? `@${own}` : "");
}

/** Which machine is which, the surest ones first; one that may be two of them is none. */
function match(was: Who, now: Who): Map<string, string> {
  const shared = new Set([...sharedAddresses(was), ...sharedAddresses(now)]);
  const pairs = Object.entries(was)
    .flatMap(([then, it]) =>
      Object.entries(now).map(([today, other]) => ({
        ...{ then, today },
        likeness: likeness(it, other, shared, then === today),
      })),
    )
    .filter((pair) => pair.likeness > 0)
    .sort((a, b) => b.likeness - a.likeness);
  const found = new Map<string, string>();
  const unsure = new Set<string>();
  const taken = new Set<string>();
  for (const { then, today, likeness: its } of pairs) {
    const isFree = (pair: (typeof pairs)[number]) => !found.has(pair.then) && !taken.has(pair.today);
    if (found.has(then) || taken.has(today) || unsure.has(then)) continue;
    const alike = pairs.filter((pair) => pair.likeness === its && isFree(pair));
    if (alike.some((pair) => (pair.then === then) !== (pair.today === today))) unsure.add(then);
    else {
      found.set(then, today);
      taken.add(today);
    }
  }
  return found;
}

/** Those of several machines, as of a bridge that each has for itself: they tell none of them. */
function sharedAddresses(who: Who): ReadonlySet<string> {
  const all = Object.values(who).flatMap(({ addresses }) => [...new Set(addresses)]);
  return new Set(all.filter((each, at) => all.indexOf(each) !== at));
}

/**
 * How surely two are one machine; 0: they are not. A GUID goes along to other hardware, and is another one after a new join.
 * Clones of one disk have one machine id: without a GUID it tells only together with an address. The name counts where nothing
 * else is known.
 */
function likeness(was: Identity, now: Identity, shared: ReadonlySet<string>, isNamesake: boolean): number {
  const same = (a: string | undefined, b: string | undefined) => (a && b ? (a === b ? 1 : -1) : 0);
  const guids = same(was.guid, now.guid);
  const ids = same(was.machineId, now.machineId);
  const common = was.addresses.filter((each) => now.addresses.includes(each) && !shared.has(each)).length;
  const named = isNamesake && common === 0 ? 0.5 : 0;
  if (guids > 0) return 1e6 + Math.max(ids, 0) * 1e3 + common;
  if (ids > 0) return common > 0 ? 1e3 + common : 0;
  return guids < 0 || ids < 0 ? 0 : common + named;
}
