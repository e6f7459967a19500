"""What processes take of the machine as time goes by, as straight lines, and when that is too much.

A line is drawn through the last two thirds of the samples by least squares; the first third is for
pools, caches and lists that fill up. Workers are one series, all of them together. Memory is what a
process has for itself, which is RSS without the pages of files: those come and go as the system
pleases, so that RSS is printed and not judged. It grows if the line rises from end to end by more than
BYTES_MAX, however long that is, and what replaced builds are known to keep (`keptBytes` of the
kernel's list of modules); a number grows if its line rises by more than COUNT_MAX: pools of threads
follow the busiest moment up to their limit. Twice the standard error is taken off before. So a leak
of 100 bytes a call is found once there were 63,000 calls after the first third, and one of 100
bytes a task after as many tasks."""

import collections
import os

BYTES_MAX = 6 << 20
COUNT_MAX = 16
SAMPLES_MIN = 30
COLUMNS = ("RSS", "own", "descriptors", "threads")


def sample(number):
    """Bytes in memory, bytes of its own, descriptors and threads; None if the process is gone."""
    sizes = {"Rss": 0, "Anonymous": 0, "Pss_Shmem": 0}
    try:
        with open(f"/proc/{number}/smaps_rollup", encoding="utf-8") as file:
            for line in file:
                name, _, rest = line.partition(":")
                if name in sizes:
                    sizes[name] = int(rest.split()[0]) << 10
        return (sizes["Rss"], sizes["Anonymous"] + sizes["Pss_Shmem"],
                len(os.listdir(f"/proc/{number}/fd")), len(os.listdir(f"/proc/{number}/task")))
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None


def census(number):
    """What threads and descriptors there are, by kind."""
    found = collections.Counter()
    try:
        for thread in os.listdir(f"/proc/{number}/task"):
            with open(f"/proc/{number}/task/{thread}/comm", encoding="utf-8") as file:
                found["thread " + file.read().strip()] += 1
        for descriptor in os.listdir(f"/proc/{number}/fd"):
            kind = os.readlink(f"/proc/{number}/fd/{descriptor}")
            found["descriptor " + kind.split("[")[0]] += 1
    except OSError:
        pass
    return found


def line_through(points):
    """Slope a second, and its standard error."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    if count < 3 or spread == 0:
        return 0.0, 0.0
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    rest = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in points)
    return slope, (rest / (count - 2) / spread) ** 0.5


class Series:
    """Samples of one process: seconds, bytes kept of replaced builds, and COLUMNS."""

    def __init__(self, name):
        self.name = name
        self.samples = []
        self.counted = []

    def add(self, seconds, kept, values, counted):
        self.samples.append((seconds, kept, *values))
        self.counted.append(counted)

    def settled(self):
        return self.samples[len(self.samples) // 3:]

    def rise(self, column):
        """Slope an hour, and by how much the line surely rose from end to end."""
        rows = self.settled()
        slope, error = line_through([(row[0], row[2 + column]) for row in rows])
        return slope * 3600, (slope - 2 * error) * (rows[-1][0] - rows[0][0])

    def allowance(self, column):
        if column >= 2:
            return COUNT_MAX
        first, last = self.settled()[0], self.samples[-1]
        return max(0, last[1] - first[1]) + BYTES_MAX

    def news(self):
        """What there is more of than a third into the time."""
        more = self.counted[-1] - self.counted[len(self.counted) // 3]
        return ", ".join(f"{count} {kind}" for kind, count in more.most_common(12))

    def is_judged(self):
        return len(self.samples) >= SAMPLES_MIN

    def problems(self):
        if not self.is_judged():
            return []
        found = []
        for column, name in enumerate(COLUMNS):
            slope, rise = self.rise(column)
            if column > 0 and rise > self.allowance(column):
                found.append(f"{self.name}: {name} grows by {slope:.0f} an hour; "
                             f"more than before: {self.news()}")
        return found

    def slopes(self):
        """By column: first and last value and slope an hour, memory in KiB."""
        first, last = self.settled()[0], self.samples[-1]
        result = {}
        for column, name in enumerate(COLUMNS):
            scale = 1024 if column < 2 else 1
            result[name] = (first[2 + column] / scale, last[2 + column] / scale,
                            self.rise(column)[0] / scale)
        return result

    def line(self):
        parts = []
        for name, (old, new, slope) in self.slopes().items():
            unit = " KiB" if name in COLUMNS[:2] else ""
            parts.append(f"{name} {old:.0f} to {new:.0f}{unit} ({slope:+.0f} an hour)")
        first, last = self.settled()[0], self.samples[-1]
        if last[1] > first[1]:
            parts[1] += f", of which replaced builds keep {(last[1] - first[1]) >> 10} KiB"
        verdict = "too short to judge"
        if self.is_judged():
            verdict = "GROWS" if self.problems() else "flat"
        return f"{self.name:8} " + ", ".join(parts) + f": {verdict}"
