import * as fs from "node:fs";
import { join } from "node:path";
import { utils, type Attributes, type SFTPWrapper } from "ssh2";

const { STATUS_CODE, OPEN_MODE } = utils.sftp;

/** Serves file transfers on the real file system: what `fastPut`, `fastGet` and OpenSSH's sftp and scp need. */
export function serveSftp(sftp: SFTPWrapper, home: string): void {
  const files = new Map<string, { fd: number } | { names: string[] | null; path: string }>();
  let next = 0;
  const open = (entry: { fd: number } | { names: string[] | null; path: string }) => {
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(next++);
    files.set(handle.toString("hex"), entry);
    return handle;
  };
  const at = (handle: Buffer) => files.get(handle.toString("hex"));
  const fd = (handle: Buffer) => {
    const entry = at(handle);
    if (!entry || !("fd" in entry)) throw Object.assign(new Error("bad handle"), { code: "EBADF" });
    return entry.fd;
  };
  const path = (name: string) => (name.startsWith("/") ? name : join(home, name));
  /** Runs a request; errors become the status that the protocol has for them. */
  const serve = (id: number, work: () => void | "answered") => {
    try {
      if (work() !== "answered") sftp.status(id, STATUS_CODE.OK);
    } catch (error) {
      sftp.status(id, statusOf(error), (error as Error).message);
    }
  };
  const answer = (then: () => void): "answered" => {
    then();
    return "answered";
  };
  const set = (name: string, attributes: Attributes) => {
    if (attributes.mode !== undefined) fs.chmodSync(name, attributes.mode & 0o7777);
    if (attributes.atime !== undefined) fs.utimesSync(name, attributes.atime, attributes.mtime);
  };

  sftp.on("OPEN", (id, name, flags, attributes) =>
    serve(id, () => {
      const mode = attributes.mode === undefined ? 0o644 : attributes.mode & 0o7777;
      const opened = fs.openSync(path(name), openFlags(flags), mode);
      return answer(() => sftp.handle(id, open({ fd: opened })));
    }),
  );
  sftp.on("READ", (id, handle, offset, length) =>
    serve(id, () => {
      const data = Buffer.alloc(length);
      const count = fs.readSync(fd(handle), data, 0, length, offset);
      return answer(() =>
        count === 0 ? sftp.status(id, STATUS_CODE.EOF) : sftp.data(id, data.subarray(0, count)),
      );
    }),
  );
  sftp.on("WRITE", (id, handle, offset, data) =>
    serve(id, () => void fs.writeSync(fd(handle), data, 0, data.length, offset)),
  );
  sftp.on("CLOSE", (id, handle) =>
    serve(id, () => {
      const entry = at(handle);
      files.delete(handle.toString("hex"));
      if (entry && "fd" in entry) fs.closeSync(entry.fd);
    }),
  );
  sftp.on("FSTAT", (id, handle) =>
    serve(id, () => answer(() => sftp.attrs(id, attrs(fs.fstatSync(fd(handle)))))),
  );
  sftp.on("STAT", (id, name) =>
    serve(id, () => answer(() => sftp.attrs(id, attrs(fs.statSync(path(name)))))),
  );
  sftp.on("LSTAT", (id, name) =>
    serve(id, () => answer(() => sftp.attrs(id, attrs(fs.lstatSync(path(name)))))),
  );
  sftp.on("SETSTAT", (id, name, attributes) => serve(id, () => set(path(name), attributes)));
  sftp.on("FSETSTAT", (id, handle, attributes) =>
    serve(id, () => {
      if (attributes.mode !== undefined) fs.fchmodSync(fd(handle), attributes.mode & 0o7777);
      if (attributes.atime !== undefined) fs.futimesSync(fd(handle), attributes.atime, attributes.mtime);
    }),
  );
  sftp.on("RENAME", (id, from, to) =>
    serve(id, () => {
      // Version 3 of the protocol does not replace; `posix-rename@openssh.com` would.
      if (fs.existsSync(path(to))) throw Object.assign(new Error("Failure"), { code: "EEXIST" });
      fs.renameSync(path(from), path(to));
    }),
  );
  sftp.on("REMOVE", (id, name) => serve(id, () => fs.unlinkSync(path(name))));
  sftp.on("MKDIR", (id, name, attributes) =>
    serve(id, () =>
      fs.mkdirSync(path(name), attributes.mode === undefined ? 0o755 : attributes.mode & 0o7777),
    ),
  );
  sftp.on("RMDIR", (id, name) => serve(id, () => fs.rmdirSync(path(name))));
  sftp.on("REALPATH", (id, name) =>
    serve(id, () => answer(() => sftp.name(id, [entry(join(name.startsWith("/") ? "/" : home, name))]))),
  );
  sftp.on("OPENDIR", (id, name) =>
    serve(id, () => {
      const names = fs.readdirSync(path(name));
      return answer(() => sftp.handle(id, open({ names, path: path(name) })));
    }),
  );
  sftp.on("READDIR", (id, handle) =>
    serve(id, () => {
      const folder = at(handle);
      if (!folder || !("names" in folder)) throw Object.assign(new Error("bad handle"), { code: "EBADF" });
      const { names } = folder;
      folder.names = null;
      return answer(() =>
        names === null || names.length === 0
          ? sftp.status(id, STATUS_CODE.EOF)
          : sftp.name(
              id,
              names.map((name) => entry(name, fs.lstatSync(join(folder.path, name)))),
            ),
      );
    }),
  );
  sftp.on("end", () => {
    // The client has said all it wanted. OpenSSH's scp fails without an exit status, for which ssh2 has no
    // public method on this side.
    const { _protocol, outgoing } = sftp as unknown as {
      _protocol?: { exitStatus?: (channel: number, code: number) => void };
      outgoing?: { id?: number };
    };
    if (outgoing?.id !== undefined) _protocol?.exitStatus?.(outgoing.id, 0);
    sftp.end();
  });
  sftp.on("close", () => {
    for (const each of files.values()) if ("fd" in each) fs.close(each.fd);
  });
}

/** The protocol's flags as open(2) has them. */
function openFlags(flags: number): number {
  const { O_RDONLY, O_WRONLY, O_RDWR, O_APPEND, O_CREAT, O_TRUNC, O_EXCL } = fs.constants;
  const has = (flag: number) => (flags & flag) !== 0;
  const access = !has(OPEN_MODE.WRITE) ? O_RDONLY : has(OPEN_MODE.READ) ? O_RDWR : O_WRONLY;
  return (
    access |
    (has(OPEN_MODE.APPEND) ? O_APPEND : 0) |
    (has(OPEN_MODE.CREAT) ? O_CREAT : 0) |
    (has(OPEN_MODE.TRUNC) ? O_TRUNC : 0) |
    (has(OPEN_MODE.EXCL) ? O_EXCL : 0)
  );
}

function attrs(stats: fs.Stats): Attributes {
  const { mode, uid, gid, size } = stats;
  return {
    mode,
    uid,
    gid,
    size,
    atime: Math.floor(stats.atimeMs / 1000),
    mtime: Math.floor(stats.mtimeMs / 1000),
  };
}

function entry(filename: string, stats?: fs.Stats) {
  const none = { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };
  return { filename, longname: filename, attrs: stats ? attrs(stats) : none };
}

function statusOf(error: unknown): number {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return STATUS_CODE.NO_SUCH_FILE;
  return code === "EACCES" || code === "EPERM" ? STATUS_CODE.PERMISSION_DENIED : STATUS_CODE.FAILURE;
}
