"""`upgrade [--failover]` and `down-for-upgrade`."""
from . import config, etcd, failover, search, services, statusboard
from .reconfigure import write_configuration


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
        restart(names)
    else:
        print("Nothing to restart.", flush=True)
    print("Waiting for this node to rejoin the cluster...", flush=True)
    services.wait_until(rejoined, 600, f"{config.node()['name']} has not rejoined the cluster")
    print(f"Chef Backend is upgraded to {config.installed()}.", flush=True)


def restart(names):
    services.stop([name for name in names if services.state(name)[0]])
    services.start(names)
    services.wait_until(lambda: not services.outdated(), 120, f"not every service is up: {', '.join(names)}")


def rejoined():
    try:
        role, pg, _ = statusboard.database_state()
        well = etcd.healthy() and (role, pg) in (("leader", "leader"), ("follower", "follower"))
        return well and search.own_role() != "offline"
    except config.Failed:
        return False


def down_for_upgrade(_args):
    names = services.known()
    for name in names:
        open(f"{services.SV}/{name}/down", "w").close()
    services.stop(names)
    print("All services are stopped: install the package if that is not done, then run upgrade.")
