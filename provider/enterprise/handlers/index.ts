import { diffBy } from "../../handlers/diff";
import { enterpriseInputs } from "../inputs";

export { check } from "./check";
export { forget } from "./forget";
export { read } from "./read";
export { upgrade } from "./upgrade";
export const diff = diffBy(enterpriseInputs);
