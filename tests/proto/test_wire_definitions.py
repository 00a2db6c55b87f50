#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares our text of the wire definitions with the descriptors of the official Python package."""
import copy
import pathlib
import subprocess
import sys
import tempfile
import unittest

from google.protobuf import descriptor_pb2

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import print_protos  # noqa: E402  (stands in tools/)

# The package does not carry this one, but the same message under a name of its own.
STATUS_FILE, STATUS_TWIN = "google/rpc/status.proto", "temporal.api.common.v1.GrpcStatus"


def our_files():
    return sorted(str(path.relative_to(ROOT / "proto")) for path in (ROOT / "proto").rglob("*.proto"))


def compile_text(files):
    """What the compiler makes of our text: its descriptors."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "descriptors")
        subprocess.run(["protoc-c", "-Iproto", "-I/usr/include", f"--descriptor_set_out={out}", *files],
                       cwd=ROOT, check=True)
        return descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())


def official_of(files):
    pool = print_protos.load_descriptors()
    found = descriptor_pb2.FileDescriptorSet()
    for file in files.file:
        pool.FindFileByName(file.name).CopyToProto(found.file.add())
    return found


class Index:
    """All messages and enums of a set of files, by full name."""

    def __init__(self, files):
        self.messages, self.enums, self.homes = {}, {}, {}
        for file in files.file:
            self.add("." + file.package, file.message_type, file.enum_type)
            for name in [*file.message_type, *file.enum_type]:
                self.homes[f".{file.package}.{name.name}"] = (file.name, file.syntax)

    def add(self, prefix, messages, enums):
        for enum in enums:
            self.enums[f"{prefix}.{enum.name}"] = enum
        for message in messages:
            self.messages[f"{prefix}.{message.name}"] = message
            self.add(f"{prefix}.{message.name}", message.nested_type, message.enum_type)

    def has(self, type_name):
        return type_name == "" or type_name in self.messages or type_name in self.enums


def facts(message, field):
    """What the wire depends on."""
    oneof = message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else None
    return {"name": field.name, "type": field.type, "type name": field.type_name, "label": field.label,
            "oneof": oneof, "optional": field.proto3_optional}


def compare_fields(name, ours, theirs, index):
    """A field that they have may be missing here only if its type is, too: it is left out on purpose."""
    mine = {field.number: facts(ours, field) for field in ours.field}
    official = {field.number: facts(theirs, field) for field in theirs.field}
    for number in sorted(mine.keys() | official.keys()):
        if number not in official:
            yield f"{name}: field {number} ({mine[number]['name']}) is ours alone"
        elif number not in mine:
            if is_ours(theirs, official[number]["type name"], index):
                yield f"{name}: field {number} ({official[number]['name']}) is missing"
        else:
            for fact, value in official[number].items():
                if mine[number][fact] != value:
                    yield (f"{name}: {fact} of field {number} ({official[number]['name']}) is "
                           f"{mine[number][fact]}, not {value}")


def is_ours(message, type_name, index):
    """Have we that type? A map's is that of its values."""
    for nested in message.nested_type:
        if nested.options.map_entry and type_name.endswith(f".{message.name}.{nested.name}"):
            return index.has(nested.field[1].type_name)
    return index.has(type_name)


def compare_enum(name, ours, theirs):
    mine = {(value.name, value.number) for value in ours.value}
    official = {(value.name, value.number) for value in theirs.value}
    for value in sorted(mine ^ official):
        yield f"{name}: {value[0]} = {value[1]} is {'ours alone' if value in mine else 'missing'}"


def compare(ours, theirs):
    """All differences, as sentences."""
    ours, theirs = Index(ours), Index(theirs)
    found = []
    for name, message in ours.messages.items():
        if name not in theirs.messages:
            found.append(f"{name}: there is no such message")
            continue
        if message.options.map_entry != theirs.messages[name].options.map_entry:
            found.append(f"{name}: a map entry in only one of both")
        found += compare_fields(name, message, theirs.messages[name], ours)
    for name, enum in ours.enums.items():
        if name not in theirs.enums:
            found.append(f"{name}: there is no such enum")
        else:
            found += compare_enum(name, enum, theirs.enums[name])
    found += [f"{name}: stands in {home}, not {theirs.homes.get(name)}"
              for name, home in ours.homes.items() if home != theirs.homes.get(name)]
    return found


# What can go wrong with a field (or, the first, with the value of an enum).
def renumber(item):
    item.number += 1


def rename(item):
    item.name += "_"


def retype(field):
    field.type = field.TYPE_SINT64


def relabel(field):
    field.label = field.LABEL_REQUIRED


def retarget(field):
    field.type_name += "_"


class WireDefinitions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ours = compile_text([file for file in our_files() if file != STATUS_FILE])
        cls.official = official_of(cls.ours)

    def test_every_message_and_enum_is_the_official_one(self):
        index = Index(self.ours)
        self.assertGreater(len(index.messages), 200)
        self.assertGreater(len(index.enums), 20)
        self.assertEqual(compare(self.ours, self.official), [])

    def test_a_wrong_fact_about_any_field_is_reported(self):
        ours, official = Index(self.ours), Index(self.official)
        for name, message in ours.messages.items():
            for position in range(len(message.field)):
                for spoil in (renumber, rename, retype, relabel, retarget):
                    spoilt = copy.deepcopy(message)
                    spoil(spoilt.field[position])
                    self.assertTrue(list(compare_fields(name, spoilt, official.messages[name], ours)),
                                    f"{spoil.__name__} of {name}.{message.field[position].name}")

    def test_a_wrong_fact_about_any_value_of_an_enum_is_reported(self):
        official = Index(self.official)
        for name, enum in Index(self.ours).enums.items():
            for position in range(len(enum.value)):
                for spoil in (renumber, rename):
                    spoilt = copy.deepcopy(enum)
                    spoil(spoilt.value[position])
                    self.assertTrue(list(compare_enum(name, spoilt, official.enums[name])),
                                    f"{spoil.__name__} of {name}.{enum.value[position].name}")

    def test_a_missing_field_and_a_missing_value_are_reported(self):
        spoilt = copy.deepcopy(self.ours)
        spoilt_index = Index(spoilt)
        del spoilt_index.messages[".temporal.api.common.v1.Payload"].field[1]
        del spoilt_index.enums[".temporal.api.enums.v1.EventType"].value[3]
        self.assertEqual(compare(spoilt, self.official),
                         [".temporal.api.common.v1.Payload: field 2 (data) is missing",
                          ".temporal.api.enums.v1.EventType: EVENT_TYPE_WORKFLOW_EXECUTION_FAILED = 3 is missing"])

    @unittest.skipUnless(STATUS_FILE in our_files(), "not used")
    def test_the_status_of_grpc_is_the_same_as_its_twin_in_the_package(self):
        ours, theirs = compile_text([STATUS_FILE]).file[0].message_type[0], descriptor_pb2.DescriptorProto()
        print_protos.load_descriptors().FindMessageTypeByName(STATUS_TWIN).CopyToProto(theirs)
        self.assertEqual(list(compare_fields(ours.name, ours, theirs, Index(self.ours))), [])

    def test_the_text_is_what_the_keep_list_prints(self):
        with tempfile.TemporaryDirectory() as folder:
            print_protos.main(ROOT / "tools/protos.keep", folder)
            printed = {str(path.relative_to(folder)): path.read_text()
                       for path in pathlib.Path(folder).rglob("*.proto")}
        self.assertEqual(sorted(printed), [file for file in our_files() if file != STATUS_FILE])
        for name, text in printed.items():
            self.assertEqual(text, (ROOT / "proto" / name).read_text(),
                             f"{name}: print it again with tools/print_protos.py")


if __name__ == "__main__":
    unittest.main()
