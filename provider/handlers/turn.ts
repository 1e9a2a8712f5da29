/**
 * What tells `diff` whether there is anything to do, in inputs and outputs alike. (Pulumi shows no property whose name begins like
 * this.) `check` counts on where something is to be done, `read` where the machines say something else than the state; an update
 * takes the inputs' number over. So the numbers are equal exactly where nothing is left: also after an update, while the inputs
 * in the state still tell what it was to do.
 */
export interface Turn {
  /** Missing as long as nothing has been counted. */
  readonly __turn?: number;
  /** The last update failed half-way: beside these outputs Pulumi keeps the inputs from before it. */
  readonly __failed?: boolean;
  /** The number of inputs that a refresh after such an update need not be compared with: it found everything as it was left. */
  readonly __quiet?: number;
  /** A refresh found that something is left to be done, or could not tell that of an unfinished one any more. */
  readonly __left?: boolean;
}

export const turnOf = ({ __turn = 0 }: Turn): number => __turn;

/** The next number where there is something to say, else the one that was there. */
export function nextTurn(olds: Turn, counts: boolean): Turn {
  const turn = turnOf(olds) + (counts ? 1 : 0);
  return turn === 0 ? {} : { __turn: turn };
}

/** For what is kept of an update that failed half-way. A creation that failed keeps its own inputs. */
export function failedTurn(id: string | null, olds: Turn, inputs: Turn): Turn {
  return { __turn: turnOf(id === null ? inputs : olds), __failed: true };
}

/** After a refresh. */
export function refreshedTurn(olds: Turn, drifted: boolean): Turn {
  if (!olds.__failed) return nextTurn(olds, drifted);
  return { ...nextTurn(olds, true), ...(drifted ? {} : { __quiet: turnOf(olds) }) };
}
