#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the history of a workflow "sequence" (bench/jobs/jobs.h), as a server would have written it.

    make_history.py PATH SDK ACTIVITIES

Writes PATH.json, and PATH.pb (the same encoded). SDK is temporal-python or temporal-go, which number their
activities in two ways; ours does as Python's.
"""
import pathlib
import sys

from google.protobuf import json_format
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import History

RUN_ID = "0190d3a4-5c1e-7b1f-9a51-6f1f4cf6d001"
BEGUN = 1_760_000_000


class Story:
    def __init__(self, sdk):
        self.sdk = sdk
        self.history = History()

    def add(self, kind):
        event = self.history.events.add()
        event.event_id = len(self.history.events)
        event.event_time.FromMilliseconds(BEGUN * 1000 + 2 * event.event_id)
        event.task_id = 1_048_576 + event.event_id
        event.event_type = EventType.Value("EVENT_TYPE_" + kind.upper())
        return event.event_id, getattr(event, kind + "_event_attributes")

    def begin(self, activities):
        _, event = self.add("workflow_execution_started")
        event.workflow_type.name = "sequence"
        event.task_queue.name = "bench"
        event.workflow_id = "sequence-1"
        event.original_execution_run_id = event.first_execution_run_id = RUN_ID
        event.identity = "bench"
        event.attempt = 1
        event.workflow_task_timeout.FromSeconds(10)
        event.input.payloads.append(pack('{"count":%d,"size":0}' % activities))

    def task_begins(self):
        scheduled, event = self.add("workflow_task_scheduled")
        event.task_queue.name = "bench"
        event.start_to_close_timeout.FromSeconds(10)
        event.attempt = 1
        started, event = self.add("workflow_task_started")
        event.scheduled_event_id = scheduled
        event.identity = "bench"
        event.request_id = RUN_ID
        event.history_size_bytes = 700 * scheduled // 6
        return scheduled, started

    def task_ends(self, task):
        number, event = self.add("workflow_task_completed")
        event.scheduled_event_id, event.started_event_id = task
        event.identity = "bench"
        if task[0] == 2:
            event.sdk_metadata.sdk_name = self.sdk
        return number

    def activity(self, task, number):
        scheduled, event = self.add("activity_task_scheduled")
        event.activity_id = str(scheduled if self.sdk == "temporal-go" else number + 1)
        event.activity_type.name = "nothing"
        event.task_queue.name = "bench"
        event.input.payloads.append(pack(str(number)))
        event.start_to_close_timeout.FromSeconds(60)
        event.workflow_task_completed_event_id = task
        event.retry_policy.maximum_attempts = 1
        started, event = self.add("activity_task_started")
        event.scheduled_event_id = scheduled
        event.identity = "bench"
        event.request_id = RUN_ID
        event.attempt = 1
        _, event = self.add("activity_task_completed")
        event.scheduled_event_id, event.started_event_id = scheduled, started
        event.identity = "bench"
        event.result.payloads.append(pack(str(number)))

    def end(self, task, activities):
        _, event = self.add("workflow_execution_completed")
        event.workflow_task_completed_event_id = task
        event.result.payloads.append(pack(str(activities)))


def pack(text):
    return Payload(metadata={"encoding": b"json/plain"}, data=text.encode())


def main(path, sdk, activities):
    story = Story(sdk)
    story.begin(activities)
    for number in range(activities):
        story.activity(story.task_ends(story.task_begins()), number)
    story.end(story.task_ends(story.task_begins()), activities)
    pathlib.Path(path + ".json").write_text(json_format.MessageToJson(story.history))
    pathlib.Path(path + ".pb").write_bytes(story.history.SerializeToString())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
