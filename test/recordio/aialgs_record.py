"""The reference for aialgs.data.Record: Google's own protobuf for Python, with the definition as data.

Reads lines of JSON from stdin. {"decode": HEX} answers with what is in the message, {"encode": {...}} with a message
of the same description, as hexadecimal digits. Numbers are hexadecimal digits too, of their little-endian bytes, since
JSON has no NaN.
"""

import json
import struct
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

REPEATED, OPTIONAL = 3, 1
DOUBLE, FLOAT, UINT64, INT32, STRING, MESSAGE, BYTES = 1, 2, 4, 5, 9, 11, 12
TENSORS = {"float32_tensor": "<f", "float64_tensor": "<d", "int32_tensor": "<i"}


def definition():
    """The file of AWS's record.proto, built field by field: no compiler is needed."""
    file = descriptor_pb2.FileDescriptorProto(name="record.proto", package="aialgs.data", syntax="proto2")

    def field(message, name, number, kind, label=OPTIONAL, of=None, packed=False, oneof=None):
        added = message.field.add(name=name, number=number, type=kind, label=label)
        if of:
            added.type_name = ".aialgs.data." + of
        if packed:
            added.options.packed = True
        if oneof is not None:
            added.oneof_index = oneof

    for name, kind in [("Float32Tensor", FLOAT), ("Float64Tensor", DOUBLE), ("Int32Tensor", INT32)]:
        tensor = file.message_type.add(name=name)
        field(tensor, "values", 1, kind, REPEATED, packed=True)
        field(tensor, "keys", 2, UINT64, REPEATED, packed=True)
        field(tensor, "shape", 3, UINT64, REPEATED, packed=True)
    data = file.message_type.add(name="Bytes")
    field(data, "value", 1, BYTES, REPEATED)
    field(data, "content_type", 2, STRING)
    value = file.message_type.add(name="Value")
    value.oneof_decl.add(name="value")
    field(value, "float32_tensor", 2, MESSAGE, of="Float32Tensor", oneof=0)
    field(value, "float64_tensor", 3, MESSAGE, of="Float64Tensor", oneof=0)
    field(value, "int32_tensor", 7, MESSAGE, of="Int32Tensor", oneof=0)
    field(value, "bytes", 9, MESSAGE, of="Bytes", oneof=0)
    record = file.message_type.add(name="Record")
    for name, number, entry in [("features", 1, "FeaturesEntry"), ("label", 2, "LabelEntry")]:
        field(record, name, number, MESSAGE, REPEATED, of="Record." + entry)
        nested = record.nested_type.add(name=entry)
        nested.options.map_entry = True
        field(nested, "key", 1, STRING)
        field(nested, "value", 2, MESSAGE, of="Value")
    for number, name in [(3, "uid"), (4, "metadata"), (5, "configuration")]:
        field(record, name, number, STRING)
    return file


pool = descriptor_pool.DescriptorPool()
pool.Add(definition())
Record = message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName("aialgs.data.Record"))


def describe_value(value):
    kind = value.WhichOneof("value")
    inner = getattr(value, kind)
    if kind == "bytes":
        result = {"kind": kind, "value": [one.hex() for one in inner.value]}
        if inner.HasField("content_type"):
            result["contentType"] = inner.content_type
        return result
    numbers = b"".join(struct.pack(TENSORS[kind], number) for number in inner.values)
    return {"kind": kind, "values": numbers.hex(), "keys": list(inner.keys), "shape": list(inner.shape)}


def fill_value(value, described):
    inner = getattr(value, described["kind"])
    inner.SetInParent()
    if described["kind"] == "bytes":
        inner.value.extend(bytes.fromhex(one) for one in described["value"])
        if "contentType" in described:
            inner.content_type = described["contentType"]
        return
    numbers = bytes.fromhex(described["values"])
    inner.values.extend(number for (number,) in struct.iter_unpack(TENSORS[described["kind"]], numbers))
    inner.keys.extend(described["keys"])
    inner.shape.extend(described["shape"])


def decode(digits):
    record = Record()
    record.ParseFromString(bytes.fromhex(digits))
    texts = {name: getattr(record, name) for name in ("uid", "metadata", "configuration") if record.HasField(name)}
    maps = {
        name: {key: describe_value(getattr(record, name)[key]) for key in getattr(record, name)}
        for name in ("features", "label")
    }
    return {**maps, **texts}


def encode(described):
    record = Record()
    for name in ("features", "label"):
        for key, value in described[name].items():
            fill_value(getattr(record, name)[key], value)
    for name in ("uid", "metadata", "configuration"):
        if name in described:
            setattr(record, name, described[name])
    return record.SerializeToString().hex()


for line in sys.stdin:
    request = json.loads(line)
    answer = decode(request["decode"]) if "decode" in request else encode(request["encode"])
    print(json.dumps(answer))
