"""nginx in front of gunicorn, which runs the application. Ends with SIGTERM, or when one of them ends."""
import os
import signal
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
workers = int(os.environ.get("MODEL_SERVER_WORKERS", os.cpu_count()))
timeout = int(os.environ.get("MODEL_SERVER_TIMEOUT", 60))
is_stopped = False


def start(run):
    """Starts both, and says by which signal each is to be ended."""
    os.chmod(run, 0o755)  # nginx has another user for its workers
    settings = os.path.join(run, "nginx.conf")
    with open(os.path.join(here, "nginx.conf")) as template, open(settings, "w") as file:
        file.write(template.read().replace("@RUN@", run))
    nginx = ["nginx", "-e", "stderr", "-p", run, "-c", settings]
    gunicorn = [sys.executable, "-B", "-m", "gunicorn", "--chdir", here, "--bind", "unix:%s/application.sock" % run]
    gunicorn += ["--workers", str(workers), "--timeout", str(timeout), "--worker-tmp-dir", run, "predictor:app"]
    return {
        subprocess.Popen(nginx).pid: signal.SIGQUIT,
        subprocess.Popen(gunicorn).pid: signal.SIGTERM,
    }


with tempfile.TemporaryDirectory() as run:
    running = start(run)

    def stop(*_):
        global is_stopped
        is_stopped = True
        for pid, how in running.items():
            os.kill(pid, how)

    signal.signal(signal.SIGTERM, stop)
    status = 0
    while running:
        pid, _ = os.wait()  # the first process of all is told of others, too
        if running.pop(pid, None) is not None and not is_stopped:
            status = 1
            stop()
sys.exit(status)
