"""The service nginx of a frontend, as far as an upgrade looks at it: https, and what /_status answers."""
import json
import os
import signal
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import backends, config


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        # Maintenance sends clients of the API away, but for the machine itself; /_status goes to erchef at once.
        if self.path == "/server_api_version" and self.headers.get("X-Ops-Userid"):
            away = config.state()["maintenance"] and self.client_address[0] != "127.0.0.1"
            return self.answer(503 if away else 200, {"error": "maintenance"} if away else {"min_api_version": 0})
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
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(config.CERTIFICATE)
    server = ThreadingHTTPServer(("0.0.0.0", 443), Answers)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    os._exit(0)  # a request that is still being answered must not keep it


if __name__ == "__main__":
    sys.exit(main())
