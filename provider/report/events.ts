/** What happens during a run, for displays and machines. Never holds a secret. */
export type RunEvent =
  | {
      readonly type: "step-started";
      readonly step: string;
      readonly node: string | null;
      readonly text: string;
    }
  | {
      readonly type: "waiting";
      readonly step: string;
      readonly node: string | null;
      readonly text: string;
      /** For how long it has been waited by now, … */
      readonly seconds: number;
      /** … and at most will be. */
      readonly limit: number;
    }
  | { readonly type: "output"; readonly step: string; readonly node: string; readonly text: string }
  | {
      readonly type: "step-finished";
      readonly step: string;
      readonly node: string | null;
      readonly text: string;
      readonly seconds: number;
    }
  | { readonly type: "note"; readonly text: string }
  | { readonly type: "warning"; readonly text: string };

/** Takes events as they happen; must not throw. */
export type Report = (event: RunEvent) => void;

/** A finished step, for the outputs. */
export interface StepTiming {
  readonly step: string;
  readonly seconds: number;
}

/** `4711` seconds as `1 h 18 min`, `96` as `1 min 36 s`, `4.25` as `4.3 s`. */
export function duration(seconds: number): string {
  if (Math.round(seconds) < 60)
    return `${seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds) % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
