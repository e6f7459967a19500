"""A kernel of its own in a folder of its own, and clients at its socket."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PATIENCE_SECONDS = 60.0


class Gone(Exception):
    """The kernel closed the connection."""


class Refused(Exception):
    """The kernel answered with an error."""


class Client:
    """One connection. Not for two threads at once. `listen` hears what becomes of its tasks."""

    def __init__(self, path, listen=None):
        self.buffer = b""
        self.last = 0
        self.listen = listen
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE_SECONDS)
        try:
            self.socket.connect(path)
        except OSError as error:
            self.socket.close()
            raise Gone(str(error)) from None
        self.welcome = self.ask("initialize", {"protocolVersion": 1, "client": "soak"})

    def ask(self, method, params):
        return self.answer(self.send(method, params))

    def send(self, method, params):
        self.last += 1
        message = {"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}
        try:
            self.socket.sendall(json.dumps(message).encode() + b"\n")
        except OSError as error:
            raise Gone(str(error)) from None
        return self.last

    def answer(self, wanted):
        while True:
            message = self.read()
            if message.get("method") == "task.changed" and self.listen:
                self.listen(message["params"])
            if message.get("id") != wanted or "method" in message:
                continue
            if "error" in message:
                raise Refused(message["error"]["message"])
            return message["result"]

    def read(self):
        while b"\n" not in self.buffer:
            try:
                piece = self.socket.recv(1 << 16)
            except socket.timeout:
                raise RuntimeError("the kernel did not answer within a minute") from None
            except OSError as error:
                raise Gone(str(error)) from None
            if not piece:
                raise Gone("the connection was closed")
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def close(self):
        self.socket.close()


class Kernel:
    """kernel serve, with its parent and its zygote."""

    def __init__(self, root, programs):
        self.root = root
        self.programs = programs
        self.folder = tempfile.mkdtemp(prefix="kernel-soak.")
        self.modules = os.path.join(self.folder, "modules")
        self.runtime = os.path.join(self.folder, "run")
        os.mkdir(self.modules)
        os.mkdir(self.runtime, 0o700)
        self.socket = os.path.join(self.runtime, "kernel", "kernel.sock")
        self.state = os.path.join(self.folder, ".local", "state", "kernel")
        self.program = None

    def configure(self, text):
        folder = os.path.join(self.folder, ".config", "kernel")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "kernel.toml"), "w", encoding="utf-8") as file:
            file.write(text)

    def build(self, fixture, name, *definitions):
        """Compiles a fixture of the tests, and moves it into place at once."""
        source = os.path.join(self.root, "Tests", "Modules", fixture + ".c")
        abi = os.path.join(self.root, "Sources", "ModuleABI")
        built = os.path.join(self.folder, "built-" + name)
        subprocess.run(
            ["clang", "-shared", "-fPIC", "-O1", "-std=c11", "-I" + abi + "/C/include", source,
             "-Wl,--version-script=" + abi + "/Linkage/module.version", "-Wl,-z,nodelete,-z,now",
             "-fuse-ld=lld", "-o", built, *("-D" + each for each in definitions)], check=True)
        return built

    def install(self, built, name):
        fresh = os.path.join(self.modules, name + ".fresh")
        shutil.copyfile(built, fresh)
        os.rename(fresh, os.path.join(self.modules, name))

    def start(self):
        environment = {
            "HOME": self.folder, "XDG_RUNTIME_DIR": self.runtime, "LANG": "C.UTF-8",
            "PATH": os.environ["PATH"]}
        self.log = open(os.path.join(self.folder, "serve.log"), "ab")
        self.program = subprocess.Popen(
            [os.path.join(self.programs, "kernel"), "serve"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=environment,
            cwd=self.folder)
        return self.connect()

    def connect(self, listen=None):
        """A client, as soon as there is a kernel that takes it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return Client(self.socket, listen)
            except (Gone, Refused) as error:
                if time.monotonic() > deadline or self.program.poll() is not None:
                    raise RuntimeError(
                        f"no kernel is in service: {error}: {self.last_words()}") from None
                time.sleep(0.002)

    def last_words(self):
        with open(os.path.join(self.folder, "serve.log"), encoding="utf-8",
                  errors="replace") as log:
            return log.read()[-2000:]

    # Its processes

    def beneath(self, number):
        """The children of a process."""
        found = []
        try:
            for thread in os.listdir(f"/proc/{number}/task"):
                with open(f"/proc/{number}/task/{thread}/children", encoding="utf-8") as file:
                    found += [int(each) for each in file.read().split()]
        except (FileNotFoundError, ProcessLookupError):
            pass
        return found

    def family(self):
        """The numbers of parent, kernel and zygote, as far as they are there, and the workers'."""
        found = {"parent": self.program.pid}
        above = self.program.pid
        for name in ("kernel", "zygote"):
            beneath = self.beneath(above)
            if not beneath:
                return found, []
            above = found[name] = beneath[0]
        return found, self.beneath(above)

    def kill(self, number, above):
        """SIGKILL, if it is still the process that it was: a child of `above`."""
        try:
            handle = os.pidfd_open(number)
        except ProcessLookupError:
            return False
        try:
            if number not in self.beneath(above):
                return False
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            return True
        except ProcessLookupError:
            return False
        finally:
            os.close(handle)

    def left(self):
        """Processes that still run with this folder as their home."""
        found = []
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            try:
                with open(f"/proc/{name}/environ", "rb") as file:
                    if f"HOME={self.folder}\0".encode() in file.read():
                        found.append(int(name))
            except OSError:
                continue
        return found

    def stop(self):
        """Asks it to end; returns its status, or None if it had to be killed."""
        self.program.send_signal(signal.SIGTERM)
        try:
            return self.program.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            return None

    def remove(self):
        """Nothing is left behind, however this ends."""
        if self.program and self.program.poll() is None:
            self.stop()
        deadline = time.monotonic() + 5
        while self.program and self.left() and time.monotonic() < deadline:
            time.sleep(0.05)
        for number in self.left() if self.program else []:
            os.kill(number, signal.SIGKILL)
        if self.program:
            self.program.wait()
            self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
