"""This node's services, under runit."""
import os
import re
import subprocess
import time

from . import config

SV = f"{config.PRODUCT}/sv"
# In the order in which they are started.
NAMES = ["etcd", "epmd", "postgresql", "elasticsearch", "leaderl"]


def sv(*words, wait=60, check=True):
    """Runs `sv`; its output."""
    command = ["sv", "-w", str(wait), *words]
    done = subprocess.run(command, env={**os.environ, "SVDIR": SV}, text=True, capture_output=True)
    if check and done.returncode != 0:
        raise config.Failed(f"ERROR: {' '.join(command)}: {(done.stdout + done.stderr).strip()}")
    return done.stdout


def known():
    return sorted(name for name in os.listdir(SV) if os.path.isdir(f"{SV}/{name}")) if os.path.isdir(SV) else []


def simple_lines(names):
    """`run: etcd: (pid 6742) 106981s; run: log: (pid 6630) 106984s`: runit's own words."""
    return sv("status", *names, check=False)


def state(name):
    """Whether the service runs, its process, and for how many seconds it has been so."""
    found = re.match(r"(\w+): \S+: (?:\(pid (\d+)\) )?(\d+)s", simple_lines([name]))
    if not found:
        return False, None, 0
    return found.group(1) == "run", found.group(2), int(found.group(3))


def start(names):
    for name in ordered(names):
        down = f"{SV}/{name}/down"
        if os.path.exists(down):
            os.remove(down)
        sv("up", name)


def stop(names):
    for name in reversed(ordered(names)):
        # What does not end is killed, but for the database.
        sv("stop", name, wait=120) if name == "postgresql" else sv("force-stop", name, wait=30, check=False)
        wait_until(lambda: not state(name)[0], 30, f"{name} did not stop")


def ordered(names):
    return [name for name in NAMES if name in names]


def running_build(name):
    """The build that a service's process was started from: its run script notes it."""
    try:
        with open(f"{config.PROCESS_RUNS}/{name}") as file:
            return file.read().strip()
    except FileNotFoundError:
        return ""


def outdated():
    """Services that are down, or that run another build than the installed one."""
    build = config.installed()
    return [name for name in ordered(known()) if not state(name)[0] or running_build(name) != build]


def wait_until(condition, limit, what):
    """Looks five times a second. Raises when it is not so within `limit` seconds."""
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            raise config.Failed(f"ERROR: {what}, in {limit:.0f} s")
        time.sleep(0.2)
