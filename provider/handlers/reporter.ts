import type { HandlerContext } from "./types";

/** What a preview says beside the machines' own entries, in the same words for every resource. */
export function reporter({ report }: Pick<HandlerContext, "report">) {
  const warn = (text: string) => report({ type: "warning", text });
  const note = (text: string) => report({ type: "note", text });
  return {
    warn,
    note,
    /** Names the inputs that a preview does not know, and gives back what stands in place of each step. */
    unknown: (names: readonly string[]): string => {
      const [they, are] = names.length === 1 ? ["it", "is"] : ["they", "are"];
      const all = names.join(", ");
      note(
        `Not known in this preview: ${all}. \`pulumi up\` looks at the machines once ${they} ${are} known`,
      );
      return `known once ${names.length > 3 ? `${names.length} inputs` : all} ${are} known`;
    },
    /** An update that finds nothing to do on the machines. */
    onlyTheState: (changed: readonly string[]): void => {
      if (changed.length > 0)
        note(
          `Nothing to do on the machines: only the Pulumi state is written, with the new ${changed.join(", ")}`,
        );
    },
  };
}
