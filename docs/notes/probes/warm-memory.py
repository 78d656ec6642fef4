"""What the processes of a warm Python app hold beside the plain command, in MB: supervisor, template, workers; and the
milliseconds from a save to its answer.

    ROUNDS=3 REST=5 SAVES=2 python3 docs/notes/probes/warm-memory.py PYTHON KIND PREFORK [PREFORK…]

PYTHON: of a virtual environment with what KIND needs: flask, fastapi (and uvicorn), django, or pandas (Flask, pandas,
SQLAlchemy and pydantic). PREFORK: src/reload/prefork of a checkout; those of several are measured by turns. REST:
seconds before a save and a look.
"""

import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

WORD = "from words import WORD\n"
FLASK = f"""from flask import Flask
{WORD}
app = Flask(__name__)


@app.get("/")
def index():
    return WORD
"""
FASTAPI = FLASK.replace("flask", "fastapi").replace("Flask(__name__)", "FastAPI()").replace("Flask", "FastAPI")
MANAGE = """import os, sys

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from django.core.management import execute_from_command_line

execute_from_command_line(sys.argv)
"""
SETTINGS = """DEBUG = True
SECRET_KEY = "of a probe"
ROOT_URLCONF = "urls"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.staticfiles"]
STATIC_URL = "/static/"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
"""
URLS = f"""from django.http import HttpResponse
from django.urls import path
{WORD}
urlpatterns = [path("", lambda request: HttpResponse(WORD))]
"""
FILES = {
    "flask": {"app.py": FLASK},
    "fastapi": {"app.py": FASTAPI},
    "pandas": {"app.py": "import pandas, pydantic, sqlalchemy\n" + FLASK},
    "django": {"manage.py": MANAGE, "settings.py": SETTINGS, "urls.py": URLS},
}
COMMANDS = {
    "flask": "-m flask --app app run --port",
    "fastapi": "-m uvicorn app:app --port",
    "django": "manage.py runserver",
}
COMMANDS["pandas"] = COMMANDS["flask"]
WORDS = [f"word {number}" for number in range(int(os.environ.get("SAVES", "2")))]
REST_SECONDS = float(os.environ.get("REST", "5"))


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


def until_answers(port, word):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if word in urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).read().decode():
                return
        except OSError:
            pass
        time.sleep(0.001)
    raise SystemExit(f"{word} is not answered")


def parents():
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                found[int(name)] = int(file.read().rpartition(")")[2].split()[1])
        except OSError:
            continue
    return found


def family(pid):
    below = parents()
    found = [pid]
    for one in found:
        found += sorted(child for child, parent in below.items() if parent == one)
    return found


def rollup(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return {name: int(kb) / 1024 for name, kb in re.findall(r"^(\w+):\s+(\d+) kB$", file.read(), re.M)}


def sample(kind, python, prefork):
    """The PSS of all, a line for each process, and the seconds from each save to its answer."""
    folder, port = tempfile.mkdtemp(prefix="warm-memory-"), free_port()

    def write(name, text):
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)

    for name, text in FILES[kind].items():
        write(name, text)
    write("words.py", 'WORD = "first"\n')
    words = [*COMMANDS[kind].split(), port]
    if prefork is None:
        command = [python, *words, *(["--noreload"] if kind == "django" else [])]
    else:
        command = [python, os.path.join(prefork, "__main__.py"), "--port", port, "--", *words]
    env = {"PATH": os.environ["PATH"], "HOME": folder}
    running = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until_answers(port, "first")
        took = []
        for word in WORDS if prefork else ():
            time.sleep(REST_SECONDS)
            write("words.py", f'WORD = "{word}"\n')
            saved = time.perf_counter()
            until_answers(port, word)
            took.append(time.perf_counter() - saved)
        time.sleep(REST_SECONDS)
        rows = [rollup(pid) for pid in family(running.pid)]
        lines = [f"    PSS {row['Pss']:5.1f}   its own {row['Private_Dirty']:5.1f}" for row in rows]
        return sum(row["Pss"] for row in rows), lines, took
    finally:
        running.terminate()
        running.wait()
        shutil.rmtree(folder, ignore_errors=True)


def main(python, kind, *preforks):
    taken = {prefork: [] for prefork in (None, *preforks)}
    for _ in range(int(os.environ.get("ROUNDS", "3"))):
        for prefork, samples in taken.items():
            samples.append(sample(kind, python, prefork))
    plain = statistics.median(total for total, *_ in taken[None])
    for prefork, samples in taken.items():
        total, lines, _ = sorted(samples)[len(samples) // 2]
        print(f"{kind}, {prefork or 'the plain command'}: {total:.1f} = {total / plain:.2f}×", *lines, sep="\n")
        if prefork and WORDS:
            fastest = min(one for *_, took in samples for one in took)
            print(f"    {fastest * 1000:.1f} ms from a save to its answer at the fastest: other work only adds to it")


main(sys.argv[1], sys.argv[2], *map(os.path.abspath, sys.argv[3:]))
