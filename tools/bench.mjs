/**
 * `npm run bench`: sets up what is missing, then runs the measurements on the embedded lab; `npm run bench -- machines`
 * those on real machines. Arguments go to them.
 */
import { join } from "node:path";
import { main, setUp } from "./setup.mjs";
import { runInForeground } from "./setup/child.mjs";
import { nodeCommand, root } from "./setup/paths.mjs";

await main(async () => {
  const env = await setUp();
  const [what, ...args] = process.argv.slice(2);
  // Their lab is no part of the build.
  const bench =
    what === "machines"
      ? ["--require", join(root, "tools", "typescript.js"), join(root, "test", "machines", "bench", "cli.ts")]
      : [join(root, "dist", "lab", "bench", "cli.js"), ...(what === undefined ? [] : [what])];
  return runInForeground([nodeCommand(), ...bench, ...args], { env });
});
