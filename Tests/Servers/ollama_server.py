#!/usr/bin/python3
"""A stand-in for Ollama, written from its documentation (docs/api.md) and from how its server
treats what it is sent: no code of Ollama, and no model. It knows three models (see MODELS), says
what it was asked, and calls the first tool that it is given. `GET /asked` tells every request
that came.
"""

import http.server
import json
import threading
import time

WHEN = "2026-05-04T17:37:44.706015396-07:00"
# With what each can do, and how many tokens it could take.
MODELS = {
    "able:latest": (["completion", "tools", "vision", "thinking"], 16384),
    "plain:latest": (["completion"], 2048),
    "numbers:latest": (["embedding"], 512),
}
# Of a chat that says nothing of it.
USUAL_WINDOW = 4096
SIZE = 1 << 30
PIECES = 20

lock = threading.Lock()
loaded = {}
asked = []


def whole(name):
    return name if ":" in name else name + ":latest"


def details():
    return {"format": "gguf", "family": "llama", "parameter_size": "1B"}


def words(messages):
    return sum(len(message.get("content", "").split()) for message in messages)


def fits(messages, window):
    return words(messages) <= window


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        with lock:
            asked.append({"path": self.path})
        if self.path == "/asked":
            self.answer(asked)
        elif self.path == "/api/version":
            self.answer({"version": "0.0.0-stand-in"})
        elif self.path == "/api/tags":
            models = [
                {"name": name, "model": name, "modified_at": WHEN, "size": SIZE, "digest": "d",
                 "details": details(), "capabilities": MODELS[name][0]} for name in MODELS]
            self.answer({"models": models + [{"size": 1, "digest": "of nothing"}]})
        elif self.path == "/api/ps":
            with lock:
                self.answer({"models": [
                    {"name": name, "model": name, "size": SIZE, "digest": "d", "details": details(),
                     "expires_at": WHEN, "size_vram": 0, "context_length": window}
                    for name, window in loaded.items()]})
        else:
            self.answer({"error": "not found"}, 404)

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length))
        with lock:
            asked.append({"path": self.path, **body})
        {"/api/show": self.show, "/api/chat": self.chat, "/api/pull": self.pull}[self.path](body)

    def show(self, body):
        name = whole(body["model"])
        if name not in MODELS:
            return self.answer({"error": f"model '{body['model']}' not found"}, 404)
        abilities, window = MODELS[name]
        self.answer({
            "parameters": "", "template": "{{ .Prompt }}", "details": details(),
            "model_info": {"general.architecture": "llama", "llama.context_length": window},
            "capabilities": abilities, "modified_at": WHEN})

    def chat(self, body):
        name = whole(body["model"])
        if name not in MODELS:
            return self.answer({"error": f"model '{body['model']}' not found"}, 404)
        abilities, _ = MODELS[name]
        if "completion" not in abilities:
            return self.answer({"error": f'"{name}" does not support chat'}, 400)
        messages = body.get("messages", [])
        window = body.get("options", {}).get("num_ctx", USUAL_WINDOW)
        if not messages:
            return self.load(name, window, body.get("keep_alive"))
        if body.get("tools") and "tools" not in abilities:
            full = f"registry.ollama.ai/library/{name}"
            return self.answer({"error": f"{full} does not support tools"}, 400)
        if body.get("think") and "thinking" not in abilities:
            return self.answer({"error": f'"{name}" does not support thinking'}, 400)
        if not fits(messages, window):
            if body.get("truncate") is False:
                return self.answer({"error": "the input length exceeds the context length"}, 400)
            while len(messages) > 1 and not fits(messages, window):
                messages = messages[1:]
        with lock:
            loaded[name] = window
        self.stream(self.lines(name, messages, body))

    def load(self, name, window, keep_alive):
        with lock:
            if keep_alive == 0:
                loaded.pop(name, None)
            else:
                loaded[name] = window
        reason = "unload" if keep_alive == 0 else "load"
        self.answer({"model": name, "created_at": WHEN, "done": True, "done_reason": reason,
                     "message": {"role": "assistant", "content": ""}})

    def lines(self, name, messages, body):
        def line(message, **more):
            return {"model": name, "created_at": WHEN, "done": False,
                    "message": {"role": "assistant", "content": "", **message}, **more}

        last = messages[-1]
        images = [image for message in messages for image in message.get("images", [])]
        if body.get("think"):
            yield line({"thinking": "Well …"})
        if body.get("tools") and last["role"] == "user":
            function = body["tools"][0]["function"]
            needed = function["parameters"].get("required", [])
            call = {"function": {"index": 0, "name": function["name"],
                                 "arguments": {name: last["content"] for name in needed}}}
            yield line({"tool_calls": [{"id": "call_1", **call}]})
        else:
            said = f"{len(messages)} said: {last['content']}"
            if images:
                said += f" (with {len(images)} images, {sum(map(len, images))} letters)"
            for word in said.split(" "):
                yield line({"content": word + " "})
        yield {**line({}), "done": True, "done_reason": "stop", "total_duration": 1,
               "prompt_eval_count": words(messages), "eval_count": 7}

    def pull(self, body):
        self.stream(self.pulled(whole(body["model"])))

    def pulled(self, name):
        yield {"status": "pulling manifest"}
        if name.startswith("missing"):
            yield {"error": "pull model manifest: file does not exist"}
            return
        for piece in range(PIECES + 1):
            yield {"status": "pulling 2af3b81862c6", "digest": "sha256:2af3b81862c6", "total": SIZE,
                   "completed": SIZE * piece // PIECES}
            time.sleep(0.02)
        for status in ["verifying sha256 digest", "writing manifest", "success"]:
            yield {"status": status}
        MODELS[name] = (["completion"], 2048)

    def stream(self, lines):
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for line in lines:
            piece = json.dumps(line).encode() + b"\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def answer(self, content, status=200):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
