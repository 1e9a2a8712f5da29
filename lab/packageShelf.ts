import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packageFile, packageFileName, type LabPackage } from "./simulation/packages/packageFile";
import type { Platform } from "./simulation/types";

/** Makes package files in a folder that every node of the lab sees under the same path. */
export class PackageShelf {
  constructor(
    readonly folder: string,
    readonly platform: Platform,
  ) {}

  /** @returns the file's path */
  async make(fields: Partial<LabPackage> & { version: string }): Promise<string> {
    const whole = { format: this.platform, ...fields };
    await mkdir(this.folder, { recursive: true });
    const path = join(this.folder, packageFileName(whole));
    await writeFile(path, packageFile(whole));
    return path;
  }

  /** Package files of one name by version. */
  async makeAll(name: string, versions: readonly string[]): Promise<Record<string, string>> {
    const paths: Record<string, string> = {};
    for (const version of versions) paths[version] = await this.make({ name, version });
    return paths;
  }
}
