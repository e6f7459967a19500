"""usage: soak.py REPOSITORY PROGRAMS MINUTES [--kills [--kills-min NUMBER]] [--leak BYTES] [--json]

See dev/soak."""

import argparse
from collections import Counter
import json
import os
import random
import re
import signal
import sqlite3
import sys
import threading
import time

from kernel import Gone, Kernel, Refused
from ledger import ATTEMPTS_MAX, ENDS, Ledger, Order
from slopes import Series, census, sample

CALLERS = 3
SUBMITTERS = 4
SAMPLE_SECONDS = 2.0
# How often each of these happens.
RELOAD_SECONDS = 1.5
RELOAD_INSIDE_SECONDS = 6.0
MISBEHAVE_SECONDS = 0.5
RUDE_SECONDS = 0.5
LIFT_SECONDS = 0.3
KILL_SECONDS = (0.05, 2.5)
KILL_WORKER_SECONDS = (0.1, 1.0)
# Of kernels that live for less than three seconds, more than ten in a row are started later.
KILLS_IN_A_ROW = 8
REST_SECONDS = 3.5
# So many tasks of a client are open before it waits for half of them and looks what became of them.
OPEN_MAX = 200
# Others use the machine too.
CALLS_IN_A_ROW = 20
REST_OF_CALLERS_SECONDS = 0.02
# Between two batches of a client.
PAUSE_SECONDS = 0.02

CONFIGURATION = """
[kernel]
modules = ["{modules}"]
tasks_kept_max = {kept}
worker_idle_seconds = 2

[modules.labour]
isolation = "kernel"

[modules.inside]
isolation = "kernel"

[modules.labour.permissions]
write = ["+{lines}"]

[modules.toil.permissions]
write = ["+{lines}"]
"""

ECHOES = ("labour.echo", "labour.echo_main", "labour.echo_apart", "toil.echo", "toil.echo_apart")
ANSWERS = ("fixture.answer", "inside.answer")
WORKS = ("labour.once", "labour.again", "labour.apart", "labour.main", "labour.stumble",
         "toil.once", "toil.again", "toil.apart")
MISCHIEF = ("crash", "crash_apart", "hang", "hang_apart")


class Soak:
    def __init__(self, options):
        self.kernel = Kernel(options.repository, options.programs)
        self.seconds = options.minutes * 60
        self.kills = options.kills
        self.kills_min = options.kills_min
        self.leak = options.leak
        self.lines = os.path.join(self.kernel.folder, "lines", "ran")
        os.mkdir(os.path.dirname(self.lines))
        open(self.lines, "wb").close()
        self.ledger = Ledger(self.lines, self.kills)
        self.lock = threading.Lock()
        self.counts = {}
        self.problems = []
        self.acknowledged = []
        self.latencies = {}
        self.ends = threading.Event()
        self.comebacks = []
        self.process = None

    def count(self, what, number=1):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + number

    def problem(self, text):
        with self.lock:
            self.problems.append(text)

    def connect(self):
        client = self.kernel.connect(self.hear)
        if client.welcome["process"] != self.process and not self.kills:
            self.problem(f"the kernel died: {self.kernel.last_words()}")
            self.process = client.welcome["process"]
        return client

    def hear(self, event):
        problem = self.ledger.heard(event)
        if problem:
            self.problem(problem)

    # What goes on at once

    def keep_calling(self, name):
        """A client that calls and calls, with a new connection now and then."""
        numbers = random.Random(name)
        while not self.ends.is_set():
            client = self.connect()
            try:
                for number in range(numbers.randrange(20, 2_000)):
                    if self.ends.is_set():
                        break
                    self.call(client, numbers)
                    if number % CALLS_IN_A_ROW == 0:
                        self.ends.wait(REST_OF_CALLERS_SECONDS)
                self.count("connections")
            except Gone:
                self.lost_connection()
            finally:
                client.close()

    def keep_submitting(self, name):
        """A client that hands in durable tasks, and looks later what became of them. What was not
        acknowledged is handed in again with the same keys."""
        numbers = random.Random(name)
        open_tasks, unsure = [], []
        while not self.ends.is_set():
            client = self.connect()
            try:
                for _ in range(numbers.randrange(5, 100)):
                    if self.ends.is_set():
                        break
                    unsure = unsure or self.batch(numbers, name)
                    open_tasks += self.submit(client, unsure)
                    unsure = []
                    if len(open_tasks) > OPEN_MAX and not self.kills:
                        half = len(open_tasks) // 2
                        self.check(client, open_tasks[:half], open_tasks)
                        open_tasks = open_tasks[half:]
                    self.ends.wait(PAUSE_SECONDS)
                self.count("connections")
            except Gone:
                self.lost_connection()
            finally:
                client.close()
        client = self.connect()
        if unsure:
            open_tasks += self.submit(client, unsure)
        if not self.kills:
            self.check(client, open_tasks, open_tasks)
        client.close()

    def lost_connection(self):
        if not self.kills:
            self.problem("a connection was lost")

    def call(self, client, numbers):
        task = numbers.choice(ECHOES if numbers.randrange(3) else ANSWERS)
        if self.leak:
            task = "labour.echo"
        begin = time.monotonic()
        try:
            outcome = client.ask("call.run", {"task": task, "text": "hello"})
        except Refused as refusal:
            return self.problem(f"{task} was refused: {refusal}")
        self.latencies.setdefault(task, []).append(time.monotonic() - begin)
        self.count("calls")
        wanted = ("one", "two") if task in ANSWERS else ("hello",)
        if outcome["status"] == "ok" and outcome["value"] in wanted:
            return None
        if self.kills and outcome["status"] in ("failed", "busy"):
            return self.count("calls that a kill cost")
        return self.problem(f"{task}: {outcome}")

    def batch(self, numbers, name):
        """Tasks to be handed in, the later ones sometimes to begin after the first."""
        orders = []
        for _ in range(numbers.randrange(1, 6)):
            after = orders[0].key if orders and numbers.randrange(4) == 0 else None
            key = f"{name}-{numbers.getrandbits(48):012x}"
            orders.append(Order(key, numbers.choice(WORKS), after))
        return orders

    def submit(self, client, orders):
        """Hands tasks in; the same orders again give the same tasks, by their keys."""
        wanted = []
        for order in orders:
            task = {"task": order.task, "text": f"{self.lines}\t{order.key}", "key": order.key}
            if order.is_idempotent:
                task["attempts"] = ATTEMPTS_MAX
            if order.after:
                task["after"] = ["#0"]
            wanted.append(task)
        begin = time.monotonic()
        reply = client.ask("task.submit", {"tasks": wanted})
        self.latencies.setdefault("task.submit", []).append(time.monotonic() - begin)
        for order, view in zip(orders, reply["tasks"], strict=True):
            if view["key"] != order.key or view["task"] != order.task:
                self.problem(f"{order.key} was acknowledged as {view}")
            order.id = view["id"]
        with self.lock:
            self.acknowledged += orders
        self.count("tasks", len(orders))
        return orders

    def check(self, client, orders, all_orders):
        """Waits until tasks have ended, and compares what ran with what is on record."""
        shown = []
        for order in orders:
            try:
                while client.ask("task.wait", {"id": order.id, "timeoutSeconds": 50})[
                        "state"] not in ENDS:
                    if time.monotonic() > self.patience_ends():
                        break
                shown.append((order, client.ask("task.show", {"id": order.id})))
            except Refused as refusal:
                self.problem(f"task {order.id} was acknowledged and is lost: {refusal}")
        self.ledger.read()
        by_key = {order.key: order for order in all_orders}
        for order, details in shown:
            if details["task"]["state"] not in ENDS:
                self.problem(f"{order.task} {order.id} does not end: {details['task']}")
                continue
            self.count(details["task"]["state"])
            self.count("attempts", len(details.get("attempts", [])))
            self.count("attempts interrupted", sum(
                each.get("end") == "interrupted" for each in details.get("attempts", [])))
            for text in self.ledger.compare(order, details, by_key):
                self.problem(text)

    def patience_ends(self):
        return self.begin + self.seconds + 300

    def reload(self, module, builds, seconds):
        while not self.ends.wait(seconds):
            builds.append(builds.pop(0))
            self.kernel.install(builds[0], module)
            self.count("reloads")

    def misbehave(self):
        """Calls that crash and hang: they fail, and nobody else notices."""
        numbers = random.Random("mischief")
        while not self.ends.wait(MISBEHAVE_SECONDS):
            client = self.connect()
            try:
                what = numbers.choice(MISCHIEF)
                outcome = client.ask("call.run", {
                    "task": f"victim.{what}", "text": "", "timeoutSeconds": 0.2})
                self.count("misbehaviours")
                wanted = ("failed", "busy", "deadline")
                if outcome["status"] not in wanted or not outcome["message"]:
                    self.problem(f"victim.{what}: {outcome}")
            except Gone:
                if not self.kills:
                    self.problem("misbehaviour of a module cost a connection")
            except Refused as refusal:
                self.problem(f"a misbehaving call was refused: {refusal}")
            finally:
                client.close()

    def lift(self):
        """Whatever is quarantined comes back by hand."""
        while not self.ends.wait(LIFT_SECONDS):
            client = self.connect()
            try:
                listed = client.ask("module.list", {})
                for module in listed if isinstance(listed, list) else listed["modules"]:
                    if module["state"] == "quarantined":
                        client.ask("module.lift", {"id": module["id"]})
                        self.count("quarantines lifted")
            except Gone:
                self.lost_connection()
            finally:
                client.close()

    def be_rude(self):
        """Clients that leave in the middle: of a call, of a line, of an answer."""
        numbers = random.Random("rude")
        while not self.ends.wait(RUDE_SECONDS):
            client = self.connect()
            try:
                for _ in range(numbers.randrange(1, 30)):
                    client.send("call.run", {"task": "labour.echo", "text": "x" * 1000})
                client.send("call.run", {"task": "victim.hang_apart", "text": ""})
                client.send("task.watch", {})
                client.socket.sendall(b'{"jsonrpc": "2.0", "id": 7, "met')
            except (Gone, OSError):
                pass
            finally:
                client.close()
            self.count("rude clients")

    def kill_kernels(self):
        numbers = random.Random(7)
        while not self.ends.wait(numbers.uniform(*KILL_SECONDS)):
            family, _ = self.kernel.family()
            killed = family.get("kernel")
            if killed is None or not self.kernel.kill(killed, family["parent"]):
                continue
            begin = time.monotonic()
            while True:
                client = self.kernel.connect()
                client.close()
                if client.welcome["process"] != killed:
                    break
            self.comebacks.append((time.monotonic() - begin) * 1_000)
            self.count("kills of the kernel")
            if len(self.comebacks) % KILLS_IN_A_ROW == 0:
                self.ends.wait(REST_SECONDS)

    def kill_workers(self):
        numbers = random.Random(8)
        while not self.ends.wait(numbers.uniform(*KILL_WORKER_SECONDS)):
            family, workers = self.kernel.family()
            if workers and self.kernel.kill(numbers.choice(workers), family["zygote"]):
                self.count("kills of workers")

    def measure(self, series):
        client = self.connect()
        while not self.ends.wait(SAMPLE_SECONDS):
            listed = client.ask("module.list", {})
            modules = listed if isinstance(listed, list) else listed["modules"]
            kept = sum(each.get("keptBytes", 0) for each in modules)
            family, workers = self.kernel.family()
            for name, number in family.items():
                values = sample(number)
                if values:
                    bytes_kept = kept if name == "kernel" else 0
                    series[name].add(
                        time.monotonic() - self.begin, bytes_kept, values, census(number))
            self.measure_workers(series["workers"], workers)
        client.close()

    def measure_workers(self, series, workers):
        """They come and go, so that it is all of them together which must not grow."""
        values = [each for each in (sample(number) for number in workers) if each]
        counted = sum((census(number) for number in workers), Counter())
        total = tuple(map(sum, zip(*values))) if values else (0, 0, 0, 0)
        series.add(time.monotonic() - self.begin, 0, total, counted)

    # The whole

    def prepare(self):
        kept = 1_000_000 if self.kills else 1_000
        self.kernel.configure(CONFIGURATION.format(
            modules=self.kernel.modules, kept=kept, lines=os.path.dirname(self.lines)))
        build = self.kernel.build
        leak = [f"LABOUR_LEAK={self.leak}"] if self.leak else []
        self.kernel.install(build("labour", "labour.so", *leak), "labour.so")
        self.kernel.install(
            build("labour", "victim.so", 'FIXTURE_ID="victim"'), "victim.so")
        builds = {"toil.so": [
            build("labour", f"toil-{each}.so", 'FIXTURE_ID="toil"', f'FIXTURE_VERSION="1.0.{each}"')
            for each in (1, 2)]}
        for name in ("fixture", "inside"):
            builds[name + ".so"] = [
                build("answer", f"{name}-{each}.so", f'FIXTURE_ANSWER="{each}"',
                      f'FIXTURE_ID="{name}"') for each in ("one", "two")]
        for name, each in builds.items():
            self.kernel.install(each[0], name)
        return builds

    def run(self):
        builds = self.prepare()
        self.begin = time.monotonic()
        client = self.kernel.start()
        self.process = client.welcome["process"]
        client.close()
        series = {name: Series(name) for name in ("kernel", "zygote", "parent", "workers")}
        jobs = [lambda name=f"c{number}": self.keep_calling(name) for number in range(CALLERS)]
        jobs += [
            lambda name=f"s{number}": self.keep_submitting(name) for number in range(SUBMITTERS)]
        jobs += [
            lambda: self.reload("fixture.so", builds["fixture.so"], RELOAD_SECONDS),
            lambda: self.reload("toil.so", builds["toil.so"], 2 * RELOAD_SECONDS),
            lambda: self.reload("inside.so", builds["inside.so"], RELOAD_INSIDE_SECONDS),
            self.misbehave, self.lift, self.be_rude]
        if self.kills:
            jobs += [self.kill_kernels, self.kill_workers]
        else:
            jobs.append(lambda: self.measure(series))
        threads = [threading.Thread(target=self.guarded, args=(job,)) for job in jobs]
        for thread in threads:
            thread.start()
        self.ends.wait(self.seconds)
        # A busy machine kills more slowly: it gets three times as long.
        while (self.kills and len(self.comebacks) < self.kills_min and not self.ends.is_set()
               and time.monotonic() - self.begin < 3 * self.seconds + 60):
            self.ends.wait(1)
        self.ends.set()
        for thread in threads:
            thread.join()
        self.took = time.monotonic() - self.begin
        self.settle()
        if self.kills and len(self.comebacks) < self.kills_min:
            self.problem(f"{len(self.comebacks)} kills of the kernel, not {self.kills_min}")
        if self.kills_min and not self.counts.get("kills of workers"):
            self.problem("no worker was killed")
        for each in series.values():
            self.problems += each.problems() if each.samples else []
        return series

    def guarded(self, job):
        try:
            job()
        except Exception as error:  # whatever it is, it is told at the end
            self.problem(f"{type(error).__name__}: {error}")
            self.ends.set()

    def settle(self):
        """Afterwards: every task, the database, and how all ends."""
        client = self.connect()
        if self.kills:
            self.check(client, self.acknowledged, self.acknowledged)
        health = client.ask("health.check", {"full": True})
        for text in health.get("databaseProblems", ["the health of the database is not told"]):
            self.problem(f"the database: {text}")
        client.close()
        status = self.kernel.stop()
        if status != 0:
            self.problem(f"the kernel ended with status {status}: {self.kernel.last_words()}")
        database = sqlite3.connect(os.path.join(self.kernel.state, "kernel.db"))
        for check in ("integrity_check", "foreign_key_check"):
            for row in database.execute(f"PRAGMA {check}"):
                if row != ("ok",):
                    self.problem(f"{check}: {row}")
        database.close()

    def quantiles(self):
        found = {}
        for name, seconds in sorted(self.latencies.items()):
            ordered = sorted(seconds)
            found[name] = [
                1_000 * ordered[min(len(ordered) - 1, int(len(ordered) * part))]
                for part in (0.5, 0.95, 0.99, 1)]
        return found

    def rates(self):
        return {what: self.counts.get(what, 0) / self.took for what in ("calls", "tasks")}

    def comeback(self):
        times = sorted(self.comebacks)
        return {"median": times[len(times) // 2], "p95": times[len(times) * 95 // 100],
                "slowest": times[-1]} if times else {}

    def report(self, series):
        print(f"{self.took:.0f} s: " + ", ".join(
            f"{number} {what}" for what, number in sorted(self.counts.items())))
        print(", ".join(f"{rate:.0f} {what}/s" for what, rate in self.rates().items()))
        for name, values in self.quantiles().items():
            print(f"{name:18} " + ", ".join(
                f"{label} {value:.2f}" for label, value in zip(
                    ("median", "p95", "p99", "slowest"), values)) + " ms")
        for each in series.values():
            if each.samples:
                print(each.line())
        if self.comebacks:
            print("SIGKILL of the kernel to the next welcome: " + ", ".join(
                f"{label} {value:.1f}" for label, value in self.comeback().items()) + " ms")
        alike = {}
        for text in self.problems:
            alike.setdefault(re.sub(r"[0-9.]+", "#", text)[:200], []).append(text)
        for texts in alike.values():
            more = f" (and {len(texts) - 1} like it)" if len(texts) > 1 else ""
            print(f"problem: {texts[0]}{more}")
        print("nothing was lost, wrong or without a record" if not self.problems else "FAILED")

    def as_json(self, series):
        return {
            "seconds": self.took, "counts": self.counts, "rates": self.rates(),
            "latencies": self.quantiles(), "comeback": self.comeback(),
            "slopes": {name: each.slopes() for name, each in series.items() if each.samples},
            "problems": self.problems}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("repository")
    parser.add_argument("programs")
    parser.add_argument("minutes", type=float)
    parser.add_argument("--kills", action="store_true")
    parser.add_argument("--kills-min", type=int, default=0)
    parser.add_argument("--leak", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    options.programs = os.path.abspath(options.programs)
    options.repository = os.path.abspath(options.repository)
    soak = Soak(options)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: soak.ends.set())
    try:
        series = soak.run()
        if options.json:
            print(json.dumps(soak.as_json(series)))
        else:
            soak.report(series)
    finally:
        soak.ends.set()
        soak.kernel.remove()
    return 1 if soak.problems else 0


sys.exit(main())
