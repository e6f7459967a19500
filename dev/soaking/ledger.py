"""What was handed in and acknowledged, what ran, and what the kernel has on record about it."""

import threading

ENDS = ("done", "failed", "cancelled", "interrupted")
ATTEMPTS_MAX = 6


class Order:
    """A durable task as a client wanted it."""

    def __init__(self, key, task, after=None):
        self.key = key
        self.task = task
        self.after = after
        self.id = None

    @property
    def is_idempotent(self):
        return not self.task.endswith(".once")


class Ledger:
    """Compares. `tolerates`: kernels and workers are killed, which costs attempts."""

    def __init__(self, lines, tolerates):
        self.path = lines
        self.tolerates = tolerates
        self.lock = threading.Lock()
        self.ran = {}
        self.place = {}
        self.offset = 0
        self.count = 0
        self.announced = {}

    def heard(self, event):
        """News of a task; returns what is wrong with it."""
        if event["state"] not in ENDS:
            return None
        with self.lock:
            before = self.announced.setdefault(event["id"], event["state"])
        if before != event["state"]:
            return f"task {event['id']} was {before}, and then {event['state']}"
        return None

    def read(self):
        """Takes in the lines that were written since."""
        with self.lock, open(self.path, "rb") as file:
            file.seek(self.offset)
            news = file.read()
            news = news[:news.rfind(b"\n") + 1]
            self.offset += len(news)
            for line in news.decode().splitlines():
                self.ran[line] = self.ran.get(line, 0) + 1
                self.count += 1
                self.place.setdefault(line, self.count)

    def compare(self, order, shown, others):
        """What is wrong with the record of a task that has ended; `others`: orders by key."""
        view, attempts = shown["task"], shown.get("attempts", [])
        ends = [each.get("end") for each in attempts]
        ran, state = self.ran.get(order.key, 0), view["state"]
        name = f"{order.task} {view['id']}"
        found = []
        announced = self.announced.get(order.id, state)
        if announced != state:
            found.append(f"{name} was announced as {announced} and is {state}")
        if ran > len([end for end in ends if end != "released"]):
            found.append(f"{name} ran {ran} times; on record: {ends}")
        if None in ends:
            found.append(f"{name} has ended, and an attempt of it has not: {ends}")
        if (state == "done") != (ends.count("succeeded") == 1):
            found.append(f"{name} is {state}; its attempts: {ends}")
        if state == "done" and ran == 0:
            found.append(f"{name} is done and never ran")
        if ran > 1 and not order.is_idempotent:
            found.append(f"{name} may run once and ran {ran} times: {ends}")
        if not self.may_be(order, view, ends):
            found.append(f"{name} is {state} after {ends}: {view.get('message')}")
        before = others.get(order.after)
        if before and ran and self.place.get(before.key, self.count + 1) > self.place[order.key]:
            found.append(f"{name} ran before {before.id}, which it waits for")
        return found

    def may_be(self, order, view, ends):
        state = view["state"]
        if state == "done":
            return True
        if state == "cancelled":
            return order.after is not None and not ends
        if state == "failed" and order.task.endswith(".stumble"):
            return ends.count("failed") == ATTEMPTS_MAX
        if not self.tolerates:
            return False
        if state == "interrupted":
            return not order.is_idempotent and ends[-1:] == ["interrupted"]
        return state == "failed" and ends.count("failed") == (
            ATTEMPTS_MAX if order.is_idempotent else 1)
