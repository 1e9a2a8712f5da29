import { KEEP_ALIVE, type KeepAlive } from "../../../provider/ssh/dial";
import { everything } from "./figures";

/** Of the client process: the full tier has the real ones three times as fast, and shorter faults with them. */
export const keepAlive: KeepAlive = everything
  ? KEEP_ALIVE
  : { ...KEEP_ALIVE, intervalMs: KEEP_ALIVE.intervalMs / 3 };

/** Seconds after which a connection through which nothing comes is given up. */
export const silentFor = (keepAlive.intervalMs * (keepAlive.count + 1)) / 1000;
