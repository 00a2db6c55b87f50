# SPDX-License-Identifier: MIT
"""What the benches with a server share: programs, a dev server, workers, their CPU time and memory, a table.

BUILD is the folder of the build and VENV that of the virtual environment. Only what a bench started is ended by it.
"""
import json
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("BUILD", "build/gcc")).resolve()
VENV = pathlib.Path(os.environ.get("VENV", "build/venv")).resolve()
QUICK = bool(os.environ.get("QUICK"))
PYTHON = str(VENV / "bin/python")
GO_WORKER = BUILD / "bench/go-peer"
LOAD = str(BUILD / "bench/load")
PYTHON_WORKER = [PYTHON, str(HERE / "peers/py/worker.py")]
QUEUE = "bench"
ENVIRONMENT = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
PATIENCE = 900  # seconds, for one step; a bench that takes longer hangs

# The dev server has one shard of histories, and reads its queue of transfers 20 times a second unless told otherwise:
# then each step costs 50 ms, whatever the SDK.
SERVER_SETTINGS = [f"history.{name}ProcessorMaxPollRPS=100000" for name in ("transfer", "timer", "visibility")]


def build_go_worker():
    """Whether there is a worker on the Go SDK; says why when there is none."""
    try:
        subprocess.run(
            ["go", "build", "-buildvcs=false", "-o", str(GO_WORKER), "."],
            cwd=HERE / "peers/go",
            check=True,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
        )
        return True
    except FileNotFoundError:
        why = "go is not installed"
    except subprocess.CalledProcessError as error:
        why = "its worker does not build: " + error.stderr.strip().splitlines()[-1]
    except subprocess.TimeoutExpired:
        why = "its modules do not arrive"
    print(f"the Go SDK is left out: {why}", flush=True)
    return False


def make_history(sdk, activities):
    """Path of such a history, without its ending."""
    path = BUILD / f"bench/history-{sdk}-{activities}"
    command = [PYTHON, str(HERE / "make_history.py"), str(path), sdk, str(activities)]
    subprocess.run(command, check=True, env=ENVIRONMENT)
    return str(path)


def answer_of(command):
    """The JSON that a program prints last."""
    command = list(map(str, command))
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT, timeout=PATIENCE)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def load(server, *arguments):
    return answer_of([LOAD, server.address, QUEUE, *map(str, arguments)])


# --- processes


def family(pid):
    """A process and all that stem from it."""
    children = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def cpu_seconds(pid):
    """CPU time of each process of a family, to the nanosecond."""
    times = {}
    for one in family(pid):
        try:
            times[one] = time.clock_gettime((~one << 3) | 2)
        except OSError:
            pass
    return times


def cpu_since(before, pid):
    return sum(seconds - before.get(one, 0) for one, seconds in cpu_seconds(pid).items())


def memory(pid):
    """KiB of each process of a family: pid -> {Rss, Pss, Private}."""
    found = {}
    for one in family(pid):
        try:
            text = pathlib.Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        sizes = {name: int(size) for name, size in re.findall(r"^(\w+):\s+(\d+) kB", text, re.M)}
        if sizes:
            private = sizes["Private_Clean"] + sizes["Private_Dirty"]
            found[one] = {"Rss": sizes["Rss"], "Pss": sizes["Pss"], "Private": private}
    return found


def resident(pid):
    return sum(sizes["Rss"] for sizes in memory(pid).values())


def end(process, sig=signal.SIGTERM, patience=15):
    """Seconds that it took; what is left of its family is killed."""
    begun = time.monotonic()
    members = family(process.pid)
    if process.poll() is None:
        process.send_signal(sig)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        pass
    took = time.monotonic() - begun
    for pid in members:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.wait()
    return took


class Server:
    def __enter__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        command = [str(VENV / "bin/temporal"), "server", "start-dev", "--headless", "--ip", "127.0.0.1"]
        command += ["--port", str(port), "--log-level", "never"]
        for setting in SERVER_SETTINGS:
            command += ["--dynamic-config-value", setting]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        check = [str(VENV / "bin/temporal"), "operator", "namespace", "describe", "default", "--address", self.address]
        deadline = time.monotonic() + 60
        while subprocess.run(check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            if time.monotonic() > deadline:
                end(self.process)
                sys.exit("the dev server does not start")
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        end(self.process)


def command_of(name, server, processes=2, grace=0):
    """Of a worker: ours, python or go, and how it runs activities."""
    sdk, _, mode = name.partition("-")
    if sdk == "go":
        return [str(GO_WORKER), "serve", server.address, QUEUE, str(grace)]
    arguments = [server.address, QUEUE, mode or "async", str(processes), str(grace)]
    return [str(BUILD / "bench/worker"), *arguments] if sdk == "ours" else [*PYTHON_WORKER, "serve", *arguments]


class Worker:
    """Runs while the block does."""

    def __init__(self, name, server, **options):
        self.command = command_of(name, server, **options)

    def __enter__(self):
        self.begun = time.time_ns()
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=sys.stderr, env=ENVIRONMENT
        )
        self.pid = self.process.pid
        if self.process.stdout.readline() != b"READY\n":
            end(self.process)
            sys.exit(f"{' '.join(self.command)} does not start")
        # What else it prints must not fill the pipe.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        return self

    def __exit__(self, *_):
        end(self.process)


# --- figures


class Figures:
    """Of several rounds: the median of each is what counts."""

    def __init__(self):
        self.all = {}

    def add(self, key, name, value):
        self.all.setdefault(key, {}).setdefault(name, []).append(value)

    def median(self, key, name):
        values = [value for value in self.all.get(key, {}).get(name, []) if value is not None]
        return statistics.median(values) if values else None

    def print(self, rows, names, against):
        """rows: key, text, unit, digits, more is better. By how much the first name is better than those in against
        stands in the last columns. Returns the medians."""
        width = max(len(row[1]) for row in rows) + 2
        print(f"{'':{width}}" + "".join(f"{name:>16}" for name in names) + "".join(f"{'/ ' + n:>12}" for n in against))
        for key, text, unit, digits, more in rows:
            line = f"{text:{width}}"
            for name in names:
                value = self.median(key, name)
                line += f"{'-' if value is None else f'{value:,.{digits}f} {unit}'.strip():>16}"
            ours = self.median(key, names[0])
            for name in against:
                value = self.median(key, name)
                line += f"{(ours / value if more else value / ours):10,.1f} x" if value and ours else f"{'-':>12}"
            print(line)
        result = {key: {name: self.median(key, name) for name in names if name in self.all.get(key, {})}
                  for key, *_ in rows}
        print(f"load average {' '.join(f'{one:.1f}' for one in os.getloadavg())}, {os.cpu_count()} processors")
        return {key: {n: v if v is None else float(f"{v:.5g}") for n, v in one.items()} for key, one in result.items()}
