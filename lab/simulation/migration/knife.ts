import type { Program, Run } from "../programs/program";
import type { System } from "../system";
import { knifeBackup } from "./knifeBackup";
import { parseKnife, type KnifeCall } from "./knifeOptions";
import { knifeRestore } from "./knifeRestore";
import { knifeTidy } from "./knifeTidy";
import type { ChefData } from "./chefData";

/** The Chef server as knife finds it on one machine. */
export interface LocalServer {
  readonly data: ChefData;
  /** The API answers at that host. */
  answers(host: string): boolean;
  /** PostgreSQL's port answers at that host. */
  reachesSql(host: string): boolean;
  /** A backup begins; a restore of these organizations does. */
  begins?(): void;
  restores?(organizations: readonly string[]): void;
  /** The half of a backup is done: what the clients of a server that is open meanwhile do to it. */
  halfWay?(organization: string): void;
}

/** One run of one of knife's subcommands. */
export interface KnifeRun extends KnifeCall {
  readonly run: Run<System>;
  readonly server: LocalServer;
  /** Work that takes so many seconds. @throws NoAnswer when nobody answers at its end */
  work(seconds: number): Promise<void>;
}

/** The API or PostgreSQL does not answer: knife prints this and ends with 100. */
class NoAnswer extends Error {}

const commands: Record<string, (knife: KnifeRun) => Promise<number>> = {
  "ec backup": knifeBackup,
  "ec restore": knifeRestore,
  "tidy server report": knifeTidy,
};

/** chef-server-core brings it along: `knife ec backup|restore` and, unless a switch says otherwise, `knife tidy`. */
export function knife<S extends System>(serverOf: (run: Run<S>) => LocalServer): Program<S> {
  return async (given) => {
    const run = given as unknown as Run<System>;
    if (run.machine.installed === "") return run.fail(127, `${run.argv[0]}: No such file or directory`);
    const call = parseKnife(run.args);
    if (typeof call === "string") return run.fail(call.startsWith("FATAL") ? 10 : 1, call);
    if (run.machine.switches.knifeMissing.some((plugin) => call.command.startsWith(plugin)))
      return run.fail(10, `FATAL: Cannot find subcommand for: '${run.args.join(" ")}'`);
    if (call.options["help"]) {
      run.say(`knife ${call.command} (options)`);
      return 0;
    }
    if (!call.options["config"])
      run.fail(
        0,
        "WARNING: No knife configuration file found. See https://docs.chef.io/config_rb/ for details.",
      );
    if (!run.isRoot)
      return run.fail(
        100,
        "ERROR: Errno::EACCES: Permission denied @ rb_sysopen - /etc/opscode/webui_priv.pem",
      );
    const server = serverOf(given);
    run.changes();
    const wantsSql = call.options["with-user-sql"] || call.options["with-key-sql"];
    const url = String(call.options["server-url"] ?? "https://localhost");
    const api = url.replace(/^https?:\/\//, "").replace(/[:/].*$/, "");
    const host = String(call.options["sql-host"] ?? "localhost");
    const work = async (seconds: number) => {
      await run.sleep(seconds);
      if (!server.answers(api))
        throw new NoAnswer(
          `Network Error: Connection refused - connect(2) for ${api}:443\nCheck your knife configuration and network settings`,
        );
      if (wantsSql && !server.reachesSql(host))
        throw new NoAnswer(
          `Sequel::DatabaseConnectionError: PG::ConnectionBad: could not connect to server: Connection refused\n\tIs the server running on host "${host}" and accepting\n\tTCP/IP connections on port 5432?`,
        );
    };
    try {
      await work(run.sim.timings.control);
      return await commands[call.command]!({ ...call, run, server, work });
    } catch (error) {
      if (error instanceof NoAnswer) return run.fail(100, `ERROR: ${error.message}`);
      throw error;
    }
  };
}
