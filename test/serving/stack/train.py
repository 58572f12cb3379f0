"""Fits a straight line to the lines of CSV in the channel, and leaves it in /opt/ml/model."""
import json
import os

points = []
channel = "/opt/ml/input/data/training"
for name in sorted(os.listdir(channel)):
    with open(os.path.join(channel, name)) as file:
        points += [tuple(map(float, line.split(","))) for line in file if line.strip()]

count = len(points)
mean_x, mean_y = (sum(values) / count for values in zip(*points))
slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
with open("/opt/ml/model/line.json", "w") as file:
    json.dump({"slope": slope, "intercept": mean_y - slope * mean_x}, file)
print("trained on", count, "points", flush=True)
