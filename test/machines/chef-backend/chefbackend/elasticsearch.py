"""A stand-in for Elasticsearch: no search, but a real process, a data folder, and a real view of the cluster.

Each node has a key in etcd under a lease; the master is who created the master's key first. What index there is each
node's key tells: who has none takes that of the others. As the real one does, it ends at once beside an index that it cannot
open, and joins nobody who has such a one."""
import functools
import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import config, etcd, search, searchsettings, searchshards

MASTER = f"{etcd.ROOT}/elasticsearch/master"
INDEX = f"{config.DATA}/elasticsearch/data/index.json"
# It has been started here before: from then on a frontend's reconfigure makes the index.
BEGUN = f"{config.DATA}/elasticsearch/begun"
TTL = 6
ended = threading.Event()


def main():
    os.makedirs(os.path.dirname(INDEX), exist_ok=True)
    if not os.path.exists(BEGUN):
        make_index(engine())
        config.write(BEGUN, "")
    made = created()
    if made is not None and not searchshards.opens(engine(), made):
        least = searchshards.major(engine()) - 1
        print("[ERROR][o.e.b.Bootstrap          ] Exception")
        print(f"java.lang.IllegalStateException: The index [[chef/b2tvdFhJU1JtQmU2SDlFUQ]] was created with version [{made}] but the "
              f"minimum compatible version is [{least}.0.0]. It should be re-indexed in Elasticsearch {least}.x before upgrading to "
              f"{engine()}.", flush=True)
        return 1
    server = ThreadingHTTPServer(("0.0.0.0", search.PORT), Answers)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    member = Member()
    while not ended.wait(1):
        try:
            member.stay()
        except etcd.Unavailable as error:
            print(error, flush=True)
    member.leave()
    os._exit(0)  # a request that is still being answered must not keep it


class Member:
    lease = None
    told = None

    def stay(self):
        name = config.node()["name"]
        others = [each.get("created") for each in etcd.below(search.NODES).values()]
        found = [each for each in others if each]
        if created() is None and found and searchshards.opens(engine(), found[0]):
            make_index(found[0])
        if any(not searchshards.opens(engine(), each) for each in found):
            return self.leave()
        own = {"name": name, "engine": engine(), "created": created()}
        if self.lease is None or not etcd.keep_alive(self.lease):
            self.lease = etcd.lease(TTL)
            self.told = None
        if self.told != own:
            etcd.put(search.NODES + name, own, self.lease)
            self.told = own
        if etcd.get(MASTER) is None:
            etcd.put_if_absent(MASTER, {"name": name}, self.lease)

    def leave(self):
        try:
            if self.lease is not None:
                etcd.revoke(self.lease)
            self.lease = None
        except etcd.Unavailable:
            pass


@functools.lru_cache(maxsize=None)  # of the process: a package that is installed later changes nothing of it
def engine():
    return config.manifest()["elasticsearch"]


def created():
    """The engine that made the index of this node; None where it has none."""
    return config.read_json(INDEX)["created_string"] if os.path.exists(INDEX) else None


def make_index(by):
    config.write_json(INDEX, {"created_string": by, "count": 0}, 0o644)


class Answers(BaseHTTPRequestHandler):
    def do_PUT(self):
        """`PUT /chef`: made by the oldest engine of the cluster, so that every node opens it."""
        engines = [each.get("engine", engine()) for each in etcd.below(search.NODES).values()]
        if self.path == "/chef" and created() is None:
            make_index(min(engines + [engine()], key=searchshards.numbers))
        self.reply(200, {"acknowledged": True})

    def do_GET(self):
        try:
            status, answer = self.answer(*self.path.partition("?")[::2])
        except etcd.Unavailable as error:
            status, answer = 503, {"error": str(error), "status": 503}
        self.reply(status, answer)

    def reply(self, status, answer):
        text = (answer if isinstance(answer, str) else json.dumps(answer, indent=2) + "\n").encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def answer(self, path, query):
        index = config.read_json(INDEX) if os.path.exists(INDEX) else None
        if path == "/":
            return 200, {"name": config.node()["name"], "version": {"number": engine()}, "tagline": "You Know, for Search"}
        if path == "/_lab/master":
            return 200, etcd.get(MASTER, {})
        if path == "/_cluster/health":
            return 200, searchshards.health(list(etcd.below(search.NODES).values()), len(etcd.members()))
        if path == "/_cluster/settings":
            return 200, searchsettings.answer(engine(), query)
        if path == "/_cat/indices":
            colour = searchshards.health(list(etcd.below(search.NODES).values()), len(etcd.members()))["status"]
            return 200, "" if index is None else f"{colour} open chef\n"
        if index is None and path.startswith("/_all/"):
            return 200, {}
        if index is None:
            return 404, {"error": {"type": "index_not_found_exception"}, "status": 404}
        if path == "/chef/_count":
            return 200, {"count": index["count"]}
        created = {"created_string": index["created_string"]}
        return 200, {"chef": {"settings": {"index": {"version": created}}}}

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    sys.exit(main())
