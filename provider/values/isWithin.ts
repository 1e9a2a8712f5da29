/** Whether a path is a folder, or lies in it; of absolute paths, by their names alone. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder.replace(/\/$/, "")}/`);
}
