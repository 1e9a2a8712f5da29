/** `npm start`: sets up what is missing, then runs the demonstration. Arguments go to it: `npm start -- --help`. */
import { join } from "node:path";
import { main, setUp } from "./setup.mjs";
import { runInForeground } from "./setup/child.mjs";
import { nodeCommand, root } from "./setup/paths.mjs";

await main(async () => {
  const env = await setUp();
  const demo = join(root, "dist", "lab", "cli.js");
  return runInForeground([nodeCommand(), demo, "demo", ...process.argv.slice(2)], { env });
});
