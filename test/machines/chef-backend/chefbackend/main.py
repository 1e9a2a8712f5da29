"""`chef-backend-ctl COMMAND`: what the vendor's reference documents, as far as an upgrade needs it."""
import os
import sys
import time

from . import backup, config, failover, join, reconfigure, services, status, upgrade


def manage(verb):
    def run(args):
        unknown = [name for name in args if name not in services.known()]
        if unknown:
            raise config.Failed(f"ERROR: no such service: {unknown[0]}")
        names = args or services.known()
        if verb in ("stop", "restart"):
            services.stop(names)
        if verb in ("start", "restart"):
            services.start(names)
        print(services.simple_lines(names), end="")
    return run


def gen_server_config(args):
    if len(args) != 1:
        raise config.Failed("Usage: chef-backend-ctl gen-server-config FQDN")
    vip = config.setting("vip")
    print(f"""fqdn "{args[0]}"
postgresql['external'] = true
postgresql['vip'] = '{vip}'
opscode_solr4['external'] = true
opscode_solr4['external_url'] = 'http://{vip}:9200'
opscode_erchef['search_provider'] = 'elasticsearch'""")


COMMANDS = {
    "cluster-status": status.cluster_status,
    "status": status.status,
    "set-cluster-failover": failover.set_cluster_failover,
    "set-node-failover": failover.set_node_failover,
    "demote": failover.demote,
    "promote": failover.promote,
    "upgrade": upgrade.upgrade,
    "down-for-upgrade": upgrade.down_for_upgrade,
    "create-cluster": join.create_cluster,
    "join-cluster": join.join_cluster,
    "pgsql-follow": join.pgsql_follow,
    "reconfigure": reconfigure.reconfigure,
    "backup": backup.backup,
    "gen-server-config": gen_server_config,
    "start": manage("start"),
    "stop": manage("stop"),
    "restart": manage("restart"),
    "version": lambda _args: print(config.installed()),
}


def note(argv):
    """What was started here, for whoever counts it: a disk that is full keeps no command from running."""
    try:
        with open(config.COMMANDS, "a") as file:
            file.write(f"{time.time():.3f} {config.installed()} {' '.join(argv)}\n")
    except OSError:
        pass


def main(argv):
    if os.geteuid() != 0:
        print("chef-backend-ctl must be run as root.", file=sys.stderr)
        return 1
    if not argv or argv[0] not in COMMANDS:
        known = "\n  ".join(sorted(COMMANDS))
        print(f"I don't know that command: {' '.join(argv[:1])}\nUsage: chef-backend-ctl COMMAND\n  {known}", file=sys.stderr)
        return 1
    if argv[0] not in ("status", "cluster-status", "version"):
        note(argv)
    try:
        COMMANDS[argv[0]](argv[1:])
        return 0
    except config.Failed as error:
        print(error, file=sys.stderr)
        return 1
