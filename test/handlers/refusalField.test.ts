import { refusalField } from "../../provider/handlers/refusalField";
import { refuse } from "../../provider/plan/refusal";

const lists = { frontends: [{ name: "frontend-1" }, { name: "frontend-2" }], source: [{ name: "old-1" }] };
const fieldOf = (code: string, ...where: string[]) =>
  refusalField(refuse({ code, what: "", where, seen: "", next: "" }), lists);

test.each([
  ["what a code is about", fieldOf("downgrade", "backend-1"), "version"],
  ["the input that is named", fieldOf("order", "input `source.frontends`"), "source.frontends"],
  ["frontends alone", fieldOf("membership", "frontend-1", "frontend-2"), "frontends"],
  ["a frontend's disk", fieldOf("disk", "frontend-1, / (/opt)"), "frontends"],
  ["machines of another list", fieldOf("membership", "old-1"), "source"],
  ["a machine of no list any more", fieldOf("unlisted", "frontend-3"), "goneMachines"],
  ["a backend beside a frontend", fieldOf("membership", "backend-1", "frontend-1"), "nodes"],
  ["the cluster", fieldOf("unhealthy", "the cluster"), "nodes"],
])("a refusal stands under %s", (_what, is, wanted) => expect(is).toBe(wanted));
