import { plainText } from "../values/plainText";

/**
 * What the run record of every system has: kept on its backends, and written before the change that it describes. It
 * is never evidence of a version: what is true comes from observation.
 */
export interface Journal {
  /** Grows with each write; of several nodes' records the highest counts. */
  readonly seq: number;
  readonly run: string;
  /** Steps that no observation can tell of, by id: written before each begins … */
  readonly begun: readonly string[];
  /** … and after it has ended well. */
  readonly done: readonly string[];
  /** Where the job of a begun step lies, by the step's id. */
  readonly jobs?: Readonly<Record<string, JobPlace>>;
  /** What was lacking after the commands of a step had ended with 0, by its id: told of once, and done again. */
  readonly lacked?: Readonly<Record<string, string>>;
  readonly finished: boolean;
  /** By machine: the script of a package that failed in the last installation there; kept from run to run. */
  readonly failedScripts?: Readonly<Record<string, FailedScript>>;
  /** Seconds that a step of each kind took when it was last done; kept from run to run. */
  readonly times: Readonly<Record<string, number>>;
  /** Which machine each name stands for that the record uses. Missing in those of earlier releases. */
  readonly who?: Readonly<Record<string, Identity>>;
  /** Ids that `goneMachines` names and the record knew: by them nothing is left in it. */
  readonly dropped?: readonly string[];
}

/** Where a job lies. */
export interface JobPlace {
  readonly run: string;
  readonly id: string;
  /** Missing in records of earlier releases. */
  readonly node?: string;
}

/** What tells a machine from all others, whatever it is called and wherever it is reached. */
export interface Identity {
  /** `/etc/machine-id`; empty where there is none. */
  readonly machineId: string;
  readonly addresses: readonly string[];
  /** Of a backend, where `cluster-status` showed it. */
  readonly guid?: string;
}

/** A script of a package that has failed, and the installation that it belongs to. */
export interface FailedScript {
  readonly build: string;
  /** As the package manager has it, Unix seconds by the node's clock: another time is another installation. */
  readonly installedAt: number | null;
  /** What the package manager said. */
  readonly line: string;
}

/** Names of the machines of steps, `name/word`, with one of these words. */
export function namesOf(ids: readonly string[], ...words: readonly string[]): string[] {
  return ids.flatMap((id) => {
    const word = words.find((each) => id.endsWith(`/${each}`));
    return word === undefined ? [] : [id.slice(0, -word.length - 1)];
  });
}

/** The one that counts among several nodes' records. */
export function newestJournal<J extends Journal>(records: readonly (J | null)[]): J | null {
  return records.reduce<J | null>(
    (best, record) => (record && (!best || record.seq > best.seq) ? record : best),
    null,
  );
}

const plain = (_key: string, each: unknown) => (typeof each === "string" ? plainText(each) : each);

/** Reads a record's text; null when there is none or it is not one of ours. */
export function parseJournal<J extends Journal>(text: string): J | null {
  try {
    // Plain as it was printed, it may hold escaped what is not.
    const asItIs = plainText(text) === text && !text.includes("\\");
    const value = JSON.parse(text, asItIs ? undefined : plain) as J;
    if (typeof value.seq !== "number" || typeof value.run !== "string") return null;
    return { ...{ begun: [], done: [], times: {} }, ...value };
  } catch {
    return null;
  }
}
