"""The cluster's VIP on this node's network interface."""
import socket
import struct
import subprocess

from . import config

INTERFACE = "eth0"


def address():
    return config.setting("vip")


def carried():
    shown = subprocess.run(["ip", "-4", "-o", "address", "show", "dev", INTERFACE], text=True, capture_output=True)
    return f" {address()}/" in shown.stdout


def take():
    if address() and not carried():
        subprocess.run(["ip", "address", "add", f"{address()}/32", "dev", INTERFACE], check=True)
        announce()
        print(f"took {address()}", flush=True)


def drop():
    if address() and carried():
        subprocess.run(["ip", "address", "del", f"{address()}/32", "dev", INTERFACE], check=True)
        print(f"dropped {address()}", flush=True)


def announce():
    """Gratuitous ARP: who knew the address at its old place learns the new one."""
    with open(f"/sys/class/net/{INTERFACE}/address") as file:
        mac = bytes.fromhex(file.read().strip().replace(":", ""))
    ip, everyone = socket.inet_aton(address()), b"\xff" * 6
    arp = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + mac + ip + everyone + ip
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind((INTERFACE, 0))
        for _ in range(3):
            raw.send(everyone + mac + struct.pack("!H", 0x0806) + arp)
