/** What `cleanup --no-op` says of a folder: Chef's words of its why-run mode. */
export const wouldRemove = (path: string) =>
  `  * directory[${path}] action delete\n    - Would delete existing directory ${path}`;
