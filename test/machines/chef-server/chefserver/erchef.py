"""The service opscode-erchef of a frontend, as far as an upgrade looks at it: `/_status`, and what everybody is told."""
import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import backends

PORT = 8000


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/server_api_version":
            return self.answer(200, {"min_api_version": 0, "max_api_version": 1})
        if self.path != "/_status":
            return self.answer(404, {"error": "not found"})
        upstreams = backends.health()
        well = all(each == "pong" for each in upstreams.values())
        self.answer(200 if well else 500, {"status": "pong" if well else "fail", "upstreams": upstreams})

    def answer(self, status, value):
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def main():
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Answers)
    server.daemon_threads = True
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    os._exit(0)  # a request that is still being answered must not keep it


if __name__ == "__main__":
    sys.exit(main())
