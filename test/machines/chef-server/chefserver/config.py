"""Where things are on a frontend, what it is configured with, and what it remembers."""
import json
import os
import re

PRODUCT = "/opt/opscode"
SV = f"{PRODUCT}/sv"
SETTINGS = "/etc/opscode/chef-server.rb"
DATA = "/var/opt/opscode"
CERTIFICATE = f"{DATA}/nginx/ca/frontend.pem"
MIGRATION_LEVEL = f"{DATA}/upgrades/migration-level"
STATE = f"{DATA}/lab-state.json"
# Where it is kept that the licenses were accepted: the MLSA, and since 13 Chef Infra Server's own.
MLSA, LICENSE = f"{DATA}/.license.accepted", "/etc/chef/accepted_licenses/chef_infra_server"
LICENSES = [LICENSE, "/etc/chef/accepted_licenses/chef_infra_client", "/etc/chef/accepted_licenses/inspec"]


class Failed(Exception):
    def __init__(self, message, status=1):
        super().__init__(message)
        self.status = status


def installed():
    with open(f"{PRODUCT}/version-manifest.json") as file:
        return json.load(file)["build_version"]


def display_name():
    """How the product calls itself."""
    return "Chef Infra Server" if numbers(installed()) >= [14, 7, 23] else "Chef Server"


def numbers(version):
    return [int(each) for each in re.findall(r"\d+", version)[:3]]


def vip():
    """Where the leading backend is reached."""
    try:
        with open(SETTINGS) as file:
            return re.search(r"^postgresql\['vip'\]\s*=\s*'([^']+)'", file.read(), re.M).group(1)
    except (FileNotFoundError, AttributeError):
        raise Failed(f"ERROR: {SETTINGS} does not say where PostgreSQL is: see chef-backend-ctl gen-server-config")


def state():
    """`upgradedTo`: the release that its services were configured for last."""
    try:
        with open(STATE) as file:
            return json.load(file)
    except FileNotFoundError:
        return {"upgradedTo": ""}


def remember(**change):
    write(STATE, json.dumps({**state(), **change}) + "\n")


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(f"{path}.tmp", "w") as file:
        file.write(text)
    os.rename(f"{path}.tmp", path)
