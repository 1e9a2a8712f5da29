import { randomBytes } from "node:crypto";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { keyPair } from "../../../lab/machines/keyPair";
import type { MachineSettings } from "./machine";

/** How people log in: root and `labadmin` with the key, `labadmin` with the password, too, which sudo asks for. */
export interface Logins {
  readonly privateKey: string;
  readonly publicKey: string;
  readonly adminPassword: string;
}

export function makeLogins(): Logins {
  const key = keyPair("lab");
  return { privateKey: key.private, publicKey: key.public, adminPassword: randomBytes(9).toString("hex") };
}

/** Writes what a machine is prepared from; gives its line for known_hosts. */
export async function writeSeed(
  machine: MachineSettings,
  addressOf: (host: number) => string,
  all: readonly MachineSettings[],
  logins: Logins,
  packages: readonly string[],
): Promise<string> {
  const folder = join(machine.folder, "seeds", machine.name);
  await mkdir(join(folder, "packages"), { recursive: true, mode: 0o700 });
  const hostKey = keyPair(machine.name);
  const hosts = all.map((each) => `${addressOf(each.host)} ${each.name}\n`).join("");
  const files = {
    host_key: hostKey.private,
    authorized_keys: `${logins.publicKey}\n`,
    passwords: `labadmin:${logins.adminPassword}\n`,
    hosts: `127.0.0.1 localhost\n${hosts}`,
    settings: `family=${machine.family}\n`,
  };
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder, name), text.endsWith("\n") ? text : `${text}\n`, { mode: 0o600 });
  for (const path of packages) await copyFile(path, join(folder, "packages", basename(path)));
  const [type, key] = hostKey.public.split(" ");
  return `${addressOf(machine.host)} ${type} ${key}\n`;
}
