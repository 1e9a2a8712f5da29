import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename } from "node:path";
import type { PackageFileInputs } from "../../../provider/inputs/schema";
import { packageFile } from "../lab/packages";
import type { Machines } from "../lab/startMachines";

/** A package that the machines download from this one: its first bytes come late, so that there is a job to be killed. */
export async function servePackage(
  machines: Machines,
  version: string,
): Promise<{ file: PackageFileInputs; close(): void }> {
  const path = await packageFile({ version, family: "deb" });
  const bytes = await readFile(path);
  const server = createServer((_request, response) => setTimeout(() => response.end(bytes), 1000));
  // The bridge's own end, which the machines reach.
  const host = machines.vip.replace(/\d+$/, "1");
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const url = `http://${host}:${(server.address() as AddressInfo).port}/${basename(path)}`;
  const close = () => void (server.closeAllConnections(), server.close());
  return { file: { url, sha256: createHash("sha256").update(bytes).digest("hex") }, close };
}
