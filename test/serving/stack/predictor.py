"""The application that gunicorn runs: a line of CSV in, a line out for each."""
import json
import os
import time

from flask import Flask, Response, request

app = Flask(__name__)
with open("/opt/ml/model/line.json") as file:
    line = json.load(file)


@app.get("/ping")
def ping():
    return Response(status=200)


@app.post("/invocations")
def invocations():
    if request.content_type != "text/csv":
        return Response("send text/csv", status=415)
    time.sleep(float(request.headers.get("X-Amzn-SageMaker-Custom-Attributes", 0)))
    values = [float(value) for value in request.get_data(as_text=True).splitlines()]
    answers = [line["slope"] * value + line["intercept"] for value in values]
    answer = Response("".join("%g\n" % value for value in answers), mimetype="text/csv")
    answer.headers["X-Amzn-SageMaker-Custom-Attributes"] = "worker %d" % os.getpid()
    return answer
