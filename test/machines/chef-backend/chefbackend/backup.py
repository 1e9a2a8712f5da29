"""`backup`: PostgreSQL's own base backup, of a follower, as one tar.gz."""
import os
import subprocess
import time

from . import config, patroni


def backup(args):
    limit = float(args[args.index("--timeout") + 1]) if "--timeout" in args else 600
    if patroni.holds_lead():
        raise config.Failed("ERROR: backup must be run on a follower")
    os.makedirs(config.BACKUPS, mode=0o700, exist_ok=True)
    path = time.strftime(f"{config.BACKUPS}/chef-backup-%Y-%m-%d-%H-%M-%S.tar.gz")
    command = [f"{patroni.postgresql_programs()}/pg_basebackup", "-h", config.PG_SOCKETS, "-U", config.PG_USER,
               "-D", "-", "-Ft", "-X", "fetch", "-c", "fast", "--compress=gzip:1"]
    try:
        with open(f"{path}.part", "wb") as file:
            subprocess.run(command, stdout=file, check=True, timeout=limit)
    except (subprocess.SubprocessError, OSError) as error:
        raise config.Failed(f"ERROR: the backup failed: {error}")
    os.rename(f"{path}.part", path)
    print(f"Backup is in {path}")
