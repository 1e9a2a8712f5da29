/** `2.3.16` of `2.3.16-1`. */
export function upstreamOf(version: string): string {
  return version.replace(/-[^-]*$/, "");
}

/** Orders package versions such as `2.3.16-1` part by part, as numbers; negative when `a` is the older one. */
export function compareVersions(a: string, b: string): number {
  const parts = (version: string) => version.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0);
  const [x, y] = [parts(a), parts(b)];
  for (let at = 0; at < Math.max(x.length, y.length); at++) {
    const difference = (x[at] ?? 0) - (y[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a build is `since` or later, the package iteration left out. */
export function isSince(version: string, since: string): boolean {
  return compareVersions(upstreamOf(version), since) >= 0;
}
