#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The other side of test_proto_json_python.c: messages made at random, as the official package writes them.

For each, prints "<type> <its bytes in hexadecimal> <its JSON>", reads two lines of JSON, what became of the JSON
and what became of the bytes, and compares both with the message. Ends with "<count> messages", or says at the
first one that differs how it differs.
"""
import pathlib
import random
import sys

from google.protobuf import any_pb2, duration_pb2, field_mask_pb2, json_format, struct_pb2, timestamp_pb2, wrappers_pb2

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

import print_protos  # noqa: E402  (stands in tools/)
from google.protobuf import message_factory  # noqa: E402

TEXTS = ["", "a", "é", "\U0001f600", "quote\" back\\slash \n\t", "\u2028", "x" * 300, "NaN", "0", " "]
NUMBERS = [0.0, -0.0, 1.0, -1.5, 1e300, 5e-324, 0.1, 123456789.125]
NAMES = ["foo", "foo_bar", "a.b_c", "q"]


class Maker:
    """Fills messages, but for the fields that our text of the wire leaves out."""

    def __init__(self, seed, left_out, any_types):
        self.random, self.left_out, self.any_types = random.Random(seed), left_out, any_types

    def integer(self, bits, signed):
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
        return self.random.choice([low, high, 0, 1, self.random.randint(low, high), self.random.randint(0, 1000)])

    def scalar(self, field):
        kind = field.cpp_type
        if kind == field.CPPTYPE_STRING:
            if field.type == field.TYPE_BYTES:
                return self.random.randbytes(self.random.choice([0, 1, 2, 3, 50]))
            return self.random.choice(TEXTS)
        if kind == field.CPPTYPE_BOOL:
            return self.random.random() < 0.5
        if kind == field.CPPTYPE_DOUBLE:
            return self.random.choice([*NUMBERS, float("inf"), float("-inf"), self.random.uniform(-1e9, 1e9)])
        if kind == field.CPPTYPE_FLOAT:
            return self.random.choice([0.0, 1.5, -2.25, 0.1, float("inf"), self.random.uniform(-1e9, 1e9)])
        if kind == field.CPPTYPE_ENUM:
            return self.random.choice([value.number for value in field.enum_type.values] + [99999])
        return self.integer(*{field.CPPTYPE_INT32: (32, True), field.CPPTYPE_UINT32: (32, False),
                              field.CPPTYPE_INT64: (64, True), field.CPPTYPE_UINT64: (64, False)}[kind])

    def value(self, depth):
        kind = self.random.randrange(6 if depth > 0 else 4)
        if kind == 5:
            return {self.random.choice(TEXTS): self.value(depth - 1) for _ in range(3)}
        if kind == 4:
            return [self.value(depth - 1) for _ in range(3)]
        return [None, True, self.random.choice(NUMBERS), self.random.choice(TEXTS)][kind]

    def well_known(self, message, depth):
        """Fills it, if it is one whose values are not free; whether it was."""
        if isinstance(message, timestamp_pb2.Timestamp):
            message.seconds = self.random.choice([-62135596800, 253402300799, 0, -1, self.random.randint(-10**10, 10**11)])
            message.nanos = self.random.choice([0, 1, 1000, 21000000, 999999999])
        elif isinstance(message, duration_pb2.Duration):
            sign = self.random.choice([1, -1])
            message.seconds = sign * self.random.choice([0, 1, 315576000000, self.random.randint(0, 10**9)])
            message.nanos = sign * self.random.choice([0, 1, 1000, 500000000, 999999999])
            if abs(message.seconds) == 315576000000:
                message.nanos = 0
        elif isinstance(message, field_mask_pb2.FieldMask):
            message.paths.extend(self.random.sample(NAMES, self.random.randrange(4)))
        elif isinstance(message, struct_pb2.Struct):
            message.update({name: self.value(3) for name in self.random.sample(TEXTS, 3)})
        elif isinstance(message, struct_pb2.Value):
            json_format.ParseDict(self.value(3), message)
        elif isinstance(message, struct_pb2.ListValue):
            message.extend([self.value(3) for _ in range(3)])
        elif isinstance(message, any_pb2.Any):
            inner = self.random.choice(self.any_types)()
            self.fill(inner, depth - 1)
            message.Pack(inner)
        else:
            return False
        return True

    def has(self, field):
        target = field.message_type or field.enum_type
        if print_protos.is_map(field):
            return self.has(target.fields_by_name["value"])
        return target is None or not target.full_name.startswith(self.left_out)

    def fill_map(self, message, field, depth):
        key, value = (field.message_type.fields_by_name[name] for name in ("key", "value"))
        map_field = getattr(message, field.name)
        for _ in range(self.random.randrange(4)):
            if value.message_type is not None:
                self.fill(map_field[self.scalar(key)], depth - 1)
            else:
                map_field[self.scalar(key)] = self.scalar(value)

    def fill_field(self, message, field, depth):
        if print_protos.is_map(field):
            self.fill_map(message, field, depth)
        elif field.is_repeated:
            for _ in range(self.random.randrange(4)):
                if field.message_type is not None:
                    self.fill(getattr(message, field.name).add(), depth - 1)
                else:
                    getattr(message, field.name).append(self.scalar(field))
        elif field.message_type is not None:
            getattr(message, field.name).SetInParent()
            self.fill(getattr(message, field.name), depth - 1)
        else:
            setattr(message, field.name, self.scalar(field))

    def fill(self, message, depth):
        if self.well_known(message, depth) or depth <= 0:
            return message
        fields = [field for field in message.DESCRIPTOR.fields if self.has(field)]
        alone = [field for field in fields if field.containing_oneof is None]
        for oneof in message.DESCRIPTOR.oneofs:
            members = [field for field in oneof.fields if self.has(field)]
            if members:
                alone.append(self.random.choice(members))
        for field in alone:
            if self.random.random() < 0.6:
                self.fill_field(message, field, depth)
        return message


def same(one, other):
    """An Any that holds a map has no one sequence of bytes: what they mean is compared."""
    return one == other or json_format.MessageToDict(one) == json_format.MessageToDict(other)


def main(seed, count):
    pool = print_protos.load_descriptors()
    root = pathlib.Path(__file__).resolve().parents[2]
    _, left_out = print_protos.read_keep_list(root / "tools/protos.keep", pool)
    types = [message_factory.GetMessageClass(pool.FindMessageTypeByName(name.strip()))
             for name in sys.stdin.readline().split()]
    any_types = [type for type in types if type.DESCRIPTOR.full_name.startswith(("temporal.api.update", "google."))
                 and not type.DESCRIPTOR.full_name.endswith(".Any")]
    maker = Maker(seed, left_out, any_types)
    for number in range(count):
        message = maker.fill(types[number % len(types)](), 6)
        text = json_format.MessageToJson(
            message, indent=None, ensure_ascii=maker.random.random() < 0.5,
            preserving_proto_field_name=maker.random.random() < 0.3,
            use_integers_for_enums=maker.random.random() < 0.3,
            always_print_fields_with_no_presence=maker.random.random() < 0.3)
        print(message.DESCRIPTOR.full_name, message.SerializeToString().hex() or "-", text, flush=True)
        for what in ("JSON", "bytes"):
            answer = sys.stdin.readline()
            try:
                again = json_format.Parse(answer, type(message)())
            except json_format.ParseError as error:
                sys.exit(f"message {number} from {what}: {error}\n{answer}\n{text}")
            if not same(again, message):
                sys.exit(f"message {number} from {what} became another one:\n{answer}\n{text}")
    print(f"{count} messages", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
