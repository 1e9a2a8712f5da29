"""What the search engine's stand-in makes of releases and shards: five of one replica, the chef index's own."""
import re

# After 2 came 5.
MAJORS = [1, 2, 5, 6, 7]


def numbers(version):
    return [int(each) for each in re.findall(r"\d+", version)[:3]]


def major(version):
    return numbers(version)[0]


def opens(engine, created):
    """Whether it reads an index: of its own major release and of the one before."""
    return MAJORS.index(major(engine)) - MAJORS.index(major(created)) <= 1


def health(nodes, total):
    """`_cluster/health?level=shards`. While two major releases are mixed one replica has no node that may take it."""
    online = len(nodes)
    index = any(each.get("created") for each in nodes)
    mixed = index and len({major(each["engine"]) for each in nodes if "engine" in each}) > 1
    whole = "red" if online * 2 <= total else "yellow" if online < total or mixed else "green"
    missing = 1 if index and (online < total or mixed) else 0
    shard = lambda at: counts(1, missing if at == 0 else 0) | {"status": "yellow" if missing and at == 0 else "green", "primary_active": True}
    shards = {str(at): shard(at) for at in range(5)}
    return {
        "cluster_name": "chef-backend", "status": whole, "timed_out": False,
        "number_of_nodes": online, "number_of_data_nodes": online, "active_primary_shards": 5 if index else 0,
        **counts(5 if index else 0, missing), "delayed_unassigned_shards": missing if online < total else 0,
        "number_of_pending_tasks": 0, "number_of_in_flight_fetch": 0, "task_max_waiting_in_queue_millis": 0,
        "active_shards_percent_as_number": 90.0 if missing else 100.0,
        "indices": {"chef": {"status": whole, **counts(5, missing), "shards": shards}} if index else {},
    }


def counts(primaries, missing):
    return {"active_shards": 2 * primaries - missing, "relocating_shards": 0, "initializing_shards": 0, "unassigned_shards": missing}
