#!/usr/bin/python3
"""Says to a kernel's socket what it reads, one message a line, and prints each reply.

usage: wire_client.py SOCKET [--news] < MESSAGES

A message is a method and its parameters in JSON, with a space between; what it has heard before
stands for itself in them: "$N" is the member `message` of the Nth reply, counted from 0, and
"$N.call" the id of the first call in it. With --news everything that the kernel says in between is
printed as well.
"""

import json
import socket
import sys


def filled(value, replies):
    if isinstance(value, dict):
        return {name: filled(member, replies) for name, member in value.items()}
    if isinstance(value, list):
        return [filled(entry, replies) for entry in value]
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    number, _, member = value[1:].partition(".")
    message = replies[int(number)]["message"]
    if member == "call":
        return next(part["id"] for part in message["parts"] if part["type"] == "toolCall")
    return message


def main():
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(sys.argv[1])
    lines = connection.makefile("rwb")

    def ask(number, method, params):
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        lines.write(json.dumps(message).encode() + b"\n")
        lines.flush()
        for line in lines:
            answer = json.loads(line)
            if "method" in answer and "--news" in sys.argv:
                print(line.decode().rstrip(), flush=True)
            if answer.get("id") == number:
                return answer.get("result", answer.get("error"))
        raise EOFError("the kernel is gone")

    ask(-1, "initialize", {"protocolVersion": 1, "client": "test"})
    replies = []
    for number, line in enumerate(sys.stdin):
        method, params = line.split(" ", 1)
        replies.append(ask(number, method, filled(json.loads(params), replies)))
        print(json.dumps(replies[-1]), flush=True)


main()
