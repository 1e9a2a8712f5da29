import type { Clock } from "../machine/clock";
import { duration, type Report, type RunEvent } from "../report/events";
import type { EngineLog } from "./engineLog";

/** The same reason for waiting is shown again after so many milliseconds, with its age. */
const repeatAfter = 10_000;

/**
 * Turns a run's events into what the engine shows: what happens now in the resource's own row, and one line
 * with its duration for each finished step. The same waiting is repeated seldom, so that logs are not flooded.
 */
export function display(log: EngineLog, clock: Clock): Report {
  let shownText = "";
  let shownAt = 0;
  let doing = "";
  return (event: RunEvent) => {
    switch (event.type) {
      case "step-started":
        doing = event.text;
        shownText = "";
        return log.status(event.text);
      case "waiting": {
        if (event.text === shownText && clock.now() - shownAt < repeatAfter) return;
        shownText = event.text;
        shownAt = clock.now();
        return log.status(`${doing || event.step}, ${event.text} (${duration(event.seconds)})`);
      }
      case "step-finished":
        return log.info(`${event.text}: done in ${duration(event.seconds)}`);
      case "note":
        return log.info(event.text);
      case "warning":
        return log.warning(event.text);
      case "output":
        return;
    }
  };
}
