"""A stand-in for Elasticsearch: no search, but a real process, a data folder, and a real view of the cluster.

Each node has a key in etcd under a lease; the master is who created the master's key first."""
import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import config, etcd, search, searchsettings

MASTER = f"{etcd.ROOT}/elasticsearch/master"
INDEX = f"{config.DATA}/elasticsearch/data/index.json"
TTL = 6
ended = threading.Event()


def main():
    os.makedirs(os.path.dirname(INDEX), exist_ok=True)
    if not os.path.exists(INDEX):
        config.write_json(INDEX, {"created_string": engine(), "count": 0}, 0o644)
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

    def stay(self):
        name = config.node()["name"]
        if self.lease is None or not etcd.keep_alive(self.lease):
            self.lease = etcd.lease(TTL)
            etcd.put(search.NODES + name, {"name": name}, self.lease)
        if etcd.get(MASTER) is None:
            etcd.put_if_absent(MASTER, {"name": name}, self.lease)

    def leave(self):
        try:
            if self.lease is not None:
                etcd.revoke(self.lease)
        except etcd.Unavailable:
            pass


def engine():
    return config.manifest()["elasticsearch"]


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            status, answer = self.answer(*self.path.partition("?")[::2])
        except etcd.Unavailable as error:
            status, answer = 503, {"error": str(error), "status": 503}
        text = (json.dumps(answer, indent=2) + "\n").encode()
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
            online, total = len(etcd.below(search.NODES)), len(etcd.members())
            whole = "green" if online == total else "yellow" if online * 2 > total else "red"
            return 200, {"status": whole, "number_of_nodes": online}
        if path == "/_cluster/settings":
            return 200, searchsettings.answer(engine(), query)
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
