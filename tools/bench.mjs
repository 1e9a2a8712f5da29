/** `npm run bench`: sets up what is missing, then runs the measurements. Arguments go to them. */
import { join } from "node:path";
import { main, setUp } from "./setup.mjs";
import { runInForeground } from "./setup/child.mjs";
import { nodeCommand, root } from "./setup/paths.mjs";

await main(async () => {
  const env = await setUp();
  const bench = join(root, "dist", "lab", "bench", "cli.js");
  return runInForeground([nodeCommand(), bench, ...process.argv.slice(2)], { env });
});
