"""The frontend's services, under runit."""
import os
import subprocess
import time

from . import backends, config


def sv(*words, check=True):
    done = subprocess.run(["sv", "-w", "60", *words], env={**os.environ, "SVDIR": config.SV}, text=True, capture_output=True)
    if check and done.returncode != 0:
        raise config.Failed(f"ERROR: sv {' '.join(words)}: {(done.stdout + done.stderr).strip()}")
    return done.stdout


def known():
    return sorted(os.listdir(config.SV))


def running():
    return [name for name in known() if sv("status", name, check=False).startswith("run:")]


def start(_args=()):
    owed()
    for name in known():
        down = f"{config.SV}/{name}/down"
        if os.path.exists(down):
            os.remove(down)
        await_supervision(name)
        print(sv("start", name), end="")


def await_supervision(name):
    """runit finds a new service within some seconds."""
    end = time.monotonic() + 60
    while not os.path.exists(f"{config.SV}/{name}/supervise/ok"):
        if time.monotonic() > end:
            raise config.Failed(f"ERROR: runit does not supervise {name}")
        time.sleep(0.2)


def stop(_args=()):
    for name in known():
        print(sv("force-stop", name), end="")


def owed():
    """A package that was installed and not upgraded to: its services do not fit the database."""
    installed, before = config.installed(), config.state()["upgradedTo"]
    if before not in ("", installed):
        message = f"the package of {installed} was installed over {before}: run chef-server-ctl upgrade first"
        raise config.Failed(f"ERROR: {message}")


def status(_args):
    """External services stand after headings and never change the exit status: that is the sum of runit's own."""
    line = "-------------------"
    print(f"{line}\n Internal Services \n{line}")
    lines = sv("status", *known(), check=False)
    print(lines, end="")
    print(f"{line}\n External Services \n{line}")
    well = backends.health()
    vip = config.vip()
    search = "elasticsearch" if config.numbers(config.installed()) >= [14] else "opscode-solr4"
    for name, key, where in [(search, "chef_elasticsearch", f"http://{vip}:9200"), ("postgresql", "chef_sql", f"{vip}:5432")]:
        good = well[key] == "pong"
        print(f"run: {name}: connected OK to {where}" if good else f"down: {name}: failed to connect to {where}: no answer")
    # 3 for one that is down, as runit's manual has it for its init scripts.
    down = sum(3 for each in lines.splitlines() if each.startswith("down:"))
    if down:
        raise config.Failed("", down)
