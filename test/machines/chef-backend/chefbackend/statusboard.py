"""What the nodes say of themselves, in etcd: each posts its own state under a lease, so that who is down is missing."""
import subprocess

from . import config, disks, etcd, patroni, search, services

KEY = f"{etcd.ROOT}/status/"


def posted():
    """Every accessible node's last word, by name."""
    return sorted(etcd.below(KEY).values(), key=lambda each: each["name"])


def own_state():
    """This node's state as it is now."""
    role, pg, follows = database_state()
    return {
        **config.node(), "role": role, "pg": pg, "follows": follows,
        "es": search.own_role(), "colour": search.colour(), "etcd": etcd.healthy(), "disks": not disks.low(),
        "eligible": role == "follower" and pg == "follower", "build": services.running_build("leaderl"),
    }


def database_state():
    """Role, PostgreSQL and whom it follows, from Patroni and from PostgreSQL itself."""
    try:
        mine, cluster = patroni.me(), patroni.cluster()["members"]
    except (patroni.Unavailable, KeyError, TypeError):
        return "waiting_for_leader", "offline", ""
    leader = next((each["name"] for each in cluster if each["role"] == "leader"), None)
    if mine.get("cluster_unlocked"):
        leader = None
    if mine.get("state") != "running":
        return "waiting_for_leader", "offline", ""
    if mine.get("role") in ("master", "primary"):
        return ("leader", "leader", "") if leader == config.node()["name"] else ("waiting_for_leader", "syncing", "")
    if leader is None:
        return "waiting_for_leader", "follower", ""
    own = next((each for each in cluster if each["name"] == config.node()["name"]), {})
    lag = own.get("lag")
    near = isinstance(lag, int) and lag < 16 * 1024 * 1024
    return "follower", "follower" if near and streams() else "syncing", leader


def streams():
    """Whether PostgreSQL here receives the leader's changes."""
    return query("select 1 from pg_stat_wal_receiver where status = 'streaming'") == "1"


def query(sql, database="postgres"):
    """The one value of a query to the local PostgreSQL; empty when there is none."""
    # Not `psql`: Debian's is a Perl script that looks for the newest one first.
    psql = f"{patroni.postgresql_programs()}/psql"
    command = [psql, "-X", "-A", "-t", "-h", config.PG_SOCKETS, "-U", config.PG_USER, "-d", database, "-c", sql]
    done = subprocess.run(command, text=True, capture_output=True, timeout=20)
    return done.stdout.strip() if done.returncode == 0 else ""
