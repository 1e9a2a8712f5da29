import type { MachineState } from "../../cluster/state";

type Identity = Pick<MachineState, "unreachable" | "machineId" | "bootId" | "addresses">;

/**
 * Whether two hosts reached one machine. Containers of one host have one boot id, those of one image one machine id, and
 * many machines have a bridge with the same address: one machine is what has all of them in common.
 */
export function isSameMachine(one: Identity, other: Identity): boolean {
  if (one.unreachable !== null || other.unreachable !== null) return false;
  return (
    one.bootId !== "" &&
    one.bootId === other.bootId &&
    one.machineId === other.machineId &&
    one.addresses.some((each) => other.addresses.includes(each))
  );
}
