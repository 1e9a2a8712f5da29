"""This node's services, under runit."""
import os
import re
import subprocess
import time

from . import config

SV = f"{config.PRODUCT}/sv"
# In the order in which they are started.
NAMES = ["etcd", "epmd", "postgresql", "elasticsearch", "leaderl"]


def sv(*words, check=True):
    """Runs `sv`; its output. It waits for nothing: `sv -w` looks only every 0.42 s."""
    command = ["sv", *words]
    done = subprocess.run(command, env={**os.environ, "SVDIR": SV}, text=True, capture_output=True)
    if check and done.returncode != 0:
        raise config.Failed(f"ERROR: {' '.join(command)}: {(done.stdout + done.stderr).strip()}")
    return done.stdout


def known():
    return sorted(name for name in os.listdir(SV) if os.path.isdir(f"{SV}/{name}")) if os.path.isdir(SV) else []


def simple_lines(names):
    """`run: etcd: (pid 6742) 106981s; run: log: (pid 6630) 106984s`: runit's own words."""
    return sv("status", *names, check=False)


def states(names):
    """By name: whether the service runs, its process, and for how many seconds it has been so."""
    found = re.findall(r"^(\w+): (\S+): (?:\(pid (\d+)\) )?(\d+)s", simple_lines(names), re.M) if names else []
    known_states = {name: (word == "run", pid or None, int(seconds)) for word, name, pid, seconds in found}
    return {name: known_states.get(name, (False, None, 0)) for name in names}


def start(names):
    for name in ordered(names):
        down = f"{SV}/{name}/down"
        if os.path.exists(down):
            os.remove(down)
        sv("up", name)
        wait_until(lambda: is_in(name, "run"), 60, f"{name} did not start", 0.02)


def stop(names):
    for name in reversed(ordered(names)):
        ended = lambda: is_in(name, "down")
        sv("down", name)
        if name == "postgresql":
            wait_until(ended, 120, f"{name} did not stop", 0.02)
            continue
        try:
            wait_until(ended, 30, f"{name} did not stop", 0.02)
        except config.Failed:
            # What does not end is killed, but for the database.
            sv("kill", name, check=False)
            wait_until(ended, 30, f"{name} did not stop", 0.02)


def is_in(name, state):
    """By runit's own note of it (`run`, `finish`, `down`, and then what is wanted)."""
    with open(f"{SV}/{name}/supervise/stat") as file:
        return re.split(r"[,\s]", file.read())[0] == state


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
    build, found = config.installed(), states(known())
    return [name for name in ordered(found) if not found[name][0] or running_build(name) != build]


def wait_until(condition, limit, what, pause=0.2):
    """Looks every `pause` seconds. Raises when it is not so within `limit` seconds."""
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            raise config.Failed(f"ERROR: {what}, in {limit:.0f} s")
        time.sleep(pause)
