#!/usr/bin/python3
"""Takes the place of llama-server for what the real one cannot be made to do."""

import http.server
import json
import os
import signal
import sys
import threading
import time

arguments = sys.argv[1:]


def value(name, otherwise=None):
    return arguments[arguments.index(name) + 1] if name in arguments else otherwise


def say(text):
    print(text, file=sys.stderr, flush=True)


port = int(value("--port"))
begin = time.monotonic()
load_seconds = float(value("--fake-load", "0"))
key = os.environ.get("LLAMA_API_KEY", "")
properties = {
    "model_path": value("-m"),
    "default_generation_settings": {"n_ctx": int(value("-c"))},
    "chat_template": "",
    "chat_template_caps": {"supports_tools": True},
    "modalities": {"vision": False},
}


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        is_loaded = time.monotonic() - begin >= load_seconds
        if self.path == "/health":
            self.answer(200 if is_loaded else 503, {})
        elif self.headers.get("Authorization") != f"Bearer {key}":
            self.answer(401, {})
        else:
            self.answer(200, properties)

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if "--fake-refuse" in arguments:
    say(value("--fake-refuse"))
    sys.exit(1)
if "--fake-deaf" in arguments:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
try:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Answers)
except OSError:
    say(f"couldn't bind HTTP server socket, hostname: 127.0.0.1, port: {port}")
    sys.exit(1)
if "--fake-crash" in arguments:

    def crash():
        say("GGML_ASSERT(false) failed")
        os.kill(os.getpid(), signal.SIGABRT)

    threading.Timer(float(value("--fake-crash")), crash).start()
server.serve_forever()
