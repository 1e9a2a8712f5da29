/** What a real nginx with TLS on a port of its own answers, read as a frontend's: closed to clients, and yet pong to itself. */
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { askApi, askStatus } from "../../provider/commands/askServer";
import type { FactResult } from "../../provider/machine/machine";
import { given, programs, root } from "../support/needs";
import { apiOf, failingUpstreams, parseAnswer } from "../../provider/observe/serverStatus";

const folder = mkdtempSync(join(tmpdir(), "nginx-"));
const own = Object.values(networkInterfaces())
  .flat()
  .find((each) => each!.family === "IPv4" && !each!.internal)!.address;
const upstreams =
  '{"chef_sql":"pong","oc_chef_authz":"pong","chef_elasticsearch":"pong","data_collector":"fail"}';

function run([program = "", ...args]: readonly string[]): Promise<FactResult> {
  return new Promise((resolve) =>
    execFile(program, args, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    ),
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** As chef-server's nginx_chef_api_lb.conf.erb and dispatch.lua.erb have it, without lua. */
const config = (port: number) => `
daemon off; pid ${folder}/pid; error_log stderr; user root;
events {}
http {
  access_log off; client_body_temp_path ${folder}/t; proxy_temp_path ${folder}/t; fastcgi_temp_path ${folder}/t;
  uwsgi_temp_path ${folder}/t; scgi_temp_path ${folder}/t;
  geo $closed { default 1; 127.0.0.1 0; }
  server {
    listen ${port} ssl; ssl_certificate ${folder}/cert; ssl_certificate_key ${folder}/key; root ${folder};
    error_page 503 =503 /503.json;
    location = /503.json { }
    location ~ "^/_status/?$" { default_type application/json; return 500 '{"status":"fail","upstreams":${upstreams}}'; }
    location / {
      if ($http_x_chef_version = "") { return 200 "Welcome"; }
      if ($http_x_ops_userid = "") { return 401; }
      if ($closed) { return 503; }
      return 200 '{"min_api_version":0,"max_api_version":2}';
    }
  }
}
`;

given("a real nginx", programs("nginx-light", "nginx"), programs("openssl", "openssl"), root).describe(
  "nginx",
  () => {
    let port: number;
    let nginx: ReturnType<typeof spawn>;

    beforeAll(async () => {
      port = await freePort();
      mkdirSync(join(folder, "t"));
      const [key, cert] = [join(folder, "key"), join(folder, "cert")];
      const subject = ["-nodes", "-subj", "/CN=chef.example.com", "-days", "2"];
      const request = ["req", "-x509", "-newkey", "rsa:2048", "-keyout", key, "-out", cert, ...subject];
      execFileSync("openssl", request, { stdio: "ignore" });
      writeFileSync(join(folder, "503.json"), '{ "error": "503 - Service Unavailable" }');
      writeFileSync(join(folder, "nginx.conf"), config(port));
      nginx = spawn("nginx", ["-c", join(folder, "nginx.conf")], { stdio: "inherit" });
      while ((await run(askStatus(port))).code === 7) await new Promise((resolve) => setTimeout(resolve, 50));
    });

    afterAll(async () => {
      nginx.kill("SIGTERM");
      if (nginx.exitCode === null) await once(nginx, "exit");
      rmSync(folder, { recursive: true });
    });

    test("/_status is answered with all of its upstreams, and Automate alone does not count", async () => {
      const result = await run(askStatus(port));
      expect([parseAnswer(result), failingUpstreams(result)]).toEqual(["pong", ["data_collector"]]);
    });

    test("clients are sent away at its own address, and let in at 127.0.0.1", async () => {
      expect(apiOf(await run(askApi(own, port)))).toBe("503");
      expect(apiOf(await run(askApi("127.0.0.1", port)))).toBe("200");
    });

    test("nobody answers at another port", async () => {
      const other = await freePort();
      expect(parseAnswer(await run(askStatus(other)))).toMatch(/^curl: \(7\)/);
      expect(apiOf(await run(askApi(own, other)))).toBe("");
    });
  },
);
