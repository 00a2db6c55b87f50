#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints our text of the wire definitions: names, numbers and types, nothing else.

    tools/print_protos.py tools/protos.keep proto/

For maintainers, when the wire gains fields that we want. Needs the pinned official Python package, whose
descriptors are the source of the facts. tests/proto compares what stands in proto/ with them.
"""
import collections
import importlib
import pathlib
import pkgutil
import sys

import temporalio.api
from google.protobuf import descriptor_pool

SCALARS = {1: "double", 2: "float", 3: "int64", 4: "uint64", 5: "int32", 6: "fixed64", 7: "fixed32",
           8: "bool", 9: "string", 12: "bytes", 13: "uint32", 15: "sfixed32", 16: "sfixed64",
           17: "sint32", 18: "sint64"}
MESSAGE, ENUM = 11, 14
SHORT_PACKAGES = {"workflowservice": "ws"}


def load_descriptors():
    """Imports every generated module, so that the default pool knows all files."""
    for module in pkgutil.walk_packages(temporalio.api.__path__, "temporalio.api."):
        if module.name.endswith("_pb2") and not module.name.endswith(".service_pb2") \
                and "cloud" not in module.name:
            importlib.import_module(module.name)
    return descriptor_pool.Default()


def read_keep_list(path, pool):
    """The root messages, and the prefixes of what is left out."""
    roots, left_out, package = [], [], None
    for line in pathlib.Path(path).read_text().splitlines():
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0] == "service":
            package = words[1].rsplit(".", 1)[0]
        elif words[0] == "message" and words[1].endswith(".*"):
            file = pool.FindFileByName(words[1][:-2].replace(".", "/") + "/message.proto")
            roots += file.message_types_by_name.values()
        elif words[0] == "message":
            roots.append(pool.FindMessageTypeByName(words[1]))
        elif words[0] == "-":
            left_out.append(words[1])
        else:
            for end in ("Request", "Response"):
                try:
                    roots.append(pool.FindMessageTypeByName(f"{package}.{words[0]}{end}"))
                except KeyError:  # GetCurrentTime takes an Empty
                    pass
    return roots, tuple(left_out)


class Selection:
    """The messages and enums that are printed."""

    def __init__(self, roots, left_out):
        self.left_out = left_out
        self.kept = {}
        for root in roots:
            self.keep(root)

    def keep(self, descriptor):
        """Keeps a message or enum, what it stands in, and what its fields lead to."""
        if descriptor.full_name in self.kept or self.is_left_out(descriptor):
            return
        self.kept[descriptor.full_name] = descriptor
        if descriptor.containing_type is not None:
            self.keep(descriptor.containing_type)
        for field in getattr(descriptor, "fields", []):
            target = field.message_type or field.enum_type
            if target is not None:
                self.keep(target)

    def is_left_out(self, descriptor):
        return descriptor.full_name.startswith(self.left_out)

    def has(self, field):
        target = field.message_type or field.enum_type
        if target is not None and is_map(field):
            return self.has(target.fields_by_name["value"])
        return target is None or target.full_name in self.kept


def is_map(field):
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def type_of(field):
    target = field.message_type or field.enum_type
    return "." + target.full_name if target is not None else SCALARS[field.type]


def print_field(field, indent):
    if is_map(field):
        key, value = (field.message_type.fields_by_name[name] for name in ("key", "value"))
        return f"{indent}map<{type_of(key)}, {type_of(value)}> {field.name} = {field.number};"
    repeated = "repeated " if field.is_repeated else ""
    return f"{indent}{repeated}{type_of(field)} {field.name} = {field.number};"


def print_oneof(oneof, selection, indent):
    lines = [print_field(field, indent + "  ") for field in oneof.fields if selection.has(field)]
    return [f"{indent}oneof {oneof.name} {{", *lines, f"{indent}}}"] if lines else []


def print_message(message, selection, indent=""):
    lines = [f"{indent}message {message.name} {{"]
    deeper = indent + "  "
    for enum in message.enum_types:
        if enum.full_name in selection.kept:
            lines += print_enum(enum, deeper)
    for nested in message.nested_types:
        if nested.full_name in selection.kept and not nested.GetOptions().map_entry:
            lines += print_message(nested, selection, deeper)
    printed = set()
    for field in message.fields:
        oneof = field.containing_oneof
        if not selection.has(field) or oneof is not None and oneof.name in printed:
            continue
        if oneof is None:
            lines.append(print_field(field, deeper))
        else:
            printed.add(oneof.name)
            lines += print_oneof(oneof, selection, deeper)
    return lines + [f"{indent}}}"]


def print_enum(enum, indent=""):
    lines = [f"{indent}enum {enum.name} {{"]
    if enum.GetOptions().allow_alias:
        lines.append(f"{indent}  option allow_alias = true;")
    lines += [f"{indent}  {value.name} = {value.number};" for value in enum.values]
    return lines + [f"{indent}}}"]


def imports_of(messages, selection, file):
    files = set()
    for message in messages:
        for field in message.fields:
            if not selection.has(field):
                continue
            value = field.message_type.fields_by_name["value"] if is_map(field) else field
            target = value.message_type or value.enum_type
            if target is not None and target.file.name != file:
                files.add(target.file.name)
    return sorted(files)


def c_package(package):
    if package == "google.protobuf":
        return "tp.pb"
    words = [word for word in package.split(".")[2:] if word != "v1"]
    return "tp." + "_".join(SHORT_PACKAGES.get(word, word) for word in words)


def main(keep_list, out):
    pool = load_descriptors()
    selection = Selection(*read_keep_list(keep_list, pool))
    by_file = collections.defaultdict(list)
    for descriptor in selection.kept.values():
        by_file[descriptor.file.name].append(descriptor)

    for name, descriptors in sorted(by_file.items()):
        file = pool.FindFileByName(name)
        messages = [d for d in descriptors if hasattr(d, "fields")]
        lines = ["// SPDX-License-Identifier: MIT",
                 "// Facts of the wire, printed by tools/print_protos.py: do not edit by hand.",
                 'syntax = "proto3";', "", f"package {file.package};", "",
                 'import "protobuf-c/protobuf-c.proto";']
        lines += [f'import "{path}";' for path in imports_of(messages, selection, name)]
        lines += ["", "option (pb_c_file).gen_pack_helpers = false;",
                  f'option (pb_c_file).c_package = "{c_package(file.package)}";']
        for enum in file.enum_types_by_name.values():
            if enum.full_name in selection.kept:
                lines += ["", *print_enum(enum)]
        for message in file.message_types_by_name.values():
            if message.full_name in selection.kept:
                lines += ["", *print_message(message, selection)]
        path = pathlib.Path(out, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
