import { spawnSync } from "node:child_process";
import { runHere } from "../../provider/pulumi/runHere";

test("a line has the environment, what it is given besides, and no input", async () => {
  const line = 'cat\nprintf "%s %s %s" "$FRONTEND" "$FRONTEND_HOST" "${HOME:+home}"; exit 4';
  const env = { FRONTEND: "a b;'c", FRONTEND_HOST: "10.0.0.1" };
  expect(await runHere(line, env, 10)).toEqual({ code: 4, output: "a b;'c 10.0.0.1 home" });
});

test("both of its outputs are kept, the last of them, without what a terminal acts on", async () => {
  const { output } = await runHere("yes | head -n 9000; printf '\\033[31mred\\033[0m' >&2", {}, 10);
  expect(output).toMatch(/^(y\n)+red$/);
  expect(output.length).toBeLessThanOrEqual(4000);
});

test("a syntax error, and a program that is not there, are exit statuses", async () => {
  expect((await runHere("if", {}, 10)).code).not.toBe(0);
  expect(await runHere("no-such-program", {}, 10)).toMatchObject({ code: 127 });
});

test("what it leaves behind that holds its output keeps nobody waiting", async () => {
  const { code, output } = await runHere("sleep 60 & echo $!", {}, 50);
  expect(code).toBe(0);
  process.kill(Number(output));
});

test("at its limit it is killed, and what it has started", async () => {
  const { code, output } = await runHere("sleep 60 & echo $!; wait", {}, 0.5);
  expect(code).toBe(137);
  expect(output).toMatch(/\nkilled: it ran for more than 0\.5 s \(`timeouts\.services`\)$/);
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(parseInt(output, 10))], {
    encoding: "utf8",
  });
  expect(stdout.trim()).not.toMatch(/^[^Z]/);
});

test("the line is in no process list", async () => {
  const { output } = await runHere("TOKEN=s3cret; ps -e -o args", {}, 10);
  expect(output).not.toContain("s3cret");
});
