import type { MachineState } from "../cluster/state";
import type { Journal } from "../machine/journal";
import { noteOf } from "../observe/scripts";
import type { Refusal } from "../plan/refusal";
import type { Context } from "./context";
import { RefusedError } from "./errors";
import type { RunJournal } from "./runJournal";

/**
 * After an installation, by a new reading: nothing goes on with a package whose own scripts have failed. The run record
 * keeps it, beside what lies on the machine itself.
 * @param refusal what the next run says of such a machine, too
 * @throws RefusedError unless the program accepts it: then it is a note.
 */
export async function scriptsMustBeSound(
  run: { readonly context: Context; readonly journal: Pick<RunJournal<Journal>, "scriptFailed"> },
  machines: readonly MachineState[],
  refusal: (machine: MachineState) => Refusal,
): Promise<void> {
  const failed = machines.filter(({ package: pkg }) => pkg.failedScript !== undefined);
  const unsound = failed.filter(({ package: pkg }) => pkg.state !== "installed");
  for (const { name, package: pkg } of failed)
    if (pkg.state === "installed")
      run.context.report({
        type: "note",
        text: `${name}: ${pkg.failedScript}: accepted, as the program says`,
      });
  for (const machine of unsound) await run.journal.scriptFailed(machine.name, noteOf(machine));
  if (unsound.length > 0) throw new RefusedError(unsound.map(refusal));
}
