"""A training algorithm as SageMaker would run it, with nothing but Python's standard library.

Linear regression by stochastic gradient descent. It has two Pipe-mode channels, "train" and "validation", with
RecordIO around each object; an object is a CSV shard with y in the first column. It knows nothing of the library
that feeds it. SAGEMAKER_BASE_DIR names the directory where there is no /opt/ml.
"""

import json
import os
import struct
import time

ROOT = os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")
RECORDIO_MAGIC = 0xCED7230A


def open_epoch(channel, epoch):
    """Opens the FIFO of an epoch; if it is not there yet, looks again every 0.1 s."""
    path = os.path.join(ROOT, "input/data", f"{channel}_{epoch}")
    while not os.path.exists(path):
        time.sleep(0.1)
    return open(path, "rb")


def read_records(stream):
    """Yields the payload of every RecordIO record."""
    while header := stream.read(8):
        magic, length = struct.unpack("<II", header)
        if magic != RECORDIO_MAGIC or length >> 29:
            raise ValueError(f"expected a whole RecordIO record, got the header {header.hex()}")
        payload = stream.read(length)
        stream.read(-length % 4)  # the padding
        yield payload


def read_observations(channel, epoch, pause):
    with open_epoch(channel, epoch) as stream:
        for number, record in enumerate(read_records(stream), start=1):
            for line in record.decode().splitlines():
                y, *xs = map(float, line.split(","))
                yield y, xs
            if pause > 0:
                print(f"records={number} of {channel}_{epoch}", flush=True)
                time.sleep(pause)


class LinearModel:
    def __init__(self, features):
        self.intercept = 0.0
        self.weights = [0.0] * features

    def error(self, y, xs):
        return self.intercept + sum(w * x for w, x in zip(self.weights, xs)) - y

    def learn(self, y, xs, learning_rate):
        error = self.error(y, xs)
        step = learning_rate * error
        self.intercept -= step
        self.weights = [w - step * x for w, x in zip(self.weights, xs)]
        return error**2


def mean(values):
    total = count = 0
    for value in values:
        total += value
        count += 1
    return total / count


def main():
    with open(os.path.join(ROOT, "input/config/hyperparameters.json")) as file:
        hyperparameters = json.load(file)  # every value is a string
    epochs = int(hyperparameters["epochs"])
    learning_rate = float(hyperparameters["learning_rate"])
    pause = float(hyperparameters.get("pause_ms", 0)) / 1000

    model = LinearModel(features=4)
    for epoch in range(epochs):
        train_loss = mean(model.learn(y, xs, learning_rate) for y, xs in read_observations("train", epoch, pause))
        validation_loss = mean(model.error(y, xs) ** 2 for y, xs in read_observations("validation", epoch, pause))
        print(f"epoch={epoch} train_loss={train_loss:.6f} validation_loss={validation_loss:.6f}", flush=True)

    os.makedirs(os.path.join(ROOT, "model"), exist_ok=True)
    with open(os.path.join(ROOT, "model/model.json"), "w") as file:
        json.dump({"intercept": model.intercept, "weights": model.weights}, file)


if __name__ == "__main__":
    main()
