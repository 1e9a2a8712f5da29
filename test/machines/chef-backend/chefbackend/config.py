"""Where things are on a backend, and what its configuration says."""
import json
import os
import re

PRODUCT = "/opt/chef-backend"
ETC = "/etc/chef-backend"
DATA = "/var/opt/chef-backend"
BACKUPS = "/var/opt/chef-backup"
PG_SOCKETS = "/run/chef-backend"
PG_DATA = f"{DATA}/postgresql/data"
PG_USER = "chef_pgsql"
SECRETS = f"{ETC}/chef-backend-secrets.json"
PROCESS_RUNS = f"{DATA}/running"
LICENSE_MARKER = f"{DATA}/.license.accepted"
COMMANDS = "/var/log/chef-backend/commands"


class Failed(Exception):
    """A command that cannot do what it was asked: its message, and exit status 1."""


def setting(name, default=None):
    """`name 'value'` or `name = value` of chef-backend.rb."""
    with open(f"{ETC}/chef-backend.rb") as file:
        found = re.search(rf"^\s*{re.escape(name)}\s*=?\s*['\"]?([^'\"#\n]+)", file.read(), re.M)
    return found.group(1).strip() if found else default


def seconds(name, default):
    return float(setting(name, default))


def manifest():
    """The installed build."""
    return read_json(f"{PRODUCT}/version-manifest.json")


def installed():
    return manifest()["build_version"]


def version(_args):
    print(installed())


def at_least(version, build=None):
    """Whether a build, or else the installed one, is of this release or a later one."""
    numbers = lambda text: [int(each) for each in re.findall(r"\d+", text)[:3]]
    return numbers(build or installed()) >= numbers(version)


def node():
    """Name, address and GUID of this node: `{"name": …, "ip": …, "guid": …}`."""
    try:
        return read_json(f"{DATA}/leaderl/data/node.json")
    except FileNotFoundError:
        raise Failed("ERROR: this node is not part of a cluster yet: see create-cluster and join-cluster")


def secrets():
    return read_json(SECRETS)


def read_json(path):
    with open(path) as file:
        return json.load(file)


def write_json(path, value, mode=0o600):
    write(path, json.dumps(value, indent=2) + "\n", mode)


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(f"{path}.tmp", "w") as file:
        file.write(text)
    os.chmod(f"{path}.tmp", mode)
    os.rename(f"{path}.tmp", path)
