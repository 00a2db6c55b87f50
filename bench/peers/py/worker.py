#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The worker of bench/jobs/jobs.h's contracts on the Python SDK, and its replayer.

    worker.py serve ADDRESS TASK_QUEUE async|threads|processes PROCESSES GRACE_MS
    worker.py replay HISTORY.json ROUNDS
"""
import asyncio
import concurrent.futures
import json
import logging
import multiprocessing
import pathlib
import signal
import sys
import time
from datetime import timedelta

from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer, SharedStateManager, Worker

from jobs import ACTIVITIES, ASYNC_ACTIVITIES, WORKFLOWS

SLOTS = 100


async def serve(address, task_queue, mode, processes, grace):
    options = {}
    pool = None
    if mode == "threads":
        pool = options["activity_executor"] = concurrent.futures.ThreadPoolExecutor(SLOTS)
    elif mode == "processes":
        # As many slots as processes: more only wait, as the SDK warns.
        pool = options["activity_executor"] = concurrent.futures.ProcessPoolExecutor(processes)
        options["shared_state_manager"] = SharedStateManager.create_from_multiprocessing(multiprocessing.Manager())
    client = await Client.connect(address)
    worker = Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=ASYNC_ACTIVITIES if mode == "async" else ACTIVITIES,
        max_cached_workflows=10000,
        max_concurrent_activities=processes if mode == "processes" else SLOTS,
        max_concurrent_workflow_tasks=SLOTS,
        max_concurrent_activity_task_polls=5,
        max_concurrent_workflow_task_polls=5,
        graceful_shutdown_timeout=timedelta(milliseconds=grace),
        **options,
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    running = asyncio.create_task(worker.run())
    print("READY", flush=True)
    ended = asyncio.create_task(stop.wait())
    await asyncio.wait([running, ended], return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        running.result()
    await worker.shutdown()
    if pool:
        pool.shutdown()


async def replay(path, rounds):
    text = pathlib.Path(path).read_text()
    history = WorkflowHistory.from_json("replayed", text)
    seconds = []
    for _ in range(rounds):
        replayer = Replayer(workflows=WORKFLOWS)
        begun = time.perf_counter()
        await replayer.replay_workflow(history)
        seconds.append(time.perf_counter() - begun)
    print(json.dumps({"events": len(history.events), "seconds": seconds}))


if __name__ == "__main__":
    logging.basicConfig(level=logging.CRITICAL)
    if sys.argv[1] == "replay":
        asyncio.run(replay(sys.argv[2], int(sys.argv[3])))
    else:
        asyncio.run(serve(*sys.argv[2:5], int(sys.argv[5]), int(sys.argv[6])))
