/** A file, folder or symbolic link as it lies on a node. */
export interface TreeEntry {
  readonly kind: "file" | "directory" | "symbolic link";
  /** A link's target; empty for a folder. */
  readonly content: string;
  /** Permission bits. */
  readonly mode: number;
  /** `root:root`: user and group. */
  readonly owner: string;
}

/** Files of a node which the product writes and people copy, by absolute path: in memory, or real ones. */
export interface NodeTree {
  /** What is there; undefined when nothing is. */
  read(path: string): TreeEntry | undefined;
  /** A path and everything below it, sorted by path; empty when nothing is there. */
  list(path: string): [path: string, entry: TreeEntry][];
  /** Puts or replaces. Folders above it must be there. */
  write(path: string, entry: TreeEntry): void;
  /** Removes it with everything below. */
  remove(path: string): void;
}

/** A tree in memory. */
export class MemoryTree implements NodeTree {
  readonly #entries = new Map<string, TreeEntry>();

  read(path: string): TreeEntry | undefined {
    return this.#entries.get(path);
  }

  list(path: string): [string, TreeEntry][] {
    const found = [...this.#entries].filter(([each]) => each === path || each.startsWith(`${path}/`));
    return found.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  write(path: string, entry: TreeEntry): void {
    this.#entries.set(path, entry);
  }

  remove(path: string): void {
    for (const [each] of this.list(path)) this.#entries.delete(each);
  }
}
