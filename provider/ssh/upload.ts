import type { Readable } from "node:stream";
import { execAsRoot } from "./execAsRoot";
import type { ExecOptions, ExecResult } from "./execResult";
import { fileStream, localSize } from "./localFile";
import { scrub } from "./scrub";
import type { ConnectionSettings, Target } from "./settings";
import { sshError, type SshError } from "./sshError";
import * as scripts from "./uploadScripts";

export interface UploadOptions {
  /** What the file must be, 64 hexadecimal digits: compared on the node. */
  readonly sha256: string;
  /** Bytes that the local file must have; checked before anything is sent. */
  readonly size?: number;
  readonly signal?: AbortSignal;
  /** Bytes handed to the connection so far, and in all. */
  readonly onProgress?: (sent: number, total: number) => void;
}

export interface UploadResult {
  /** The right file was there already: nothing was sent. */
  readonly skipped: boolean;
  /** Size of the file. */
  readonly bytes: number;
  readonly durationMs: number;
}

/** What an upload needs of a connection. */
export interface Runner {
  exec(command: string, options: ExecOptions): Promise<ExecResult>;
  execAsRoot(script: string, options?: ExecOptions): Promise<ExecResult>;
}

/**
 * Brings a local file to `remotePath`, whose folder is root's own (0700; made if needed, refused if anybody
 * else could reach into it). An already right file is not sent. The data go to `remotePath.part`, are hashed
 * there, and only then get their name: an interruption leaves the `.part` file and nothing else.
 *
 * The data go through the standard input of `cat`: as fast as SFTP with 64 requests under way, and many times
 * faster than an SFTP write stream, which waits for each answer (figures: test/ssh/uploadSpeed.bench.ts). Where
 * sudo needs its password on that stream, they go to a private folder of the user's first, and root copies.
 * @throws SshError `upload`, `sudo`, `unreachable`, `aborted`; TypeError for a path or hash of the wrong form.
 */
export async function upload(
  runner: Runner,
  target: Target,
  settings: ConnectionSettings,
  localPath: string,
  remotePath: string,
  options: UploadOptions,
): Promise<UploadResult> {
  const started = performance.now();
  const sha256 = options.sha256.toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError("sha256: expected 64 hexadecimal digits");
  const failed = (what: string) => sshError(target, "upload", `${localPath} to ${remotePath}: ${what}`);
  const answer = (result: ExecResult) => answerOf(result, target, settings, failed);
  const { signal } = options;

  const bytes = await localSize(localPath, options.size, failed);
  const done = (skipped: boolean) => ({ skipped, bytes, durationMs: performance.now() - started });

  const check = await runner.execAsRoot(scripts.checkScript(remotePath, sha256), { signal });
  if (answer(check) === "present") return done(true);

  const send = async (run: (stdin: Readable) => Promise<ExecResult>): Promise<ExecResult> => {
    const file = fileStream(localPath, bytes, options.onProgress);
    const result = await run(file.stream);
    if (file.error()) throw failed(`the local file cannot be read: ${file.error()!.message}`);
    return result;
  };

  let stored: ExecResult;
  if (settings.sudo === true && settings.sudoPassword !== undefined) {
    const asUser = (script: string, more: ExecOptions = {}) =>
      execAsRoot(runner.exec.bind(runner), target, { ...settings, sudo: false }, script, more);
    const temporary = await send((stdin) => asUser(scripts.userUploadScript, { stdin, signal }));
    const uploaded = uploadedPath(temporary);
    if (uploaded === undefined) throw unfinished(temporary, target, settings, failed);
    try {
      stored = await runner.execAsRoot(scripts.takeOverScript(remotePath, sha256, uploaded), { signal });
    } finally {
      // Best effort: a lost connection leaves a private file in /var/tmp.
      await asUser(scripts.removeUserUploadScript(uploaded)).catch(() => undefined);
    }
  } else {
    const script = scripts.receiveScript(remotePath, sha256);
    stored = await send((stdin) => runner.execAsRoot(script, { stdin, signal }));
  }
  if (answer(stored) === "stored") return done(false);
  throw failed(`the file that arrived does not have the SHA-256 ${sha256}; it was removed again`);
}

function uploadedPath(result: ExecResult): string | undefined {
  const path = result.stdout.trim();
  return result.code === 0 && /^\/var\/tmp\/chef-backend-upload\.\w+\/file$/.test(path) ? path : undefined;
}

/** The last word of a script; everything else is an error. */
function answerOf(
  result: ExecResult,
  target: Target,
  settings: ConnectionSettings,
  failed: (what: string) => SshError,
): string {
  if (result.code !== 0) throw unfinished(result, target, settings, failed);
  return result.stdout.trim().split("\n").at(-1) ?? "";
}

function unfinished(
  result: ExecResult,
  target: Target,
  settings: ConnectionSettings,
  failed: (what: string) => SshError,
): SshError {
  const said = scrub(result.stderr, settings);
  if (result.aborted) return sshError(target, "aborted", "the upload was cancelled");
  if (result.lost) return failed("the connection was lost; start it again");
  if (result.code === scripts.UNSAFE_FOLDER) {
    return failed(`the folder is not safe: ${said}. Remove it, or choose another one`);
  }
  return failed(`it ended with status ${result.code ?? result.signal}: ${said || "nothing was said"}`);
}
