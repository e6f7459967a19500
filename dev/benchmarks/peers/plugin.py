"""Times the import of a plug-in of 30 lines, and its reload after a change. Prints milliseconds."""

import importlib
import json
import os
import sys
import time

BODY = '''
"""A plug-in of the usual size."""
import json

BUILD = {build}


def hello(name="world", times=1):
    """Greets somebody."""
    return "\\n".join(["Hello, " + name + "!"] * times)


def describe():
    return json.dumps(
        {{
            "name": "hello",
            "build": BUILD,
            "arguments": {{"name": "string", "times": "integer"}},
        }}
    )


def call(text):
    arguments = json.loads(text)
    return json.dumps({{"text": hello(**arguments), "build": BUILD}})


TASKS = {{"hello": hello}}
'''

folder, rounds = sys.argv[1], int(sys.argv[2])
sys.path.insert(0, folder)
sys.dont_write_bytecode = True


def write(name, build):
    path = os.path.join(folder, name + ".py")
    with open(path + ".new", "w") as file:
        file.write(BODY.format(build=build))
    os.rename(path + ".new", path)


def timed(work):
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1000


imports, reloads = [], []
for number in range(rounds):
    write(f"plugin{number}", number)
    importlib.invalidate_caches()
    imports.append(timed(lambda: importlib.import_module(f"plugin{number}").call("{}")))
module = importlib.import_module("plugin0")
for number in range(rounds):
    write("plugin0", 1000 + number)
    importlib.invalidate_caches()
    reloads.append(timed(lambda: importlib.reload(module).call("{}")))
    assert module.BUILD == 1000 + number
print(json.dumps({"import": sorted(imports)[rounds // 2], "reload": sorted(reloads)[rounds // 2]}))
