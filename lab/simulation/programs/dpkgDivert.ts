import type { Program } from "./program";
import type { System } from "../system";

/** `dpkg-divert --list PATTERNS`: nothing is diverted; the switch `prints` has what is. */
export const dpkgDivert: Program<System> = () => 0;
