import { acceptsLicense, notAccepted } from "../programs/chefServer/license";
import { unsupportedSearch } from "../programs/chefServer/unsupported";
import { displayName } from "../programs/chefServer/services";
import type { Run } from "../programs/program";
import { migrationLevelPath } from "../schema";
import { upstreamOf } from "../version";
import { places, textOf, writeFile } from "./places";
import { passwordOf } from "./serverConfig";

/**
 * The first `chef-server-ctl reconfigure` of a frontend. The first frontend of all bootstraps the database and makes the
 * secrets; every further one needs those, `migration-level` and the marker `bootstrapped` (vendor's page).
 */
export async function setUpFrontend(run: Run): Promise<number> {
  const { sim, frontend } = run;
  const tree = sim.tree(frontend.name);
  if (!acceptsLicense(run)) return notAccepted(run);
  run.changes();
  run.say("Starting Chef Client\nConverging resources");
  await run.sleep(sim.timings.frontendSetUp);
  const { reconfigureFails } = frontend.switches;
  if (reconfigureFails) return run.fail(reconfigureFails.code, reconfigureFails.message);
  const config = textOf(tree, places.serverConfig);
  if (!/^\s*use_chef_backend\s+true/m.test(config))
    return run.fail(1, `ERROR: ${places.serverConfig} names no Chef Backend cluster`);
  if (!sim.cluster.led) return run.fail(1, "ERROR: cannot reach PostgreSQL on the Chef Backend cluster");
  if (!config.includes(`'${passwordOf(run, sim.leader!)}'`))
    return run.fail(
      1,
      'ERROR: PG::ConnectionBad: FATAL: password authentication failed for user "chef_pgsql"',
    );
  const unsupported = unsupportedSearch(run);
  if (unsupported !== null) return run.fail(1, unsupported);
  const refused = sim.bootstrappedBy === null ? null : whatIsMissing(run);
  if (refused !== null) {
    sim.accidents.push(
      `${frontend.name}: its first reconfigure ran without ${refused} of ${sim.bootstrappedBy}`,
    );
    return run.fail(
      1,
      `ERROR: the database is that of another Chef Infra Server: ${refused} is missing or differs`,
    );
  }
  if (sim.bootstrappedBy === null) bootstrap(run);
  frontend.upgradedTo = frontend.installed;
  frontend.migrationLevel = textOf(tree, migrationLevelPath);
  frontend.serve(true);
  run.say(`${displayName(frontend.installed)} Reconfigured!`);
  return 0;
}

function bootstrap({ sim, frontend }: Run): void {
  const tree = sim.tree(frontend.name);
  sim.bootstrappedBy = frontend.name;
  sim.schema.release = upstreamOf(frontend.installed);
  const key = `-----BEGIN RSA PRIVATE KEY-----\n${sim.random.hex(64)}\n-----END RSA PRIVATE KEY-----\n`;
  const secrets = {
    "chef-server": { webui_key: key, superuser_key: key },
    opscode_erchef: { sql_password: sim.random.hex(60) },
  };
  writeFile(tree, places.serverSecrets, `${JSON.stringify(secrets, null, 2)}\n`);
  writeFile(tree, migrationLevelPath, sim.schema.level, 0o644);
  writeFile(tree, places.bootstrapped, "", 0o644);
  // An empty server: everything that it has is in the index.
  if (sim.search.missing && sim.search.master) sim.search.create();
  sim.search.complete = true;
}

/** What a further frontend must have from the first one, and has not. */
function whatIsMissing({ sim, frontend }: Run): string | null {
  const own = sim.tree(frontend.name);
  const first = sim.tree(sim.bootstrappedBy!);
  if (own.read(places.bootstrapped) === undefined) return "bootstrapped";
  const differs = (path: string) => textOf(own, path) !== textOf(first, path);
  if (differs(places.serverSecrets)) return "private-chef-secrets.json";
  return differs(migrationLevelPath) ? "migration-level" : null;
}
