import { spawn } from "node:child_process";
import type { DemoProject } from "./project";

/** Runs the Pulumi CLI on the demo's project, on this terminal. @throws Error when it does not end with 0. */
export async function pulumi(project: DemoProject, args: readonly string[]): Promise<void> {
  console.log(`\n$ pulumi ${args.join(" ")}`);
  const code = await run(project, args, "inherit");
  if (code !== 0) throw new Error(`pulumi ${args[0]} ended with ${code}`);
}

/** The same with its standard output in hand. */
export async function pulumiOutput(project: DemoProject, args: readonly string[]): Promise<string> {
  let text = "";
  const code = await run(project, args, "pipe", (chunk) => (text += chunk));
  if (code !== 0) throw new Error(`pulumi ${args[0]} ended with ${code}`);
  return text;
}

function run(
  project: DemoProject,
  args: readonly string[],
  stdout: "inherit" | "pipe",
  onOutput?: (text: string) => void,
): Promise<number | string> {
  project.signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn("pulumi", args, {
      cwd: project.folder,
      env: { ...process.env, ...project.env },
      stdio: ["ignore", stdout, "inherit"],
      // A group of its own: Ctrl-C at a terminal reaches it once, through us. The second one would kill it.
      detached: true,
    });
    const interrupt = () => child.kill("SIGINT");
    project.signal.addEventListener("abort", interrupt, { once: true });
    child.stdout?.setEncoding("utf8").on("data", (text: string) => onOutput?.(text));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      project.signal.removeEventListener("abort", interrupt);
      resolve(code ?? signal ?? "no status");
    });
  });
}
