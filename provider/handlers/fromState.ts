/**
 * What a preview says where it cannot read what decides, so that it repeats the state.
 * @param what all of them together
 */
export function fromState(
  what: "cluster" | "system",
  machines: readonly { readonly name: string; readonly unreachable: string | null }[],
): string {
  const named = (away: boolean) =>
    machines.filter(({ unreachable }) => (unreachable !== null) === away).map(({ name }) => name);
  const [away, read] = [named(true), named(false)];
  const from = `this preview comes from the Pulumi state, not from the live ${what}`;
  return read.length === 0
    ? `${what === "cluster" ? "Cluster" : "System"} unreachable: ${from}`
    : `Not all of the ${what} can be read: ${from}. ${read.join(", ")} answered, ${away.join(", ")} did not`;
}
