"""A server as SageMaker would run it, with nothing but Python's standard library.

It serves what train.py has learned: lines of CSV, a prediction for each. SAGEMAKER_BASE_DIR names the directory where
there is no /opt/ml.
"""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT = os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")

with open(os.path.join(ROOT, "model/model.json")) as file:
    MODEL = json.load(file)


def predict(line):
    xs = [float(x) for x in line.split(",")]
    return MODEL["intercept"] + sum(w * x for w, x in zip(MODEL["weights"], xs))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept

    def do_GET(self):
        self.answer(200 if self.path == "/ping" else 404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))  # all of it
        if self.path != "/invocations":
            return self.answer(404)
        try:
            predictions = [predict(line) for line in body.decode().split()]
        except ValueError as error:
            return self.answer(400, str(error))
        if not predictions:
            return self.answer(400, "There is no line.")
        accept = self.headers.get("Accept", "*/*")
        if "text/csv" in accept:
            self.answer(200, "\n".join(map(str, predictions)), "text/csv")
        elif "json" in accept or "*" in accept:
            self.answer(200, json.dumps({"predictions": predictions}), "application/json")
        else:
            self.answer(406, "JSON or CSV")

    def answer(self, status, text="", content_type="text/plain"):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128  # connections that wait to be accepted


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
Server(("0.0.0.0", 8080), Handler).serve_forever()
