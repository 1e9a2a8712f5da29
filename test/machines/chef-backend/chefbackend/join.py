"""`create-cluster`, `join-cluster`, and `pgsql-follow` for who cannot follow any more."""
import os
import secrets
import shutil
import socket

from . import config, etcd, patroni, services, statusboard
from .reconfigure import write_configuration, write_etcd


def create_cluster(args):
    accept(args)
    if not os.path.exists(config.SECRETS):
        passwords = {name: secrets.token_hex(16) for name in ("chef_pgsql", "replicator")}
        config.write_json(config.SECRETS, {"postgresql": passwords})
    node = become_node()
    write_etcd("new", [(node["name"], etcd.peer_url(node["ip"]))])
    start_node()
    services.wait_until(patroni.holds_lead, 120, "no leader was elected")
    for sql in ("create role lab login", "create database lab owner lab"):
        statusboard.query(sql)
    print("The cluster is created.")


def join_cluster(args):
    rest = accept(args)
    leader, source = rest[0], rest[rest.index("-s") + 1]
    if os.path.abspath(source) != config.SECRETS:
        shutil.copyfile(source, config.SECRETS)
    os.chmod(config.SECRETS, 0o600)
    node = become_node()
    services.wait_until(lambda: added(node["ip"], leader), 60, "etcd takes no new member")
    members = [(name or node["name"], url) for name, url in etcd.members(leader)]
    write_etcd("existing", members)
    start_node()
    wait_until_follower()
    print("This node has joined the cluster.")


def pgsql_follow(args):
    """A full base backup of the leader in place of this node's data."""
    if os.environ.get("PSQL_INTERNAL_OK") != "true" or args[:1] != ["--force-basebackup"] or len(args) != 2:
        raise config.Failed("Usage: PSQL_INTERNAL_OK=true chef-backend-ctl pgsql-follow --force-basebackup LEADER_IP")
    started = lambda: patroni.me().get("postmaster_start_time")
    before = started()
    patroni.reinitialize()
    services.wait_until(lambda: started() not in (None, before), 300, "PostgreSQL did not start with the copy")
    wait_until_follower()
    print(f"This node follows {args[1]}.")


def wait_until_follower():
    joined = lambda: statusboard.database_state()[:2] == ("follower", "follower")
    services.wait_until(joined, 300, "this node did not become a follower")


def added(ip, leader):
    """etcd refuses while it thinks that its members are not well."""
    try:
        etcd.add_member(ip, leader)
        return True
    except etcd.Unavailable as error:
        print(error, flush=True)
        return False


def accept(args):
    if "--accept-license" not in args or "--yes" not in args:
        raise config.Failed("The license must be accepted: --accept-license --yes")
    config.write(config.LICENSE_MARKER, "")
    return [each for each in args if each not in ("--accept-license", "--yes")]


def become_node():
    ip = config.setting("publish_address")
    node = {"name": socket.gethostname(), "ip": ip, "guid": secrets.token_hex(16)}
    config.write_json(f"{config.DATA}/leaderl/data/node.json", node, 0o644)
    return node


def start_node():
    services.wait_until(lambda: all(os.path.exists(f"{services.SV}/{name}/supervise/ok") for name in services.NAMES),
                        60, "runit does not supervise the services")
    services.start(["etcd"])
    services.wait_until(etcd.healthy, 60, "etcd did not start")
    write_configuration()
    services.start(services.known())
