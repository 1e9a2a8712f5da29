import { quote } from "../shell/quote";

/**
 * A name of our own for one file or folder on a node, as a word of a shell command: one step of a path, in one
 * line, found by `*`, and read back as it is.
 * @throws TypeError for anything else; nothing is sent then.
 */
export function fileName(name: string): string {
  if (!/^(?!\.)[^/\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u.test(name) || Buffer.byteLength(name) > 255)
    throw new TypeError(`${JSON.stringify(name.slice(0, 80))} cannot be the name of a file of ours`);
  return quote(name);
}
