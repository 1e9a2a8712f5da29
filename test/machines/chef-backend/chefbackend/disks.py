"""The disks that leaderl looks at, and how much must be free there."""
import os

from . import config

PATHS = ("/var/log/chef-backend", config.DATA)


def free_mb(path):
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize // 2**20


def low():
    """Those with too little room, by how many MB are free."""
    least = float(config.setting("leaderl.health_check.disk_min_space_mb", 250))
    free = {path: free_mb(path) for path in PATHS}
    return {path: mb for path, mb in free.items() if mb < least}


def text():
    """The cell of `status`: a full mount is named there instead of OK; in which words is not documented."""
    full = low()
    return "; ".join(f"{path}: only {full[path]}MB free" if path in full else f"{path}: OK" for path in PATHS)
