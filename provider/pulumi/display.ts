import type { Clock } from "../machine/clock";
import { duration, type Report, type RunEvent } from "../report/events";
import type { EngineLog } from "./engineLog";

/**
 * The same reason for waiting is shown again, with its age, after so many milliseconds; then after twice as many,
 * up to the second figure: a log that keeps every line is not flooded by a long wait.
 */
const repeatAfter = { first: 10_000, most: 80_000 };

/**
 * Turns a run's events into what the engine shows: what happens now in the stack's row, and one line
 * with its duration for each finished step. The same waiting is repeated seldom, so that logs are not flooded.
 */
export function display(log: EngineLog, clock: Clock): Report {
  let shownText = "";
  let shownAt = 0;
  let pause = repeatAfter.first;
  let doing = "";
  return (event: RunEvent) => {
    switch (event.type) {
      case "step-started":
        doing = event.text;
        shownText = "";
        return log.status(event.text);
      case "waiting": {
        const same = event.text === shownText;
        if (same && clock.now() - shownAt < pause) return;
        pause = same ? Math.min(2 * pause, repeatAfter.most) : repeatAfter.first;
        shownText = event.text;
        shownAt = clock.now();
        return log.status(
          `${doing || event.step} ${duration(event.seconds)}, ${event.text} (of ${duration(event.limit)})`,
        );
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
