"""The service leaderl: posts this node's state to etcd, and carries the VIP while this node leads.

Who leads is Patroni's decision (the service postgresql). Intervals are chef-backend.rb's."""
import os
import signal
import sys
import threading
import time

from . import config, etcd, patroni, statusboard, vip

# For so many seconds after it follows another leader a former one is called a deposed leader.
DEPOSED = 4
ended = threading.Event()


def main():
    # Waited for, not handled: a handler runs only when the main thread wakes up, which is not certain.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    threads = [threading.Thread(target=loop, daemon=True) for loop in (keep_vip, post_status, start_in_pause)]
    for thread in threads:
        thread.start()
    signal.sigwait([signal.SIGTERM])
    ended.set()
    for thread in threads:
        thread.join(3)
    vip.drop()
    os._exit(0)  # a thread that still waits for somebody must not keep it


def every(seconds, action):
    while not ended.is_set():
        try:
            action()
        except Exception as error:  # a daemon goes on: etcd or Patroni may be restarting
            print(f"{action.__name__}: {error}", flush=True)
        ended.wait(seconds)


def keep_vip():
    def look():
        if patroni.holds_lead() and not ended.is_set():
            vip.take()
        else:
            vip.drop()

    # As often as leaderl checks its services' health, but not slower than twice a second: it is what clients wait for.
    every(min(0.5, config.seconds("leaderl.health_check.interval_seconds", 5)), look)


def post_status():
    internal = config.seconds("leaderl.status_internal_update_interval_seconds", 5)
    post = config.seconds("leaderl.status_post_update_interval_seconds", 10)
    board = Board(2 * post + internal + 3)
    last, lead = 0.0, Lead()

    def look():
        nonlocal last
        state = statusboard.own_state()
        if lead.was_lost(state):
            state.update(role="deposed_leader", follows="", eligible=False)
        if time.monotonic() - last >= post - 0.05:
            board.post(state)
            last = time.monotonic()

    every(internal, look)
    board.leave()


class Lead:
    """Whether a node that follows has led until a moment ago."""

    led, follows_since = False, None

    def was_lost(self, state):
        if state["role"] == "leader":
            self.led, self.follows_since = True, None
        if not self.led or state["role"] != "follower":
            return False
        if self.follows_since is None and state["pg"] == "follower":
            self.follows_since = time.monotonic()
        self.led = self.follows_since is None or time.monotonic() - self.follows_since < DEPOSED
        return self.led


class Board:
    """This node's place on the board: gone when the node is."""

    def __init__(self, seconds):
        self.seconds, self.lease = seconds, None

    def post(self, state):
        if self.lease is None or not etcd.keep_alive(self.lease):
            self.lease = etcd.lease(self.seconds)
        etcd.put(statusboard.KEY + state["guid"], state, self.lease)

    def leave(self):
        try:
            if self.lease is not None:
                etcd.revoke(self.lease)
        except etcd.Unavailable:
            pass  # it runs out by itself


def start_in_pause():
    def look():
        mine = patroni.me()
        if mine.get("pause") and mine.get("state") in ("stopped", "start failed", "crashed"):
            print(f"PostgreSQL is {mine['state']} while failover is off: starting it", flush=True)
            patroni.start_postgresql()

    every(1, look)


if __name__ == "__main__":
    sys.exit(main())
