"""`set-cluster-failover`, `set-node-failover`, `demote`, `promote`: Patroni's pause, tags and switchover."""
import time

from . import config, etcd, patroni, services

ON, OFF = ("on", "true", "enabled"), ("off", "false", "disabled")


def parse(command, args):
    if len(args) != 1 or args[0] not in ON + OFF:
        raise config.Failed(f"Usage: chef-backend-ctl {command} on|off|true|false|enabled|disabled")
    return args[0] in ON


def set_cluster_failover(args):
    on = parse("set-cluster-failover", args)
    # The product's commands take a second to start: what looks for a running one must have a chance to find it.
    time.sleep(0.5)
    patroni.set_failover(on)
    # Every Patroni acts by it only after its next look.
    end = time.monotonic() + 30
    while time.monotonic() < end and any(bool(each.get("pause")) == on for each in members()):
        time.sleep(0.2)
    print(f"Failover is now {'enabled' if on else 'disabled'} for the cluster.")


def members():
    return etcd.below(f"{patroni.NAMESPACE}{patroni.SCOPE}/members/").values()


def set_node_failover(args):
    on = parse("set-node-failover", args)
    node, key = config.node(), f"{etcd.ROOT}/blocked/{config.node()['guid']}"
    etcd.call("/v3/kv/deleterange", {"key": etcd._in(key)}) if on else etcd.put(key, {"name": node["name"]})
    from .reconfigure import write_patroni
    write_patroni()
    services.sv("hup", "postgresql")
    print(f"Failover is now {'enabled' if on else 'disabled'} for node {node['name']}.")


def fail_over(to=None):
    """From this node, the leader, to a follower."""
    name = config.node()["name"]
    if not patroni.holds_lead():
        raise config.Failed("ERROR: this node is not the leader")
    if not patroni.failover_is_on() or etcd.get(f"{etcd.ROOT}/blocked/{config.node()['guid']}"):
        raise config.Failed("ERROR: cannot fail over: failover is disabled")
    print("Failing over to a follower...", flush=True)
    patroni.switch_over(to)
    services.wait_until(lambda: patroni.leader() not in (None, name), 60, "no other node became the leader")
    print(f"{patroni.leader()} is now the leader.", flush=True)


def demote(_args):
    fail_over()


def promote(args):
    if len(args) != 1:
        raise config.Failed("Usage: chef-backend-ctl promote NODE")
    if not patroni.failover_is_on():
        raise config.Failed("ERROR: cannot fail over: failover is disabled")
    status, text = patroni.call("POST", "/switchover", {"leader": patroni.leader(), "candidate": args[0]}, timeout=120)
    if status != 200:
        raise config.Failed(f"ERROR: cannot fail over: {text}")
    print(f"{args[0]} is now the leader.")
