"""`chef-server-ctl COMMAND`: what the vendor's reference documents, as far as an upgrade needs it."""
import json
import os
import subprocess
import sys
import time

from . import backends, config, services


def reconfigure(_args):
    services.owed()
    release = config.installed()
    if backends.schema() is None:
        backends.write_schema(release, 1)
    if not os.path.exists(config.MIGRATION_LEVEL):
        config.write(config.MIGRATION_LEVEL, f"{backends.schema()[1]}\n")
    if not os.path.exists(config.CERTIFICATE):
        os.makedirs(os.path.dirname(config.CERTIFICATE), exist_ok=True)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "30", "-subj", "/CN=frontend", "-keyout", config.CERTIFICATE,
                        "-out", f"{config.CERTIFICATE}.crt"], check=True, capture_output=True)
        with open(f"{config.CERTIFICATE}.crt") as made, open(config.CERTIFICATE, "a") as both:
            both.write(made.read())
    if backends.search("/_cluster/health")[0] == 0:
        print("WARN: cannot reach Elasticsearch on the Chef Backend cluster")
    elif backends.search("/chef/_count")[0] == 404:
        backends.make_index()
    if config.state()["upgradedTo"] == "":
        # Whoever set this machine up has accepted what the product asks for.
        for marker in [config.MLSA] + (config.LICENSES if config.numbers(release) >= [13] else []):
            config.write(marker, "")
    config.remember(upgradedTo=release)
    for folder in ("nginx", "redis_lb"):
        os.makedirs(f"{config.DATA}/{folder}", exist_ok=True)
    services.start()
    print(f"{config.display_name()} Reconfigured!")


def upgrade(_args):
    release, before = config.installed(), config.state()["upgradedTo"]
    given = os.environ.get("CHEF_LICENSE", "")
    if given in ("accept", "accept-silent"):
        for marker in config.LICENSES:
            config.write(marker, "")
    if config.numbers(release) >= [13] and not os.path.exists(config.LICENSE) and given != "accept-no-persist":
        raise config.Failed("Chef Infra Server cannot execute without accepting the license", 172)
    if before == release:
        return print(f"{config.display_name()} Upgraded!")
    if services.running():
        raise config.Failed("ERROR: the services are running: run chef-server-ctl stop first")
    found = backends.schema()
    own = int(open(config.MIGRATION_LEVEL).read()) if os.path.exists(config.MIGRATION_LEVEL) else 0
    if found and own != found[1]:
        raise config.Failed(f"ERROR: migration-level {own} does not match the database, which is at {found[1]}")
    if not found or config.numbers(found[0]) < config.numbers(release):
        level = found[1] + 1 if found else 1
        print(f"[private-chef-upgrade] - Starting Migration 1.{level}", flush=True)
        backends.write_schema(release, level)
        config.write(config.MIGRATION_LEVEL, f"{level}\n")
    config.remember(upgradedTo=release)
    print(f"{config.display_name()} Upgraded!")


def maintenance(args):
    """Redis must run: what is told it has no other place."""
    on = {"on": True, "--on": True, "off": False, "--off": False}
    if args in (["-l"], ["--list-ips"]):
        listed = redis("smembers", ALLOWED).split()
        head = "The following IPs are allowed in maintenance mode" if listed else "allowed IP list is empty."
        return print("\n".join([f"- {head}", *listed]))
    if len(args) != 1 or args[0] not in on:
        raise config.Failed("Please specify the action 'on' or 'off' or pass the options '-h' for help")
    print(f"- {'Enabling' if on[args[0]] else 'Disabling'} maintenance mode", flush=True)
    if on[args[0]]:
        redis("hset", "dl_default", "503_mode", "true")
    else:
        redis("hdel", "dl_default", "503_mode")


ALLOWED = "xmaint_allowed_ips_list"


def redis(*words):
    done = subprocess.run(["redis-cli", "-e", "-p", "16379", *words], text=True, capture_output=True)
    if done.returncode != 0:
        raise config.Failed("Error connecting to Redis on 127.0.0.1:16379 (Errno::ECONNREFUSED) (Redis::CannotConnectError)")
    return done.stdout


def backup(args):
    if args[:1] != ["--config-only"]:
        raise config.Failed("ERROR: with backends of their own frontends back up their configuration: --config-only")
    folder = "/var/opt/chef-backup"
    os.makedirs(folder, mode=0o700, exist_ok=True)
    path = time.strftime(f"{folder}/chef-backup-%Y-%m-%d-%H-%M-%S.tgz")
    subprocess.run(["tar", "czf", path, "-C", "/", "etc/opscode"], check=True)
    print(f"Backup is in {path}")


def reindex(args):
    if not args:
        raise config.Failed("Please specify an organization to reindex or use the --all-orgs flag")
    if backends.search("/chef/_count")[0] != 200:
        raise config.Failed("ERROR: Elasticsearch has no index: run chef-server-ctl reconfigure")
    print("Reindexing all organizations" if "-a" in args else f"Reindexing orgs: {json.dumps(args)}")
    print("- Reindexing.")


COMMANDS = {
    "status": services.status, "start": services.start, "stop": services.stop,
    "reconfigure": reconfigure, "upgrade": upgrade, "maintenance": maintenance, "backup": backup, "reindex": reindex,
    "cleanup": lambda _args: None,
    "version": lambda _args: print(config.installed()),
}


def main(argv):
    if os.geteuid() != 0:
        print("chef-server-ctl must be run as root.", file=sys.stderr)
        return 1
    if not argv or argv[0] not in COMMANDS:
        print(f"I don't know that command: {' '.join(argv[:1])}", file=sys.stderr)
        return 1
    try:
        COMMANDS[argv[0]](argv[1:])
        return 0
    except config.Failed as error:
        if str(error):
            print(error, file=sys.stderr)
        return error.status
