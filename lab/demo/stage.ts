import type { RunningMachines } from "../machines/startMachines";
import type { LastUpgrade } from "../../provider/handlers/types";

/** What a demonstration is played on, and with which words. */
export interface Stage {
  readonly lab: RunningMachines;
  /** The Pulumi program, JavaScript. */
  readonly program: string;
  /** Its configuration, with the lab's login added; `version` is where the machines begin. */
  readonly config: Readonly<Record<string, unknown>>;
  /** What is set one after another, each with a preview and an `up`. */
  readonly changes: readonly (readonly [key: string, value: string])[];
  /** Shown before and after, as a person would ask. */
  readonly commands: readonly (readonly [node: string, command: string])[];
  /** What to say of the outputs at the end: versions of nodes, or what the heading says, then after the time it took. */
  tell(outputs: StageOutputs): {
    heading?: string;
    versions: Readonly<Record<string, string>>;
    verdict: string;
  };
}

/** Outputs of the program: those that every stage has, and its own. */
export interface StageOutputs extends Readonly<Record<string, unknown>> {
  readonly lastUpgrade: LastUpgrade;
}

/** A machine as a program names it. */
export const address = ({ name, host, port }: RunningMachines["nodes"][number]) => ({
  name,
  host,
  port,
});
