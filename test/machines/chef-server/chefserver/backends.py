"""The cluster behind a frontend: the leader's PostgreSQL, which has the schema, and its search engine."""
import json
import urllib.error
import urllib.request

import psycopg2

from . import config


def query(sql, *values):
    """Rows of a statement on the leader's PostgreSQL."""
    try:
        connection = psycopg2.connect(host=config.vip(), user="lab", dbname="lab", connect_timeout=3)
    except psycopg2.Error as error:
        raise config.Failed(f"ERROR: cannot reach PostgreSQL on the Chef Backend cluster: {error}")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else []
    except psycopg2.Error as error:
        raise config.Failed(f"ERROR: PostgreSQL on the Chef Backend cluster: {error}")
    finally:
        connection.close()


def search(path):
    """Status and answer of the search engine; 0 where it is not reached."""
    try:
        with urllib.request.urlopen(f"http://{config.vip()}:9200{path}", timeout=3) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, {}
    except (OSError, ValueError):
        return 0, {}


def make_index():
    """The index, where the search engine has none."""
    request = urllib.request.Request(f"http://{config.vip()}:9200/chef", data=b"{}", method="PUT")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=3):
        pass


def schema():
    """Release and migration level of the schema; None while there is none."""
    query("create table if not exists chef_schema (release text, level int)")
    rows = query("select release, level from chef_schema")
    return rows[0] if rows else None


def write_schema(release, level):
    query("delete from chef_schema; insert into chef_schema values (%s, %s)", release, level)


def health():
    """What /_status says of its upstreams."""
    try:
        query("select 1")
        sql = "pong"
    except config.Failed:
        sql = "fail"
    found = search("/_cluster/health")[1].get("status")
    return {"chef_sql": sql, "chef_elasticsearch": "pong" if found in ("green", "yellow") else "fail"}
