"""Stands where PM2's daemon stands: once the engine asks for the apps, by a file `asked` in FOLDER, starts each as a
shell line in a session of its own, with the mark, waits for them, and starts again what ends (PM2 without devpm's
settings would). Usage: teardown-supervisor.py APPS FOLDER"""

import json
import os
import subprocess
import sys
import threading
import time

apps, folder = json.loads(sys.argv[1]), sys.argv[2]


def keep(app):
    while True:
        env = dict(os.environ, DEVPM_APP=app["name"], FOLDER=folder)
        subprocess.call(["/bin/sh", "-c", app["command"]], env=env, start_new_session=True)
        if not app.get("again"):
            return


while not os.path.exists(os.path.join(folder, "asked")):
    time.sleep(0.005)
threads = [threading.Thread(target=keep, args=(app,)) for app in apps]
for thread in threads:
    thread.start()
while True:
    threading.Event().wait(1000)
