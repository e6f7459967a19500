"""One row and one commit for each task, as durable as ours. Prints how many a second."""

import json
import sqlite3
import sys
import time

SECONDS = 2

database = sqlite3.connect(sys.argv[1] + "/peer.db", isolation_level=None)
database.execute("PRAGMA journal_mode = WAL")
database.execute("PRAGMA synchronous = FULL")
database.execute("CREATE TABLE task (number INTEGER PRIMARY KEY, name TEXT, arguments TEXT)")
count = 0
begin = time.monotonic()
while time.monotonic() - begin < SECONDS:
    database.execute(
        "INSERT INTO task (name, arguments) VALUES (?, ?)",
        ("bench.work", '{"path":"/home/ann/notes.txt","lines":20}'),
    )
    count += 1
print(json.dumps({"rate": count / (time.monotonic() - begin)}))
