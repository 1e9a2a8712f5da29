/** A measurement repeated: the middle one, and how far the others are from it. */
export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/** @throws RangeError for no values. */
export function figure(values: readonly number[]): Figure {
  if (values.length === 0) throw new RangeError("nothing was measured");
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)!, count: sorted.length };
}

/** `1.234 s  (1.200 … 1.300, 5 times)`, from milliseconds. */
export function inSeconds(values: readonly number[]): string {
  return text(values, (value) => `${(value / 1000).toFixed(3)} s`);
}

/** `1.042  (1.040 … 1.050, 3 times)`. */
export function asRatio(values: readonly number[]): string {
  return text(values, (value) => value.toFixed(3));
}

function text(values: readonly number[], show: (value: number) => string): string {
  const { median, min, max, count } = figure(values);
  if (count === 1) return show(median);
  return `${show(median).padEnd(10)} (${show(min)} … ${show(max)}, ${count} times)`;
}

/** One line of the report. */
export function line(what: string, value: string): void {
  console.log(`  ${what.padEnd(50)} ${value}`);
}

export function heading(what: string): void {
  console.log(`\n${what}`);
}
