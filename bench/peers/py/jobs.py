# SPDX-License-Identifier: MIT
"""The workflows and activities of bench/jobs/jobs.h on the Python SDK."""
import asyncio
import dataclasses
import os
import signal
import time
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.common import RetryPolicy

MINUTE = timedelta(minutes=1)
ONCE = RetryPolicy(maximum_attempts=1)
THRICE = RetryPolicy(initial_interval=timedelta(milliseconds=200), backoff_coefficient=1, maximum_attempts=3)


@dataclasses.dataclass
class Plan:
    count: int
    size: int


# --- activities: plain functions, for threads and processes


@activity.defn(name="nothing")
def nothing(number: int) -> int:
    return number


@activity.defn(name="echo")
def echo(text: str) -> str:
    return text


@activity.defn(name="burn")
def burn(micros: int) -> int:
    end = time.thread_time_ns() + micros * 1000
    x = 1
    while time.thread_time_ns() < end:
        for _ in range(100):
            x ^= (x << 13) & 0xFFFFFFFFFFFFFFFF
            x ^= x >> 7
            x ^= (x << 17) & 0xFFFFFFFFFFFFFFFF
    return int(x != 0)


@activity.defn(name="beat")
def beat(count: int) -> float:
    begun = time.perf_counter_ns()
    for i in range(count):
        activity.heartbeat(i)
    return (time.perf_counter_ns() - begun) / count


@activity.defn(name="until_cancelled")
def until_cancelled() -> int:
    beats = 0
    while not activity.is_cancelled():
        beats += 1
        activity.heartbeat(beats)
        time.sleep(0.01)
    return time.time_ns()


@activity.defn(name="linger")
def linger(milliseconds: int) -> int:
    end = time.monotonic() + milliseconds / 1000
    while (left := end - time.monotonic()) > 0:
        time.sleep(left)
    return activity.info().attempt


@activity.defn(name="crash")
def crash() -> int:
    if activity.info().attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return activity.info().attempt


ACTIVITIES = [nothing, echo, burn, beat, until_cancelled, linger, crash]

# --- the same as coroutines, as far as they do not block


@activity.defn(name="nothing")
async def nothing_async(number: int) -> int:
    return number


@activity.defn(name="echo")
async def echo_async(text: str) -> str:
    return text


@activity.defn(name="beat")
async def beat_async(count: int) -> float:
    return beat(count)


ASYNC_ACTIVITIES = [nothing_async, echo_async, beat_async]


# --- workflows


@workflow.defn(name="noop")
class Noop:
    @workflow.run
    async def run(self, number: int) -> int:
        return number


@workflow.defn(name="waiting")
class Waiting:
    def __init__(self) -> None:
        self.number: int | None = None

    @workflow.signal
    def go(self, number: int) -> None:
        self.number = number

    @workflow.run
    async def run(self, number: int) -> int:
        await workflow.wait_condition(lambda: self.number is not None)
        return number + (self.number or 0)


@workflow.defn(name="sequence")
class Sequence:
    @workflow.run
    async def run(self, plan: Plan) -> int:
        for i in range(plan.count):
            await workflow.execute_activity(nothing, i, start_to_close_timeout=MINUTE, retry_policy=ONCE)
        return plan.count


def start_all(count, function, argument, retry=ONCE):
    return [
        workflow.start_activity(function, argument, start_to_close_timeout=MINUTE, retry_policy=retry)
        for _ in range(count)
    ]


@workflow.defn(name="fanout")
class Fanout:
    @workflow.run
    async def run(self, plan: Plan) -> int:
        return sum(len(one) for one in await asyncio.gather(*start_all(plan.count, echo, "x" * plan.size)))


@workflow.defn(name="burning")
class Burning:
    @workflow.run
    async def run(self, plan: Plan) -> int:
        return sum(await asyncio.gather(*start_all(plan.count, burn, plan.size)))


@workflow.defn(name="lingering")
class Lingering:
    @workflow.run
    async def run(self, plan: Plan) -> int:
        return sum(await asyncio.gather(*start_all(plan.count, linger, plan.size)))


@workflow.defn(name="beating")
class Beating:
    @workflow.run
    async def run(self, plan: Plan) -> float:
        return await workflow.execute_activity(
            beat, plan.count, start_to_close_timeout=MINUTE, retry_policy=ONCE
        )


@workflow.defn(name="cancelling")
class Cancelling:
    def __init__(self) -> None:
        self.told = False

    @workflow.signal
    def go(self, _number: int) -> None:
        self.told = True

    @workflow.run
    async def run(self, _number: int) -> int:
        handle = workflow.start_activity(
            until_cancelled,
            start_to_close_timeout=MINUTE,
            heartbeat_timeout=timedelta(seconds=1),
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        )
        await workflow.wait_condition(lambda: self.told)
        handle.cancel()
        return await handle


@workflow.defn(name="crashing")
class Crashing:
    @workflow.run
    async def run(self, plan: Plan) -> dict:
        neighbours = start_all(plan.count, linger, plan.size, THRICE)
        await asyncio.sleep(0.5)
        crashed = await workflow.execute_activity(
            crash, start_to_close_timeout=MINUTE, heartbeat_timeout=timedelta(seconds=2), retry_policy=THRICE
        )
        return {"crashed": crashed, "neighbours": sum(await asyncio.gather(*neighbours))}


WORKFLOWS = [Noop, Waiting, Sequence, Fanout, Burning, Lingering, Beating, Cancelling, Crashing]
