"""`start`, `stop` and `restart` of this node's services."""
from . import config, services


def start(args):
    manage(args, starts=True)


def stop(args):
    manage(args, stops=True)


def restart(args):
    manage(args, stops=True, starts=True)


def manage(args, stops=False, starts=False):
    unknown = [name for name in args if name not in services.known()]
    if unknown:
        raise config.Failed(f"ERROR: no such service: {unknown[0]}")
    names = args or services.known()
    if stops:
        services.stop(names)
    if starts:
        services.start(names)
    print(services.simple_lines(names), end="")
