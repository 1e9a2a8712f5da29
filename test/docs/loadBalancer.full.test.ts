/** nginx itself, as docs/load-balancer.md drains it: whoever asks all the time is always answered, slow requests included. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runHere } from "../../provider/pulumi/runHere";
import { given, programs } from "../support/needs";
import { codeBlocks } from "./markdown";

const script = codeBlocks(readFileSync(join(__dirname, "../../docs/load-balancer.md"), "utf8"), "sh").find(
  (each) => each.includes("out|in: nginx"),
)!;

given("nginx in front of frontends", programs("nginx-light", "nginx")).test(
  "a frontend that was drained has no request left when it stops, and clients notice nothing",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "pulumi-chef-nginx-"));
    const servers: Record<string, Server> = {};
    const inside: Record<string, number> = {};
    let over = false;
    const nginx = (...args: string[]) =>
      spawnSync("nginx", ["-c", join(folder, "nginx.conf"), ...args], { env, stdio: "ignore" });
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
    try {
      // Each answers as slowly as the client wants.
      for (const name of ["127.0.0.1", "127.0.0.2"]) {
        inside[name] = 0;
        servers[name] = createServer((asked, answer) => {
          inside[name]! += 1;
          setTimeout(
            () => {
              inside[name]! -= 1;
              answer.end(name);
            },
            Number(asked.url!.slice(1)),
          );
        });
        const port = name === "127.0.0.1" ? 0 : (servers["127.0.0.1"]!.address() as AddressInfo).port;
        await new Promise<void>((done) => servers[name]!.listen(port, name, done));
      }
      const { port } = servers["127.0.0.1"]!.address() as AddressInfo;
      const front = port + 1 > 65_535 ? port - 1 : port + 1;
      const put = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o755 });
      put(
        "chef-frontends.conf",
        Object.keys(servers)
          .map((name) => `server ${name}:${port};\n`)
          .join(""),
      );
      put(
        "nginx.conf",
        `pid ${folder}/pid; error_log ${folder}/errors; worker_processes 1; events {}
http { access_log off; upstream chef { include ${folder}/chef-frontends.conf; }
server { listen 127.0.0.1:${front}; location / { proxy_pass http://chef; proxy_next_upstream off; } } }`,
      );
      put("ssh", '#!/bin/sh\nshift; exec sh -c "$*"\n');
      put(
        "sudo",
        `#!/bin/sh\nif [ "$1" = nginx ]; then shift; exec /usr/sbin/nginx -c ${folder}/nginx.conf "$@"; fi\nexec "$@"\n`,
      );
      put("balancer.sh", script.replaceAll("/etc/nginx", folder).replaceAll(":443", `:${port}`));
      expect(nginx().status).toBe(0);

      const codes: number[] = [];
      const ask = (delay: number) =>
        new Promise<void>((done) => {
          const asked = request({ port: front, path: `/${delay}`, agent: false }, (answer) => {
            codes.push(answer.statusCode!);
            answer.resume().on("end", () => done());
          });
          asked.on("error", () => {
            codes.push(0);
            done();
          });
          asked.end();
        });
      const always = async (delay: number) => {
        while (!over) await ask(delay);
      };
      const clients = [...Array(6).keys()].map((at) => always(at === 0 ? 700 : 20));
      const balancer = (word: string, FRONTEND_HOST: string) =>
        runHere(
          `cd ${folder} && ./balancer.sh ${word}`,
          { FRONTEND_HOST, PATH: `${folder}:${env.PATH}` },
          20,
        );
      for (const name of Object.keys(servers)) {
        await sleep(500);
        expect(await balancer("out", name)).toMatchObject({ code: 0 });
        await sleep(1500);
        expect(inside[name]).toBe(0);
        const stopped = new Promise((done) => servers[name]!.close(done));
        servers[name]!.closeAllConnections();
        await stopped;
        await sleep(300);
        await new Promise<void>((done) => servers[name]!.listen(port, name, done));
        expect(await balancer("in", name)).toMatchObject({ code: 0 });
      }
      over = true;
      await Promise.all(clients);
      expect(codes.length).toBeGreaterThan(100);
      expect(codes.filter((code) => code !== 200)).toEqual([]);
    } finally {
      over = true;
      nginx("-s", "quit");
      for (const server of Object.values(servers)) server.close().closeAllConnections();
      rmSync(folder, { recursive: true });
    }
  },
  60_000,
);
