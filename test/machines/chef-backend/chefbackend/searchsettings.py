"""`GET /_cluster/settings` of the search engine's stand-in, where nobody has set anything: its defaults since 5.0."""
import fnmatch
import re
from urllib.parse import parse_qs

from . import config

DISK = "cluster.routing.allocation.disk"


def answer(engine, query):
    asked = {key: values[-1] for key, values in parse_qs(query, keep_blank_values=True).items()}
    on = lambda name: asked.get(name, "false") != "false"
    whole = {"persistent": {}, "transient": {}}
    if config.at_least("5.0.0", engine) and on("include_defaults"):
        whole["defaults"] = defaults(engine) if on("flat_settings") else nested(defaults(engine))
    return filtered(whole, asked["filter_path"]) if asked.get("filter_path") else whole


def defaults(engine):
    found = {"threshold_enabled": "true", "watermark.low": "85%", "watermark.high": "90%"}
    if config.at_least("6.0.0", engine):
        found["watermark.flood_stage"] = "95%"
    return {f"{DISK}.{name}": value for name, value in found.items()}


def nested(flat):
    tree = {}
    for name, value in flat.items():
        *above, last = name.split(".")
        at = tree
        for word in above:
            at = at.setdefault(word, {})
        at[last] = value
    return tree


def filtered(whole, paths):
    """What the paths name. A dot goes one level down: a flat name is met by `*` or an escaped dot alone."""
    kept = {}
    for path in paths.split(","):
        merge(kept, pick(whole, [each.replace("\\.", ".") for each in re.split(r"(?<!\\)\.", path)]) or {})
    return kept


def pick(value, segments):
    if not segments or not isinstance(value, dict):
        return None if segments else value
    found = {key: pick(inner, segments[1:]) for key, inner in value.items() if fnmatch.fnmatchcase(key, segments[0])}
    return {key: inner for key, inner in found.items() if inner not in (None, {})} or None


def merge(into, other):
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value
