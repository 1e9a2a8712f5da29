import { PgConnection } from "./pgConnection";

/** What a writing client saw. */
export interface Writing {
  /** Rows that the database said it has. */
  readonly acknowledged: number;
  /** Rows of which nobody knows: the connection was lost, or no answer came. */
  readonly unknown: number;
  /** Acknowledged rows that are not there in the end. */
  readonly lost: number;
  /** Longest time between two acknowledgements, in milliseconds. */
  readonly longestGapMs: number;
}

/** No answer for so long: the connection is given up. Long enough for a busy machine, short for a dead one. */
const patienceMs = 2000;
/** For a connection: while nobody carries the address the first packet is lost, and the kernel waits a second. */
const connectMs = 500;
const pauseMs = 20;

/** Writes a row after the other through the cluster's address, as a frontend would, until it is told to stop. */
export class Writer {
  readonly #acknowledged: number[] = [];
  #unknown = 0;
  #next = 1;
  #stopping = false;
  #last = 0;
  #longestGap = 0;
  #lapGap = 0;
  #done: Promise<void> = Promise.resolve();

  private constructor(
    private readonly vip: string,
    private readonly table: string,
  ) {}

  /** Begins, and waits for the first row. */
  static async start(vip: string, table = "rows"): Promise<Writer> {
    const writer = new Writer(vip, table);
    const connection = await writer.#connect();
    await connection.query(`create table if not exists ${table} (id bigint primary key)`, 30_000);
    await connection.query(`truncate ${table}`, 30_000);
    writer.#done = writer.#write(connection);
    while (writer.#acknowledged.length === 0) await sleep(pauseMs);
    return writer;
  }

  get acknowledged(): number {
    return this.#acknowledged.length;
  }

  /** The longest gap since this was called last; the next one is measured from here on. */
  lap(): number {
    this.#sawGap(Date.now());
    const gap = this.#lapGap;
    this.#lapGap = 0;
    return gap;
  }

  /** Stops, whatever there is. */
  abandon(): void {
    this.#stopping = true;
  }

  /** Stops, and counts what is there. */
  async stop(): Promise<Writing> {
    this.#stopping = true;
    await this.#done;
    const connection = await this.#connect();
    const there = new Set((await connection.query(`select id from ${this.table}`, 60_000)).map(Number));
    connection.close();
    return {
      acknowledged: this.#acknowledged.length,
      unknown: this.#unknown,
      lost: this.#acknowledged.filter((id) => !there.has(id)).length,
      longestGapMs: this.#longestGap,
    };
  }

  async #write(first: PgConnection): Promise<void> {
    let connection: PgConnection | null = first;
    this.#last = Date.now();
    while (!this.#stopping) {
      const id = this.#next++;
      try {
        connection ??= await PgConnection.open(this.vip, "lab", "lab", connectMs);
      } catch {
        await sleep(pauseMs);
        continue;
      }
      try {
        await connection.query(`insert into ${this.table} values (${id})`, patienceMs);
        this.#acknowledge(id);
      } catch {
        this.#unknown += 1;
        connection.close();
        connection = null;
      }
      await sleep(pauseMs);
    }
    connection?.close();
  }

  #acknowledge(id: number): void {
    this.#sawGap(Date.now());
    this.#acknowledged.push(id);
  }

  #sawGap(now: number): void {
    const gap = now - this.#last;
    this.#last = now;
    this.#lapGap = Math.max(this.#lapGap, gap);
    this.#longestGap = Math.max(this.#longestGap, gap);
  }

  /** Tries until somebody answers who may write. */
  async #connect(): Promise<PgConnection> {
    for (let tries = 0; ; tries++) {
      try {
        const connection = await PgConnection.open(this.vip, "lab", "lab", connectMs);
        const [standby] = await connection.query("select pg_is_in_recovery()", patienceMs);
        if (standby === "f") return connection;
        connection.close();
      } catch (error) {
        if (tries > 600) throw error;
      }
      await sleep(200);
    }
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
