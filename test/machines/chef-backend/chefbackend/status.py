"""`cluster-status` and `status`."""
from . import config, disks, etcd, patroni, search, services, statusboard
from .table import duration, lay_out, lay_out_fixed

HEADER = ["Service", "Local Status", "Time in State", "Distributed Node Status"]
# Since 1.4.6: order and widths of the columns as in the vendor's example.
ORDER = ["leaderl", "epmd", "etcd", "postgresql", "elasticsearch"]
WIDTHS = [15, 21, 16]


def cluster_status(args):
    nodes = statusboard.posted()
    if args == ["--json"]:
        import json
        print(json.dumps(nodes, indent=2))
        return
    columns = [("Name", "name"), ("IP", "ip"), ("GUID", "guid"), ("Role", "role"), ("PG", "pg"), ("ES", "es")]
    rows = [[node[key] for _, key in columns] for node in nodes]
    header = [title for title, _ in columns]
    if config.at_least("2.0.30"):
        header += ["Blocked", "Eligible"]
        paused = not failover_is_on()
        blocked = etcd.below(f"{etcd.ROOT}/blocked/")
        for row, node in zip(rows, nodes):
            row += ["blocked" if paused or node["guid"] in blocked else "not_blocked", str(node["eligible"]).lower()]
    print(lay_out([header, *rows]), end="")


def failover_is_on():
    """Read from where Patroni keeps it."""
    key = f"{patroni.NAMESPACE}{patroni.SCOPE}/config"
    return not (etcd.get(key) or {}).get("pause", False)


def status(args):
    simple = "--simple" in args
    names = [each for each in args if not each.startswith("-")]
    known = services.known()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise config.Failed(f"ERROR: no such service: {unknown[0]}")
    shown = [name for name in known if not names or name in names]
    if simple:
        print(services.simple_lines(shown), end="")
        return
    view, found = Distributed(), services.states(shown)
    if not config.at_least("1.4.6"):
        print(lay_out([HEADER, *(row(name, found, view) for name in shown if name != "epmd")]), end="")
        return
    print(lay_out_fixed([HEADER, *(row(name, found, view) for name in ORDER if name in shown)], WIDTHS), end="")
    if not names:
        own = ["disks", disks.text(), view.of("disks")]
        print("\n" + lay_out([["System", "Local Status", "Distributed Node Status"], own]), end="")


def row(name, found, view):
    up, pid, seconds = found[name]
    return [name, f"running (pid {pid})" if up else "down", duration(seconds), view.of(name)]


class Distributed:
    """The cluster's view of each service, from what the nodes have posted."""

    def __init__(self):
        try:
            self.posts = statusboard.posted()
            self.total = len(etcd.members())
            self.online = len(etcd.below(search.NODES))
        except etcd.Unavailable:
            self.posts = None

    def count(self, key, *values):
        return sum(each[key] in values for each in self.posts)

    def of(self, service):
        if service == "epmd":
            return "status: local-only"
        if self.posts is None:
            return "unknown: etcd is not available"
        return getattr(self, service)()

    def elasticsearch(self):
        return f"state: {search.colour()}; nodes online: {self.online}/{self.total}"

    def etcd(self):
        return self.health("etcd")

    def disks(self):
        return self.health("disks")

    def health(self, key):
        healthy = self.count(key, True)
        health = "green" if healthy == self.total else "yellow" if healthy * 2 > self.total else "red"
        return f"health: {health}; healthy nodes: {healthy}/{self.total}"

    def leaderl(self):
        waiting = self.count("role", "waiting_for_leader")
        leaders, followers = self.count("role", "leader"), self.count("role", "follower")
        return f"leader: {leaders}; waiting: {waiting}; follower: {followers}; total: {len(self.posts)}"

    def postgresql(self):
        if not self.count("pg", "leader"):
            return "error: could not reach pgsql leader for replication stats"
        offline = self.total - len(self.posts) + self.count("pg", "offline")
        leaders, syncing, synced = (self.count("pg", each) for each in ("leader", "syncing", "follower"))
        return f"leader: {leaders}; offline: {offline}; syncing: {syncing}; synced: {synced}"
