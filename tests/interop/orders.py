# SPDX-License-Identifier: MIT
"""The other side of test_interop.c: a worker of the official Python SDK.

    worker.py ADDRESS TASK_QUEUE C_TASK_QUEUE

Prints "ready" and serves until its stdin ends."""
import asyncio
import dataclasses
import os
import sys
from datetime import timedelta
from typing import Dict, List, Optional

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker


@dataclasses.dataclass
class Line:
    name: str
    quantity: int
    price: float
    note: Optional[str] = None


@dataclasses.dataclass
class Order:
    id: str
    lines: List[Line]
    tags: Dict[str, str]
    express: bool = False


@activity.defn
async def total_in_python(order: Order) -> float:
    activity.heartbeat("adding up", len(order.lines))
    return sum(line.quantity * line.price for line in order.lines)


@activity.defn
async def join_in_python(first: str, second: int, third: List[str]) -> str:
    return f"{first}/{second}/{'+'.join(third)}"


@activity.defn
async def fail_in_python(reason: str) -> None:
    try:
        raise ValueError("the root of it")
    except ValueError as error:
        raise ApplicationError(reason, {"code": 42}, type="Refused", non_retryable=True) from error


@workflow.defn(name="order_in_python")
class OrderInPython:
    def __init__(self) -> None:
        self.notes: List[str] = []
        self.open = True

    @workflow.run
    async def run(self, order: Order, c_task_queue: str) -> Order:
        await workflow.wait_condition(lambda: not self.open)
        price = await workflow.execute_activity(
            "total_in_c", order, result_type=float, task_queue=c_task_queue,
            schedule_to_close_timeout=timedelta(seconds=30))
        return Order(order.id, [Line("total", 1, price, " ".join(self.notes))], order.tags, True)

    @workflow.signal
    async def add_note(self, note: str) -> None:
        self.notes.append(note)

    @workflow.signal
    async def close(self) -> None:
        self.open = False

    @workflow.query
    def count_notes(self, factor: int) -> int:
        return len(self.notes) * factor


@workflow.defn(name="failure_in_python")
class FailureInPython:
    @workflow.run
    async def run(self, c_task_queue: str) -> str:
        try:
            await workflow.execute_activity("fail_in_c", "no stock", task_queue=c_task_queue,
                                            schedule_to_close_timeout=timedelta(seconds=30),
                                            retry_policy=RetryPolicy(maximum_attempts=1))
        except ActivityError as error:
            cause = error.cause
            assert isinstance(cause, ApplicationError), repr(cause)
            raise ApplicationError(f"saw {cause.type}: {cause.message} {cause.details[0]}",
                                   type="Wrapped") from error
        return "no failure"


async def main(address, task_queue):
    client = await Client.connect(address)
    worker = Worker(client, task_queue=task_queue, workflows=[OrderInPython, FailureInPython],
                    activities=[total_in_python, join_in_python, fail_in_python],
                    workflow_runner=UnsandboxedWorkflowRunner())
    async with worker:
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main(*sys.argv[1:3]))
# Native threads of the SDK may still hold Python objects: an interpreter that is taken down in an orderly
# way around them sometimes aborts.
sys.stdout.flush()
os._exit(0)
