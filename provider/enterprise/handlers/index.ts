export { check } from "./check";
export { diff } from "./diff";
export { read } from "./read";
export { upgrade } from "./upgrade";
