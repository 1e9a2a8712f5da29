import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { given, has } from "../../support/needs";

/** Every program that the lab runs on the host or on the machines, and the Debian package that has it. */
const programs: Readonly<Record<string, string>> = {
  ip: "iproute2",
  unshare: "util-linux",
  nsenter: "util-linux",
  sshd: "openssh-server",
  sudo: "sudo",
  runsvdir: "runit",
  etcd: "etcd-server",
  patroni: "patroni",
  initdb: "postgresql",
  psql: "postgresql",
  curl: "curl",
  openssl: "openssl",
  nginx: "libnginx-mod-http-lua",
  rsync: "rsync",
  "redis-server": "redis-server",
  "redis-cli": "redis-server",
  "dpkg-deb": "dpkg",
  rpmbuild: "rpm",
};

/** What Debian's nginx is without, unless it is asked for. */
const luaFiles = ["/usr/lib/nginx/modules/ngx_http_lua_module.so", "/usr/share/lua/5.1/nginx/redis.lua"];

/** Namespaces and an overlay root, as a machine has them. */
const trial = `mount -t tmpfs lab /mnt && cd /mnt && mkdir upper work root &&
mount -t overlay lab -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work root && mount -t proc proc root/proc`;

/** Why machines cannot be started here, in one sentence; null when they can. */
export function whyNoMachines(): string | null {
  if (process.platform !== "linux") return "machines need Linux";
  if (process.getuid?.() !== 0) return "machines need root";
  const missing = Object.keys(programs).filter((program) => !isThere(program));
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((program) => programs[program]))];
    return `machines need ${missing.join(", ")} (apt-get install ${packages.join(" ")}, with a policy-rc.d that starts nothing)`;
  }
  if (spawnSync("/usr/bin/python3", ["-c", "import etcd, psycopg2, patroni"]).status !== 0)
    return "machines need Debian's python3-etcd (apt-get install python3-etcd patroni)";
  if (!luaFiles.every((path) => existsSync(path)))
    return "machines need Lua and Redis in nginx (apt-get install libnginx-mod-http-lua lua-nginx-redis)";
  const namespaces = ["--mount", "--pid", "--uts", "--ipc", "--net", "--time", "--fork"];
  const tried = spawnSync("unshare", [...namespaces, "sh", "-c", trial], { encoding: "utf8" });
  return tried.status === 0 ? null : `this kernel does not let us have machines: ${tried.stderr.trim()}`;
}

/** Debian has those of PostgreSQL in a folder for each of its releases. */
const isThere = (program: string) =>
  has(program) || spawnSync("sh", ["-c", `ls /usr/lib/postgresql/*/bin/${program}`]).status === 0;

/** `describe` where machines can be had; else one that is skipped and says why. */
export function describeMachines(title: string, tests: () => void): void {
  given(`real machines: ${title}`, whyNoMachines).describe(title, tests);
}
