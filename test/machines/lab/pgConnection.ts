import { connect, type Socket } from "node:net";

/** One connection to a PostgreSQL server that asks for no password, with its wire protocol (version 3). */
export class PgConnection {
  #buffer = Buffer.alloc(0);
  #waiting: { resolve: (rows: string[]) => void; reject: (error: Error) => void } | null = null;
  #rows: string[] = [];
  #error: Error | null = null;

  private constructor(private readonly socket: Socket) {
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the connection was closed")));
  }

  /** @param timeoutMs for connecting, as for every statement later */
  static async open(host: string, user: string, database: string, timeoutMs: number): Promise<PgConnection> {
    const connection = new PgConnection(connect(5432, host));
    connection.socket.setNoDelay(true);
    const settings = `user\0${user}\0database\0${database}\0\0`;
    const head = Buffer.alloc(8);
    head.writeInt32BE(8 + settings.length, 0);
    head.writeInt32BE(196608, 4);
    await connection.#send(Buffer.concat([head, Buffer.from(settings)]), timeoutMs);
    return connection;
  }

  /** Runs a statement: the first column of each row. @throws Error when refused, lost, or not answered in time */
  query(sql: string, timeoutMs: number): Promise<string[]> {
    const text = Buffer.from(`${sql}\0`);
    const head = Buffer.from("Q\0\0\0\0");
    head.writeInt32BE(4 + text.length, 1);
    return this.#send(Buffer.concat([head, text]), timeoutMs);
  }

  close(): void {
    this.socket.destroy();
  }

  #send(message: Buffer, timeoutMs: number): Promise<string[]> {
    return new Promise<string[]>((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      const settle =
        <T>(then: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          then(value);
        };
      this.#waiting = { resolve: settle(resolve), reject: settle(reject) };
      this.#rows = [];
      this.#error = null;
      if (this.socket.destroyed) this.#fail(new Error("the connection was closed"));
      else this.socket.write(message);
    });
  }

  #read(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    while (this.#buffer.length >= 5) {
      const end = 1 + this.#buffer.readInt32BE(1);
      if (this.#buffer.length < end) return;
      this.#take(String.fromCharCode(this.#buffer[0]!), this.#buffer.subarray(5, end));
      this.#buffer = this.#buffer.subarray(end);
    }
  }

  #take(type: string, body: Buffer): void {
    if (type === "D") this.#rows.push(firstColumn(body));
    if (type === "R" && body.readInt32BE(0) !== 0) this.#fail(new Error("the server wants a password"));
    if (type === "E") {
      this.#error = new Error(
        body
          .toString()
          .split("\0")
          .find((field) => field.startsWith("M"))
          ?.slice(1) ?? "error",
      );
      if (/^.*\0S?VFATAL/s.test(body.toString())) this.#fail(this.#error);
    }
    if (type !== "Z") return;
    const waiting = this.#waiting;
    this.#waiting = null;
    if (this.#error) waiting?.reject(this.#error);
    else waiting?.resolve(this.#rows);
  }

  #fail(error: Error): void {
    this.socket.destroy();
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.reject(this.#error ?? error);
  }
}

function firstColumn(body: Buffer): string {
  const length = body.readInt32BE(2);
  return length < 0 ? "" : body.toString("utf8", 6, 6 + length);
}
