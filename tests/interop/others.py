# SPDX-License-Identifier: MIT
"""The other side of test_others.c, of the official Python SDK.

    others.py worker ADDRESS TASK_QUEUE     serves until its stdin ends
    others.py facts ADDRESS WORKFLOW_ID     prints memo and search attributes of a run
"""
import asyncio
import dataclasses
import sys
from typing import Optional

from temporalio import workflow
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from script import play

KEYWORD = SearchAttributeKey.for_keyword("TestKeyword")
NUMBER = SearchAttributeKey.for_int("TestInt")
FLAG = SearchAttributeKey.for_bool("TestBool")
LIST = SearchAttributeKey.for_keyword_list("TestList")
TEXT = SearchAttributeKey.for_text("TestText")


@dataclasses.dataclass
class Errand:
    verb: str
    id: str
    word: str = ""


@workflow.defn(name="target_in_python")
class TargetInPython:
    def __init__(self) -> None:
        self.words = []

    @workflow.run
    async def run(self) -> str:
        try:
            await workflow.wait_condition(lambda: "enough" in self.words)
        except asyncio.CancelledError:
            return f"python was cancelled after {'+'.join(self.words)}"
        return f"python was told {'+'.join(self.words)}"

    @workflow.signal
    async def tell(self, word: str) -> None:
        self.words.append(word)


@workflow.defn(name="caller_in_python")
class CallerInPython:
    @workflow.run
    async def run(self, errand: Errand) -> str:
        other = workflow.get_external_workflow_handle(errand.id)
        try:
            if errand.verb == "signal":
                await other.signal("tell", errand.word)
            else:
                await other.cancel()
        except ApplicationError as error:
            return f"refused: {error.type}"
        return "done"


@workflow.defn(name="upserter_in_python")
class UpserterInPython:
    def __init__(self) -> None:
        self.told: Optional[str] = None

    @workflow.run
    async def run(self) -> str:
        workflow.upsert_memo({"note": "from python ÿ", "number": 5, "old": None})
        workflow.upsert_search_attributes([KEYWORD.value_set("py"), NUMBER.value_set(41),
                                           FLAG.value_set(True), LIST.value_set(["a", "b"]),
                                           TEXT.value_unset()])
        await workflow.wait_condition(lambda: self.told is not None)
        return self.told or ""

    @workflow.signal
    async def tell(self, word: str) -> None:
        self.told = word


async def serve(client, task_queue):
    async with Worker(client, task_queue=task_queue,
                      workflows=[TargetInPython, CallerInPython, UpserterInPython],
                      workflow_runner=UnsandboxedWorkflowRunner()):
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def facts(client, workflow_id):
    run = await client.get_workflow_handle(workflow_id).describe()
    memo, attributes = await run.memo(), run.typed_search_attributes
    print("memo", sorted(memo.items()), flush=True)
    print("attributes", *(attributes.get(key) for key in (KEYWORD, NUMBER, FLAG, LIST, TEXT)), flush=True)


play(worker=serve, facts=facts)
