#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What Python's process pool costs, measured as bench/pool.c measures ours: prints one line of JSON.

A ProcessPoolExecutor, and a multiprocessing Manager for what its processes share with the worker: a queue of
heartbeats that a thread of the worker empties, and an event for each cancellation. That is how the Temporal SDK for
Python runs activities in processes. Everything it does beside that for each task is left out, in its favour.
"""
import json
import multiprocessing
import os
import queue
import signal
import sys
import threading
import time
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

PROCESSES = 2
CALLS = 2000
CANCELS = 40
TRIPS_SMALL = 2000
TRIPS_LARGE = 60
TASKS = 6000
TASKS_AT_ONCE = 64
CRASHES = 12


def percentile(samples, percent):
    samples = sorted(samples)
    return samples[(len(samples) - 1) * percent // 100]


def echo(data):
    return data


def time_each(count, call):
    samples = []
    for number in range(count):
        begin = time.perf_counter_ns()
        call(number)
        samples.append(time.perf_counter_ns() - begin)
    return percentile(samples, 50)


def beat(heartbeats, count):
    heartbeats.put((b"token", (0,)), True, 30)  # connects
    return time_each(count, lambda number: heartbeats.put((b"token", (number,)), True, 30))


def ask(cancelled, count):
    cancelled.is_set()  # connects
    return time_each(count, lambda _: cancelled.is_set())


def await_cancel(ready, cancelled):
    ready.set()
    cancelled.wait()
    return time.monotonic_ns()


def crash():
    os.kill(os.getpid(), signal.SIGSEGV)


def empty(heartbeats, stop):
    """The worker's side of the heartbeats."""
    while not stop.is_set():
        try:
            heartbeats.get(True, 0.1)
        except queue.Empty:
            pass


def measure_memory(pool, result):
    pool.submit(echo, b"").result()
    with open(f"/proc/{next(iter(pool._processes))}/status") as status:
        result["idle_process_rss_kb"] = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def measure_calls(pool, manager, result):
    heartbeats, stop = manager.Queue(1000), threading.Event()
    reader = threading.Thread(target=empty, args=(heartbeats, stop))
    reader.start()
    result["heartbeat_ns"] = pool.submit(beat, heartbeats, CALLS).result()
    stop.set()
    reader.join()
    result["is_cancelled_ns"] = pool.submit(ask, manager.Event(), CALLS).result()
    samples = []
    for _ in range(CANCELS):
        ready, cancelled = manager.Event(), manager.Event()
        future = pool.submit(await_cancel, ready, cancelled)
        ready.wait()
        time.sleep(0.005)  # it is sure to wait
        begin = time.monotonic_ns()
        cancelled.set()
        samples.append((future.result() - begin) / 1000)
    result["cancel_to_seen_us_p50"] = percentile(samples, 50)
    result["cancel_to_seen_us_p99"] = percentile(samples, 99)


def measure_trips(pool, result):
    for name, size, count in (("noop_100b_us", 100, TRIPS_SMALL), ("noop_1mib_us", 1 << 20, TRIPS_LARGE)):
        data, samples = bytes(size), []
        for _ in range(count):
            begin = time.perf_counter_ns()
            pool.submit(echo, data).result()
            samples.append((time.perf_counter_ns() - begin) / 1000)
        result[f"{name}_p50"] = percentile(samples, 50)
        result[f"{name}_p99"] = percentile(samples, 99)
    data, left, running = bytes(100), TASKS, set()
    begin = time.perf_counter_ns()
    while left or running:
        while left and len(running) < TASKS_AT_ONCE:
            running.add(pool.submit(echo, data))
            left -= 1
        running = wait(running, return_when=FIRST_COMPLETED).not_done
    result["tasks_per_second"] = TASKS / ((time.perf_counter_ns() - begin) / 1e9)


def measure_crashes(result):
    """The pool does not survive one: each has a pool of its own, which has worked before."""
    samples = []
    for _ in range(CRASHES):
        pool = ProcessPoolExecutor(PROCESSES)
        for _ in range(10):
            pool.submit(echo, b"").result()
        begin = time.perf_counter_ns()
        try:
            pool.submit(crash).result()
        except BrokenProcessPool:
            samples.append((time.perf_counter_ns() - begin) / 1000)
        pool.shutdown()
    result["crash_to_known_us_p50"] = percentile(samples, 50)
    result["crash_to_known_us_p99"] = percentile(samples, 99)


def main():
    result = {"processes": PROCESSES}
    with multiprocessing.Manager() as manager, ProcessPoolExecutor(PROCESSES) as pool:
        measure_memory(pool, result)
        measure_calls(pool, manager, result)
        measure_trips(pool, result)
    measure_crashes(result)
    json.dump(result, sys.stdout)
    print()


if __name__ == "__main__":
    main()
