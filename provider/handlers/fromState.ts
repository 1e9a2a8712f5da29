const texts = {
  cluster: {
    none: "Cluster unreachable: this preview comes from the Pulumi state, not from the live cluster",
    some: "Backends unreachable: this preview comes from the Pulumi state, not from the live cluster",
  },
  system: {
    none: "System unreachable: this preview comes from the Pulumi state, not from the live system",
    some: "Machines unreachable: this preview comes from the Pulumi state, not from the live system",
  },
};

/** What a preview says where it repeats the state, since machines that decide cannot be reached: all, or some of them. */
export function fromState(
  what: keyof typeof texts,
  machines: readonly { readonly name: string; readonly unreachable: string | null }[],
): string {
  const named = (isAway: boolean) =>
    machines.filter(({ unreachable }) => (unreachable !== null) === isAway).map(({ name }) => name);
  const answered = named(false).join(", ");
  return answered === ""
    ? texts[what].none
    : `${texts[what].some}; ${named(true).join(", ")} did not answer, ${answered} did`;
}
