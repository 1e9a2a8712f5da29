import { type Machine, UnreachableError } from "../machine/machine";

/** Does something with machines, and closes them whatever comes of it. */
export async function usingMachines<T>(
  machines: readonly Machine[],
  use: (machines: readonly Machine[]) => Promise<T>,
): Promise<T> {
  try {
    return await use(machines);
  } finally {
    await Promise.all(machines.map((machine) => machine.close()));
  }
}

/** One reading of machines; why, where there can be none at all: a wrong host key, a login that is refused. */
export async function lookAt<S>(
  machines: readonly Machine[],
  observe: (machines: readonly Machine[]) => Promise<S>,
): Promise<{ readonly state: S } | { readonly failure: string }> {
  try {
    return { state: await usingMachines(machines, observe) };
  } catch (error) {
    if (error instanceof UnreachableError) return { failure: error.message };
    throw error;
  }
}
