import type { FrontendState, InstalledPackage } from "../cluster/state";
import type { Clock } from "../machine/clock";
import type { Step } from "../plan/plan";
import { isInMaintenance } from "../plan/frontendView";
import { StepFailedError } from "./errors";

/** What a look at a frontend tells, and when it was made (milliseconds). */
export interface FrontendLook extends Pick<
  FrontendState,
  "answer" | "down" | "services" | "api" | "address" | "now"
> {
  readonly startedAt: number;
  readonly endedAt: number;
}

/** What is wanted of a frontend besides its answer. */
export interface Wanted {
  /** Clients are let in. */
  readonly open?: boolean;
  /** It was upgraded to this: what runs was started after the installation, and answers twice. */
  readonly upgraded?: InstalledPackage;
}

/** Between two looks that both tell that it answers after an upgrade, in milliseconds: a service that is started again and again answers once. */
const apart = 5000;

/** By which a service's age may be wrong, in seconds: runit counts whole ones. */
const tolerance = 1;

/**
 * Waits until a frontend answers its clients, at its own address too; after an upgrade until it still does a moment later, by
 * services that were not started again meanwhile.
 * @throws StepFailedError when it does not in the step's time.
 */
export async function untilAnswers(
  clock: Clock,
  step: Step<string>,
  name: string,
  look: () => Promise<FrontendLook>,
  waiting: (what: string, seconds: number) => void,
  wanted: Wanted = {},
): Promise<void> {
  const begun = clock.now();
  let first: FrontendLook | null = null;
  for (;;) {
    const seen = await look();
    const again = first && restartedSince(first, seen);
    const problem: string | null = problemOf(seen, wanted) ?? again;
    const elapsed = (clock.now() - begun) / 1000;
    const isSecond = first !== null && seen.startedAt - first.endedAt >= apart;
    if (problem === null && (isSecond || !wanted.upgraded)) return;
    if (problem !== null && elapsed > step.timeout)
      throw new StepFailedError(
        step,
        `${name} does not answer its clients after ${step.timeout} s: ${problem}`,
      );
    if (problem !== null) first = null;
    else first ??= seen;
    waiting(problem ?? "it answers, checking once more", elapsed);
    await clock.sleep(first ? Math.max(250, first.endedAt + apart - clock.now()) : pauseAfter(seen));
  }
}

const pauseAfter = ({ startedAt, endedAt }: FrontendLook) => Math.max(250, endedAt - startedAt);

function problemOf(look: FrontendLook, { open, upgraded }: Wanted): string | null {
  const { answer, down, api, address, services, now } = look;
  if (answer !== "pong") return `/_status: ${answer}`;
  if (down.length > 0) return `${down.join(", ")} is down`;
  if (address !== null && (api === "" || (/^5/.test(api) && !isInMaintenance(look))))
    return `${address} ${api === "" ? "does not answer" : `answers with ${api}`}`;
  if (open && isInMaintenance(look)) return `${address} sends clients away with 503`;
  const { installedAt = null, version } = upgraded ?? {};
  const old = services.filter(
    ({ up, seconds }) => up && installedAt !== null && now - seconds + tolerance < installedAt,
  );
  return old.length > 0 ? `${namesOf(old)} still runs from before ${version} was installed` : null;
}

function restartedSince(first: FrontendLook, { services, startedAt }: FrontendLook): string | null {
  const between = (startedAt - first.endedAt) / 1000;
  const young = services.filter(({ up, seconds }) => up && seconds + tolerance < between);
  return young.length > 0 ? `${namesOf(young)} was started again a moment ago` : null;
}

const namesOf = (services: readonly { readonly service: string }[]) =>
  services.map(({ service }) => service).join(", ");
