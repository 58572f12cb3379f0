"""A training algorithm that learns the mean of the numbers in "train", and tests it on "validation" if that is there.

It takes EPOCHS epochs. With RECORDIO it reads records, otherwise lines, and leaves epoch LEAVES after the first of them.
"""

import json
import os
import struct

ROOT = os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")
EPOCHS = int(os.environ.get("EPOCHS", 1))
LEAVES = int(os.environ.get("LEAVES", -1))


def read_records(stream):
    while header := stream.read(8):
        _, length = struct.unpack("<II", header)
        yield stream.read(length)
        stream.read(-length % 4)


def read_epoch(channel, epoch):
    """The texts of an epoch's records, or its lines."""
    texts = []
    with open(os.path.join(ROOT, "input/data", f"{channel}_{epoch}"), "rb") as stream:
        for text in read_records(stream) if os.environ.get("RECORDIO") else stream:
            texts.append(text.decode().strip())
            if epoch == LEAVES:
                break
    return texts


train = [read_epoch("train", epoch) for epoch in range(EPOCHS)]
numbers = [float(text) for texts in train for text in texts if text.isdigit()]
model = {"mean": sum(numbers) / len(numbers), "train": train}
if os.environ.get("VALIDATE"):
    model["worst"] = max(abs(float(text) - model["mean"]) for text in read_epoch("validation", 0))
with open(os.path.join(ROOT, "model/model.json"), "w") as file:
    json.dump(model, file)
print("learned", model["mean"])
