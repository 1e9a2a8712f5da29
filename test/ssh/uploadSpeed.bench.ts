/**
 * How fast a file gets to an OpenSSH server, by each way there is. Not a test: run it with
 *   npx tsc --outDir /tmp/bench && NODE_PATH=node_modules node /tmp/bench/test/ssh/uploadSpeed.bench.js [MB]
 *
 * Measured with ssh2 1.17, OpenSSH 9.2, Node 24, 2 cores, 100 MB, two runs; MB/s:
 *   delay per direction   SFTP fastPut   exec cat     SFTP createWriteStream
 *    0 ms                 88, 117        140, 223     13, 54
 *   20 ms                 34, 38         42, 43       1.4, 1.4
 */
import { randomBytes } from "node:crypto";
import { createReadStream, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "ssh2";
import { quote } from "../../provider/shell/quote";
import { startSshd, temporaryFolder } from "../support/openssh";
import { startTcpRelay } from "../support/tcpRelay";

type Way = (client: Client, from: string, to: string) => Promise<void>;

const fastPut: Way = (client, from, to) =>
  new Promise((resolve, reject) =>
    client.sftp((error, sftp) =>
      error ? reject(error) : sftp.fastPut(from, to, (failure) => (failure ? reject(failure) : resolve())),
    ),
  );

const writeStream: Way = (client, from, to) =>
  new Promise((resolve, reject) =>
    client.sftp((error, sftp) => {
      if (error) return reject(error);
      createReadStream(from).pipe(sftp.createWriteStream(to)).on("close", resolve).on("error", reject);
    }),
  );

const cat: Way = (client, from, to) =>
  new Promise((resolve, reject) =>
    client.exec(`cat > ${quote(to)}`, (error, channel) => {
      if (error) return reject(error);
      channel.on("close", () => resolve()).resume();
      createReadStream(from, { highWaterMark: 256 * 1024 }).pipe(channel);
    }),
  );

async function main(): Promise<void> {
  const megabytes = Number(process.argv[2] ?? 100);
  const folder = temporaryFolder();
  const sshd = await startSshd();
  const privateKey = readFileSync(sshd.userKey);
  try {
    for (const delay of [0, 20]) {
      const relay = await startTcpRelay(sshd.port, delay);
      for (const [name, way] of Object.entries({ fastPut, cat, writeStream })) {
        // The slow one gets less to do.
        const size = (name === "writeStream" && delay > 0 ? megabytes / 20 : megabytes) * 1e6;
        const from = join(folder, "from");
        const to = join(folder, "to");
        writeFileSync(from, randomBytes(size));
        const client = new Client();
        await new Promise<void>((resolve, reject) =>
          client
            .on("ready", () => resolve())
            .on("error", reject)
            .connect({ host: "127.0.0.1", port: relay.port, username: sshd.user, privateKey }),
        );
        const started = performance.now();
        await way(client, from, to);
        const seconds = (performance.now() - started) / 1000;
        const whole = statSync(to).size === size ? "" : " INCOMPLETE";
        console.log(`delay ${delay} ms  ${name}: ${(size / 1e6 / seconds).toFixed(1)} MB/s${whole}`);
        client.end();
        rmSync(to);
      }
      await relay.close();
    }
  } finally {
    await sshd.close();
    rmSync(folder, { recursive: true });
  }
}

void main();
