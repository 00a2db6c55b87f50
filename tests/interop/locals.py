# SPDX-License-Identifier: MIT
"""The other side of test_locals.c, of the official Python SDK: the workflow that it has in C, too.

    locals.py worker ADDRESS TASK_QUEUE     serves until its stdin ends
    locals.py replay FILE                   replays the encoded history of a run in C
"""
import asyncio
import logging
import pathlib
import sys
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.api.history.v1 import History
from temporalio.client import Client, WorkflowHistory
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, TimeoutError
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, Worker

from script import run

MINUTE = timedelta(minutes=1)
logging.getLogger("temporalio.activity").setLevel(logging.CRITICAL)  # they fail, that is what they are for


@activity.defn(name="local_echo")
async def echo(text: str) -> str:
    return text


@activity.defn(name="local_fail")
async def fail(text: str) -> str:
    raise ApplicationError(text, type="Refused")


@activity.defn(name="local_hang")
async def hang(text: str) -> str:
    await asyncio.sleep(3600)
    return text


def name_of(error: BaseException) -> str:
    """Of what went wrong, as test_locals.c names it."""
    if isinstance(error, ActivityError):
        error = error.cause
    return error.type.name if isinstance(error, TimeoutError) else error.type


@workflow.defn(name="local_in_both")
class LocalInBoth:
    @workflow.run
    async def run(self, text: str) -> str:
        said = [await workflow.execute_local_activity(echo, text, start_to_close_timeout=MINUTE)]
        twice = RetryPolicy(initial_interval=timedelta(milliseconds=10), maximum_attempts=2)
        once = RetryPolicy(maximum_attempts=1)
        for function, options in (
                (fail, {"start_to_close_timeout": MINUTE, "retry_policy": twice}),
                (hang, {"schedule_to_close_timeout": timedelta(milliseconds=100)}),
                (hang, {"start_to_close_timeout": timedelta(milliseconds=100), "retry_policy": once})):
            try:
                await workflow.execute_local_activity(function, text, **options)
            except FailureError as error:  # in replay, a timeout comes as it stands in its marker
                said.append(name_of(error))
        await asyncio.sleep(0.01)
        said.append(await workflow.execute_local_activity(echo, "end", start_to_close_timeout=MINUTE))
        return " ".join(said)


async def serve(address, task_queue):
    client = await Client.connect(address)
    async with Worker(client, task_queue=task_queue, workflows=[LocalInBoth],
                      activities=[echo, fail, hang], workflow_runner=UnsandboxedWorkflowRunner()):
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def replay(file):
    history = History.FromString(pathlib.Path(file).read_bytes())
    result = await Replayer(workflows=[LocalInBoth], workflow_runner=UnsandboxedWorkflowRunner()) \
        .replay_workflow(WorkflowHistory("local_in_both", history.events), raise_on_replay_failure=False)
    print("replayed", result.replay_failure, flush=True)


run({"worker": serve, "replay": replay}[sys.argv[1]](*sys.argv[2:]))
