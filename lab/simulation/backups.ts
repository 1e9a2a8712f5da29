/** A backup as it lies in `/var/opt/chef-backup`. */
export interface BackupFile {
  readonly path: string;
  readonly bytes: number;
  /** Simulated time of its end, milliseconds. */
  readonly at: number;
}

export const backupFolder = "/var/opt/chef-backup";

/** `chef-backup-2024-01-01-00-02-00`: the product's names carry the time of day. */
export function backupName(wall: number): string {
  return `chef-backup-${new Date(wall).toISOString().slice(0, 19).replace(/[T:]/g, "-")}`;
}
