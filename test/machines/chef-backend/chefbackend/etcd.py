"""The few calls to etcd that the lab needs, by its JSON gateway (API version 3)."""
import base64
import json

from . import config
from .request import request

CLIENT_PORT = 2379
PEER_PORT = 2380
ROOT = "/chef-backend"


class Unavailable(config.Failed):
    pass


def call(path, body, host="127.0.0.1", timeout=3):
    try:
        status, answer = request("POST", host, CLIENT_PORT, path, body, timeout)
    except (OSError, ValueError) as error:
        raise Unavailable(f"ERROR: could not reach etcd: no cluster available ({error})")
    if status != 200 or not isinstance(answer, dict):
        raise Unavailable(f"ERROR: etcd: {answer}")
    return answer


def healthy(host="127.0.0.1"):
    """Whether this member is part of a majority with a leader."""
    try:
        return request("GET", host, CLIENT_PORT, "/health", timeout=2)[1].get("health") == "true"
    except (OSError, ValueError, AttributeError):
        return False


def put(key, value, lease=None):
    body = {"key": _in(key), "value": _in(json.dumps(value))}
    call("/v3/kv/put", {**body, "lease": lease} if lease else body)


def put_if_absent(key, value, lease):
    """Writes a key that nobody has; tells whether it did."""
    put_it = {"requestPut": {"key": _in(key), "value": _in(json.dumps(value)), "lease": lease}}
    absent = {"key": _in(key), "target": "CREATE", "createRevision": "0", "result": "EQUAL"}
    return call("/v3/kv/txn", {"compare": [absent], "success": [put_it]}).get("succeeded", False)


def get(key, default=None):
    found = call("/v3/kv/range", {"key": _in(key)}).get("kvs")
    return json.loads(_out(found[0]["value"])) if found else default


def below(prefix):
    """Every value whose key begins with the prefix, by the rest of its key."""
    end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    found = call("/v3/kv/range", {"key": _in(prefix), "range_end": _in(end)}).get("kvs", [])
    return {_out(each["key"])[len(prefix):]: json.loads(_out(each["value"])) for each in found}


def lease(seconds):
    return call("/v3/lease/grant", {"TTL": str(max(1, round(seconds)))})["ID"]


def keep_alive(lease_id):
    """Tells whether the lease still lives."""
    answer = call("/v3/lease/keepalive", {"ID": lease_id})
    return int(answer.get("result", {}).get("TTL", 0)) > 0


def revoke(lease_id):
    call("/v3/lease/revoke", {"ID": lease_id})


def members(host="127.0.0.1"):
    """Name and peer address of every member."""
    found = call("/v3/cluster/member/list", {}, host)["members"]
    return [(each.get("name", ""), each["peerURLs"][0]) for each in found]


def add_member(ip, host):
    call("/v3/cluster/member/add", {"peerURLs": [peer_url(ip)]}, host)


def peer_url(ip):
    return f"http://{ip}:{PEER_PORT}"


def client_url(ip):
    return f"http://{ip}:{CLIENT_PORT}"


def _in(text):
    return base64.b64encode(text.encode()).decode()


def _out(text):
    return base64.b64decode(text).decode()
