"""One HTTP request to a service of the cluster.

Python's own http.client takes longer to import than all else that a control command does, and control commands are
most of the lab's load.
"""
import json
import re
import socket


def request(method, host, port, path, body=None, timeout=3):
    """Status and content, parsed where it is JSON. Raises OSError, or ValueError where the answer is not whole."""
    content = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.0\r\nHost: {host}:{port}\r\nContent-Length: {len(content)}\r\n\r\n"
    with socket.create_connection((host, port), timeout) as connection:
        connection.sendall(head.encode() + content)
        with connection.makefile("rb") as file:
            head, _, text = file.read().partition(b"\r\n\r\n")
    status = re.match(rb"HTTP/1\.\d (\d+)", head)
    length = re.search(rb"^Content-Length: *(\d+)", head, re.I | re.M)
    if not status or (length and int(length.group(1)) != len(text)):
        raise ValueError(f"{host}:{port} did not answer to the end")
    try:
        return int(status.group(1)), json.loads(text)
    except ValueError:
        return int(status.group(1)), text.decode()
