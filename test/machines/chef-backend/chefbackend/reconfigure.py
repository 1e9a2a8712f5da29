"""Writes the services' configurations from chef-backend.rb, the secrets and etcd's list of members."""
import os
import pwd
import shutil

from . import config, etcd, patroni

ETCD_DATA = f"{config.DATA}/etcd"


def write_configuration():
    os.makedirs(config.PROCESS_RUNS, exist_ok=True)
    # Only the cluster knows its members: while it is down everything stays as it was.
    if etcd.healthy():
        write_patroni()


def write_patroni():
    own = config.node()["ip"]
    others = [url.split("//")[1].split(":")[0] for _, url in etcd.members()]
    hosts = [own, *(host for host in others if host != own)]
    blocked = etcd.get(f"{etcd.ROOT}/blocked/{config.node()['guid']}") is not None
    user = pwd.getpwnam(config.PG_USER)
    folder = f"{config.DATA}/postgresql"
    os.makedirs(folder, exist_ok=True)
    os.chown(folder, user.pw_uid, user.pw_gid)
    config.write_json(f"{folder}/patroni.yml", patroni.configuration(hosts, not blocked))
    shutil.chown(f"{folder}/patroni.yml", user.pw_uid, user.pw_gid)


def write_etcd(state, members):
    """@param state `new` or `existing`; members: (name, peer URL) of all, this node among them"""
    node = config.node()
    os.makedirs(ETCD_DATA, mode=0o700, exist_ok=True)
    config.write_json(f"{config.DATA}/etcd.json", {
        "name": node["name"], "data-dir": ETCD_DATA, "logger": "zap",
        "listen-client-urls": "http://0.0.0.0:2379", "advertise-client-urls": etcd.client_url(node["ip"]),
        "listen-peer-urls": etcd.peer_url(node["ip"]), "initial-advertise-peer-urls": etcd.peer_url(node["ip"]),
        "initial-cluster": ",".join(f"{name}={url}" for name, url in members),
        "initial-cluster-state": state, "strict-reconfig-check": False, "heartbeat-interval": 200, "election-timeout": 2000,
        "enable-grpc-gateway": True, "enable-v2": False,
    })


def reconfigure(_args):
    write_configuration()
    print("Chef Backend reconfigured.")


def gen_server_config(args):
    if len(args) != 1:
        raise config.Failed("Usage: chef-backend-ctl gen-server-config FQDN")
    vip = config.setting("vip")
    print(f"""fqdn "{args[0]}"
postgresql['external'] = true
postgresql['vip'] = '{vip}'
opscode_solr4['external'] = true
opscode_solr4['external_url'] = 'http://{vip}:9200'
opscode_erchef['search_provider'] = 'elasticsearch'""")
