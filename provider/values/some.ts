/** Most that errors, warnings, record and outputs name of what may be one for each organization. */
const mostNamed = 20;

/** The first of them, and how many more there are. */
export function some(all: readonly string[], most = mostNamed): readonly string[] {
  return all.length <= most ? all : [...all.slice(0, most), `and ${all.length - most} more`];
}
