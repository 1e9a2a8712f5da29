import { plainText } from "../values/plainText";
import type { RootShell } from "./rootShell";

/**
 * The one place that everything which a machine prints passes: behind it nobody sees a control sequence. What is taken as
 * it comes, chunk by chunk, is `followJob`'s, which does the same, and files, which are not shown.
 */
export function plainShell(shell: RootShell): RootShell {
  return {
    execAsRoot: async (script, options) => {
      const result = await shell.execAsRoot(script, options);
      return { ...result, stdout: plainText(result.stdout), stderr: plainText(result.stderr) };
    },
    get address() {
      return shell.address;
    },
    otherMachine: async () => {
      const other = await shell.otherMachine();
      return other === null ? null : plainText(other);
    },
    upload: (source, path, options) => shell.upload(source, path, options),
    close: () => shell.close(),
  };
}
