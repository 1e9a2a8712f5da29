/**
 * Asks a service of the machine itself by HTTP: no proxy that the environment names is asked in its place, and no
 * `.curlrc` changes what is asked (`-q` counts as the first word only). `--noproxy` is known from curl 7.19.4 on: RHEL 6 and
 * SLES 11 have 7.19.7.
 * @param seconds after which it is given up
 * @param options of curl besides
 */
export function askService(url: string, seconds: number, ...options: readonly string[]): string[] {
  return ["curl", "-q", "--noproxy", "*", "-sS", "--max-time", String(seconds), ...options, url];
}
