#!/usr/bin/python3
"""Answers over TLS on this machine, as the tests of HTTP need it.

usage: tls_server.py CERTIFICATE KEY [h2]

Prints its port. Each connection is answered with the body "secret", over HTTP/1.1, or with h2 over
HTTP/2 as far as one answer needs it (RFC 9113): every stream that begins gets the same.
"""

import socket
import ssl
import struct
import sys
import threading

DATA, HEADERS, SETTINGS, PING = 0, 1, 4, 6
ACK = END_STREAM = 1
END_HEADERS = 4
# ":status: 200", in the static table of RFC 7541.
STATUS_200 = b"\x88"


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(
        ">I", stream) + payload


def exactly(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def answer_h2(connection):
    exactly(connection, len(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
    connection.sendall(frame(SETTINGS, 0, 0))
    while True:
        head = exactly(connection, 9)
        length = int.from_bytes(head[:3], "big")
        kind, flags, stream = head[3], head[4], int.from_bytes(head[5:], "big")
        payload = exactly(connection, length)
        if kind == SETTINGS and not flags & ACK:
            connection.sendall(frame(SETTINGS, ACK, 0))
        elif kind == PING and not flags & ACK:
            connection.sendall(frame(PING, ACK, 0, payload))
        elif kind == HEADERS:
            connection.sendall(
                frame(HEADERS, END_HEADERS, stream, STATUS_200)
                + frame(DATA, END_STREAM, stream, b"secret"))


def answer(connection, context):
    try:
        with context.wrap_socket(connection, server_side=True) as secure:
            if secure.selected_alpn_protocol() == "h2":
                answer_h2(secure)
            while b"\r\n\r\n" not in secure.recv(65536):
                pass
            secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
    except (OSError, EOFError):
        pass  # Who does not trust it, or has heard enough, leaves.


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    context.set_alpn_protocols(sys.argv[3:] or ["http/1.1"])
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    while True:
        connection, _ = listening.accept()
        threading.Thread(target=answer, args=(connection, context), daemon=True).start()


main()
