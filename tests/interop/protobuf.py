# SPDX-License-Identifier: MIT
"""The other side of test_protobuf.c: an activity and a client of the official Python SDK, with protobuf messages.

    protobuf.py ADDRESS PYTHON_TASK_QUEUE C_TASK_QUEUE WORKFLOW_ID

Runs the workflow that stands in C, which calls the activity here; prints what the activity was given and what the
workflow answered."""
import sys

from google.protobuf.duration_pb2 import Duration
from temporalio import activity
from temporalio.api.common.v1 import RetryPolicy
from temporalio.client import Client
from temporalio.worker import Worker

from script import run


@activity.defn
async def double_in_python(policy: RetryPolicy) -> RetryPolicy:
    print("activity", type(policy).__name__, policy.backoff_coefficient, policy.initial_interval.ToJsonString(),
          ",".join(policy.non_retryable_error_types), flush=True)
    return RetryPolicy(backoff_coefficient=2 * policy.backoff_coefficient, initial_interval=policy.initial_interval,
                       non_retryable_error_types=policy.non_retryable_error_types, maximum_attempts=7)


async def main(address, python_queue, c_queue, workflow_id):
    client = await Client.connect(address)
    policy = RetryPolicy(initial_interval=Duration(seconds=1, nanos=500000000), backoff_coefficient=1.5)
    async with Worker(client, task_queue=python_queue, activities=[double_in_python]):
        answer = await client.execute_workflow("policy_in_c", policy, id=workflow_id, task_queue=c_queue,
                                               result_type=RetryPolicy)
        print("workflow", answer.backoff_coefficient, answer.initial_interval.ToJsonString(), answer.maximum_attempts,
              ",".join(answer.non_retryable_error_types), flush=True)


run(main(*sys.argv[1:]))
