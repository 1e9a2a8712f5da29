import type { Refusal } from "../../provider/plan/refusal";

/** Where, what and what was seen, in one line, for tests that look for any of them. */
export const said = ({ where, what, seen }: Refusal) =>
  `${where.join(", ")}: ${what}: ${seen.replaceAll("\n", "; ")}`;
