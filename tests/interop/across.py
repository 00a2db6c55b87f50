# SPDX-License-Identifier: MIT
"""The other side of test_across.c, of the official Python SDK.

    across.py worker ADDRESS TASK_QUEUE                 serves until its stdin ends
    across.py client ADDRESS C_TASK_QUEUE PREFIX RUN    drives workflows in C, and looks at a run
                                                        that the client in C began

Prints a line for each thing it saw; the test compares them."""
import asyncio
import dataclasses
import sys
from datetime import timedelta
from typing import Optional

from temporalio import workflow
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import ApplicationError, CancelledError, ChildWorkflowError
from temporalio.service import RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from script import play

KEYWORD = SearchAttributeKey.for_keyword("TestKeyword")
NUMBER = SearchAttributeKey.for_int("TestInt")


@dataclasses.dataclass
class Link:
    kind: str
    queue: Optional[str] = None
    rest: int = 0


@workflow.defn(name="link_in_python")
class LinkInPython:
    def __init__(self) -> None:
        self.said = ""

    @workflow.run
    async def run(self, link: Link) -> str:
        if link.kind == "fail":
            try:
                raise ApplicationError("the root of it", type="Root")
            except ApplicationError as error:
                raise ApplicationError("it broke", 42, type="Broken", non_retryable=True) from error
        if link.kind == "again":
            if link.rest > 0:
                workflow.continue_as_new(Link("again", link.queue, link.rest - 1))
            return "python was the last"
        if link.kind == "hang":
            await asyncio.sleep(86400)
        await workflow.wait_condition(lambda: self.said != "")
        return f"python heard {self.said}"

    @workflow.signal
    async def say(self, word: str) -> None:
        self.said = word

    @workflow.query
    def heard(self) -> str:
        return self.said

    @workflow.update
    async def replace(self, word: str) -> str:
        if word == "spoil":
            raise ApplicationError("spoilt", {"code": 7}, type="Spoilt") from ValueError("its root")
        await asyncio.sleep(0.01)
        before, self.said = self.said, word
        return before

    @replace.validator
    def check(self, word: str) -> None:
        if not word:
            raise ApplicationError("say something", type="Empty")


@workflow.defn(name="parent_in_python")
class ParentInPython:
    @workflow.run
    async def run(self, link: Link) -> str:
        child = await workflow.start_child_workflow(
            "link_in_c", Link(link.kind, None, link.rest), id=workflow.info().workflow_id + "-child",
            task_queue=link.queue, result_type=str, memo={"note": "from python"},
            search_attributes=TypedSearchAttributes([SearchAttributePair(KEYWORD, "child")]))
        if link.kind == "wait":
            await child.signal("say", "hello")
        if link.kind == "hang":
            child.cancel()
        try:
            return await child
        except ChildWorkflowError as error:
            cause = error.cause
            if isinstance(cause, CancelledError):
                return "cancelled"
            return (f"{error.workflow_type} {cause.type} {cause.message} {cause.details[0]} "
                    f"{cause.non_retryable} < {cause.cause.message}")


async def serve(client, task_queue):
    async with Worker(client, task_queue=task_queue, workflows=[LinkInPython, ParentInPython],
                      workflow_runner=UnsandboxedWorkflowRunner()):
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def describe(handle):
    run = await handle.describe()
    memo = await run.memo()
    print("described", run.workflow_type, run.status.name, memo["note"], memo["number"],
          run.typed_search_attributes[KEYWORD], run.typed_search_attributes[NUMBER], flush=True)


async def find(client, query):
    """The server indexes behind the calls."""
    while not (found := [run async for run in client.list_workflows(query)]):
        await asyncio.sleep(0.05)
    run = found[0]
    print("listed", len(found), run.workflow_type, (await run.memo())["note"],
          run.typed_search_attributes[KEYWORD], (await client.count_workflows(query)).count, flush=True)


async def drive(client, task_queue, prefix, begun_in_c):
    await describe(client.get_workflow_handle(begun_in_c))
    await find(client, f"WorkflowId = '{begun_in_c}'")

    handle = await client.start_workflow(
        "link_in_c", Link("wait"), id=f"{prefix}-from-python", task_queue=task_queue,
        memo={"note": "pŷ", "number": 5}, result_type=str,
        search_attributes=TypedSearchAttributes([SearchAttributePair(KEYWORD, "mine"),
                                                 SearchAttributePair(NUMBER, 6)]))
    try:
        await handle.execute_update("replace", "")
    except WorkflowUpdateFailedError as error:
        print("rejected", error.cause.type, error.cause.message, flush=True)
    try:
        await handle.execute_update("replace", "spoil")
    except WorkflowUpdateFailedError as error:
        print("spoilt", error.cause.type, error.cause.message, error.cause.details[0],
              error.cause.cause.message, flush=True)
    print("query", repr(await handle.query("heard")), flush=True)
    # Held until the test in C has looked at the run.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    await handle.signal("say", "good bye")
    print("result", await handle.result(), flush=True)
    try:
        await handle.signal("say", "anybody?")
    except RPCError as error:
        print("gone", error.status.name, flush=True)

    again = await client.start_workflow("link_in_c", Link("again", None, 2), id=f"{prefix}-again",
                                        task_queue=task_queue, result_type=str)
    print("again", await again.result(), flush=True)

    hanging = await client.start_workflow("link_in_c", Link("hang"), id=f"{prefix}-hang",
                                          task_queue=task_queue, result_type=str)
    await hanging.cancel()
    try:
        await hanging.result()
    except WorkflowFailureError as error:
        print("cancelled", isinstance(error.cause, CancelledError), flush=True)


play(worker=serve, client=drive)
