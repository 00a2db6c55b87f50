# SPDX-License-Identifier: MIT
"""The other side of test_interop.c: a client of the official Python SDK drives workflows in C.

    client.py ADDRESS TASK_QUEUE PREFIX

Prints a line for each thing it saw; the test compares them."""
import asyncio
import os
import sys

from temporalio.client import (Client, WorkflowFailureError, WorkflowQueryFailedError,
                               WorkflowUpdateFailedError)
from temporalio.exceptions import ActivityError, ApplicationError


async def main(address, task_queue, prefix):
    client = await Client.connect(address)
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


asyncio.run(main(*sys.argv[1:4]))
# Native threads of the SDK may still hold Python objects: an interpreter that is taken down in an orderly
# way around them sometimes aborts.
sys.stdout.flush()
os._exit(0)
