"""Patroni's REST interface: who leads, who follows, pause and switchover."""
import glob

from . import config
from .request import request

PORT = 8008
SCOPE = "postgresql"
NAMESPACE = "/chef-backend/patroni/"


class Unavailable(config.Failed):
    pass


def call(method, path, body=None, host=None, timeout=5):
    """Status and content of an answer."""
    try:
        return request(method, host or config.node()["ip"], PORT, path, body, timeout)
    except (OSError, ValueError) as error:
        raise Unavailable(f"ERROR: leader election is not available: {error}")


def me(timeout=3):
    """What Patroni knows of this node's PostgreSQL: role, state, pause, cluster_unlocked."""
    return call("GET", "/patroni", timeout=timeout)[1]


def holds_lead():
    """Whether this node's PostgreSQL is the primary and holds the leader's lock."""
    try:
        return call("GET", "/primary", timeout=2)[0] == 200
    except Unavailable:
        return False


def cluster():
    """Its members: name, role (leader, replica), state, lag."""
    return call("GET", "/cluster")[1]


def leader():
    return next((each["name"] for each in cluster()["members"] if each["role"] == "leader"), None)


def failover_is_on():
    return not call("GET", "/config")[1].get("pause", False)


def set_failover(on):
    status, text = call("PATCH", "/config", {"pause": None if on else True}, timeout=10)
    if status != 200:
        raise config.Failed(f"ERROR: could not switch failover: {text}")


def switch_over(to=None):
    body = {"leader": config.node()["name"], **({"candidate": to} if to else {})}
    status, text = call("POST", "/switchover", body, timeout=120)
    if status != 200:
        raise config.Failed(f"ERROR: cannot fail over: {text}")


def reinitialize():
    """Drops this replica's data and copies the leader's."""
    status, text = call("POST", "/reinitialize", {"force": True}, timeout=60)
    if status != 200:
        raise config.Failed(f"ERROR: cannot follow: {text}")


def start_postgresql():
    """In a pause Patroni does not start PostgreSQL by itself; a person's word does."""
    return call("POST", "/restart", {}, timeout=60)


def postgresql_programs():
    return sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))[-1]


def configuration(etcd_hosts, failover):
    """Patroni's configuration file (JSON is YAML)."""
    node, keys = config.node(), config.secrets()
    ip, ttl = node["ip"], config.seconds("leaderl.leader_ttl_seconds", 30)
    hba = ["local all all trust", "local replication all trust", "host replication replicator 0.0.0.0/0 scram-sha-256",
           "host all chef_pgsql 0.0.0.0/0 scram-sha-256", "host lab lab 0.0.0.0/0 trust"]
    login = lambda name: {"username": name, "password": keys["postgresql"][name]}
    return {
        "scope": SCOPE, "namespace": NAMESPACE, "name": node["name"],
        "restapi": {"listen": f"{ip}:{PORT}", "connect_address": f"{ip}:{PORT}"},
        "etcd3": {"hosts": [f"{host}:2379" for host in etcd_hosts]},
        "bootstrap": {
            "dcs": {
                "ttl": round(ttl),
                "loop_wait": max(1, round(config.seconds("leaderl.health_check.interval_seconds", 5))),
                "retry_timeout": max(3, round(ttl / 3)),
                "maximum_lag_on_failover": 1048576,
                "postgresql": {"use_pg_rewind": True, "use_slots": True},
            },
            "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, "data-checksums", "no-sync"],
        },
        "postgresql": {
            "listen": "0.0.0.0:5432", "connect_address": f"{ip}:5432",
            "data_dir": config.PG_DATA, "bin_dir": postgresql_programs(),
            "pgpass": f"{config.DATA}/postgresql/pgpass", "pg_hba": hba,
            "basebackup": [{"checkpoint": "fast"}],
            "authentication": {"superuser": login("chef_pgsql"), "replication": login("replicator")},
            "parameters": {"unix_socket_directories": config.PG_SOCKETS, "shared_buffers": "32MB",
                           "max_wal_size": "256MB", "wal_keep_size": "64MB",
                           # Patroni makes a follower's slot only after the follower has asked for it: by default it
                           # would ask again 5 s later, after every joining and every change of the leader.
                           "wal_retrieve_retry_interval": "500ms"},
        },
        "tags": {"nofailover": not failover},
    }
