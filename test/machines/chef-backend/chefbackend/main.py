"""`chef-backend-ctl COMMAND`: what the vendor's reference documents, as far as an upgrade needs it."""
import importlib
import os
import sys
import time

from . import config

# Each command's module and function.
COMMANDS = {
    "cluster-status": "status.cluster_status",
    "status": "status.status",
    "set-cluster-failover": "failover.set_cluster_failover",
    "set-node-failover": "failover.set_node_failover",
    "demote": "failover.demote",
    "promote": "failover.promote",
    "upgrade": "upgrade.upgrade",
    "down-for-upgrade": "upgrade.down_for_upgrade",
    "create-cluster": "join.create_cluster",
    "join-cluster": "join.join_cluster",
    "pgsql-follow": "join.pgsql_follow",
    "reconfigure": "reconfigure.reconfigure",
    "backup": "backup.backup",
    "gen-server-config": "reconfigure.gen_server_config",
    "start": "manage.start",
    "stop": "manage.stop",
    "restart": "manage.restart",
    "version": "config.version",
}


def command(name):
    """Imports only what this command needs: the start of these commands is most of the lab's load."""
    module, function = COMMANDS[name].split(".")
    return getattr(importlib.import_module(f".{module}", __package__), function)


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
        command(argv[0])(argv[1:])
        return 0
    except config.Failed as error:
        print(error, file=sys.stderr)
        return 1
