# SPDX-License-Identifier: MIT
"""The other side of test_interop.c.

    orders.py worker ADDRESS TASK_QUEUE             prints "ready" and serves until its stdin ends
    orders.py client ADDRESS TASK_QUEUE PREFIX      drives workflows in C, and prints a line for each
                                                    thing it saw; the test compares them"""
import asyncio
import dataclasses
import sys
from datetime import timedelta
from typing import Dict, List, Optional

from temporalio import activity, workflow
from temporalio.client import (WorkflowFailureError, WorkflowQueryFailedError,
                               WorkflowUpdateFailedError)
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from script import play


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


async def serve(client, task_queue):
    worker = Worker(client, task_queue=task_queue, workflows=[OrderInPython, FailureInPython],
                    activities=[total_in_python, join_in_python, fail_in_python],
                    workflow_runner=UnsandboxedWorkflowRunner())
    async with worker:
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def drive(client, task_queue, prefix):
    order = {"id": "o-1", "express": True, "tags": {"colour": "blü", "b": "2"}, "unknown": [1, 2],
             "lines": [{"name": "nut", "quantity": 3, "price": 0.5, "note": None},
                       {"name": "bolt", "quantity": 2, "price": 1.25, "note": "long"}]}

    handle = await client.start_workflow("order_in_c", order, id=f"{prefix}-order", task_queue=task_queue)
    await handle.signal("add_note", "first")
    await handle.signal("add_note", "second")
    print("query", await handle.query("count_notes", 10), flush=True)
    try:
        await handle.query("no_such_query")
    except WorkflowQueryFailedError as error:
        print("unknown query", "count_notes" in str(error), flush=True)
    try:
        await handle.execute_update("replace_notes", "")
    except WorkflowUpdateFailedError as error:
        print("rejected", error.cause.type, error.cause.message, flush=True)
    print("update", await handle.execute_update("replace_notes", "third"), flush=True)
    await handle.signal("close")
    result = await handle.result()
    print("result", result["id"], result["express"], result["lines"][0]["price"],
          result["lines"][0]["note"], result["tags"]["colour"], flush=True)

    try:
        await client.execute_workflow("failure_in_c", task_queue, id=f"{prefix}-failure", task_queue=task_queue)
    except WorkflowFailureError as error:
        outer = error.cause
        activity = outer.__cause__
        cause = activity.__cause__
        assert isinstance(outer, ApplicationError), repr(outer)
        assert isinstance(activity, ActivityError), repr(activity)
        assert isinstance(cause, ApplicationError), repr(cause)
        print("failure", outer.type, outer.message, "<", activity.activity_type, "<", cause.type,
              cause.message, cause.non_retryable, cause.details[0], flush=True)


play(worker=serve, client=drive)
