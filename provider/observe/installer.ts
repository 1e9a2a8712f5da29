/**
 * Who installs something by a file with its process id, from `grep -H .` of these files and `ls /proc`: a process that is
 * gone installs nothing any more.
 * @returns `process 4711 holds /var/run/zypp.pid`, or null.
 */
export function findInstaller(pidFiles: string, processes: string): string | null {
  const living = new Set(processes.split(/\s+/));
  for (const line of pidFiles.split("\n")) {
    const [, file, pid] = /^(\/[^:]+):\s*(\d+)\s*$/.exec(line) ?? [];
    if (pid !== undefined && living.has(pid)) return `process ${pid} holds ${file}`;
  }
  return null;
}
