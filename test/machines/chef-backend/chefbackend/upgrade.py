"""`upgrade [--failover]` and `down-for-upgrade`.

What `upgrade` does where nobody leads is not documented: it waits until its node has rejoined; or, by a test's word in
ALONE, `returns` once the services are started, or `waits SECONDS` for a leader before it starts more than etcd and leaderl (0: it gives up at once, whoever led)."""
import os

from . import config, etcd, failover, patroni, search, services, statusboard
from .reconfigure import write_configuration


ALONE = "/etc/lab/upgrade-alone"
# It led when it was taken down: it waits for nobody. Two have, where another one took over from the first.
LED = f"{config.DATA}/leaderl/data/led"


def upgrade(args):
    """Restarts what does not run the installed build, and waits until this node has rejoined."""
    if any(each != "--failover" for each in args):
        raise config.Failed("Usage: chef-backend-ctl upgrade [--failover]")
    if "--failover" in args:
        failover.fail_over()
    names = services.outdated()
    if names:
        print("Reconfiguring...", flush=True)
        write_configuration()
        print(f"Restarting: {', '.join(names)}", flush=True)
        way, limit = alone()
        restart(names, limit if way == "waits" and (limit == 0 or not os.path.exists(LED)) else None)
        if way == "returns":
            return
    else:
        print("Nothing to restart.", flush=True)
    print("Waiting for this node to rejoin the cluster...", flush=True)
    services.wait_until(rejoined, 600, f"{config.node()['name']} has not rejoined the cluster")
    print(f"Chef Backend is upgraded to {config.installed()}.", flush=True)


def alone():
    if somebody_leads() or not os.path.exists(ALONE):
        return None, None
    with open(ALONE) as file:
        way, *limit = file.read().split()
    return way, float(limit[0]) if limit else None


def restart(names, leader_within=None):
    services.stop([name for name, (up, *_) in services.states(names).items() if up])
    if leader_within is not None:
        services.start([name for name in names if name in ("etcd", "leaderl")])
        what = "no leader, and PostgreSQL has nobody to follow"
        # Without a quorum the first look itself may take long.
        if leader_within == 0:
            raise config.Failed(f"ERROR: {what}")
        services.wait_until(somebody_leads, leader_within, what)
    services.start(names)
    services.wait_until(lambda: not services.outdated(), 120, f"not every service is up: {', '.join(names)}")


def somebody_leads():
    try:
        return any(each["role"] == "leader" for each in statusboard.posted())
    except etcd.Unavailable:
        return False


def rejoined():
    try:
        role, pg, _ = statusboard.database_state()
        well = etcd.healthy() and (role, pg) in (("leader", "leader"), ("follower", "follower"))
        return well and search.own_role() != "offline" and not divided()
    except config.Failed:
        return False


def divided():
    """Whether nodes of 1.x and of 2.x run side by side, which cannot work together."""
    return len({config.at_least("2.0.0", each["build"]) for each in statusboard.posted()}) > 1


def down_for_upgrade(_args):
    if patroni.holds_lead():
        config.write(LED, "")
        print("Waiting for the followers...", flush=True)
        services.wait_until(nobody_lags, 60, "a follower does not have what this leader has")
    names = services.known()
    for name in names:
        open(f"{services.SV}/{name}/down", "w").close()
    services.stop(names)
    print("All services are stopped: install the package if that is not done, then run upgrade.")


def nobody_lags():
    """A leader that stops hands what it has to whoever streams from it, and to nobody else."""
    try:
        others = len(statusboard.posted()) - 1
    except etcd.Unavailable:
        return True  # the last of the three: nobody can lead after it
    return int(statusboard.query("select count(*) from pg_stat_replication where state = 'streaming'") or 0) >= others
