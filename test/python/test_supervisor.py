"""What the supervisor itself decides: whether a worker begins at all."""

import _signal
import os
import unittest
from unittest import mock

from _devpm_prefork.options import parse
from _devpm_prefork.supervisor.supervisor import Supervisor
from support import booting, save


class EndTest(unittest.TestCase):
    def setUp(self):
        environment = mock.patch.dict("os.environ")
        environment.start()
        self.addCleanup(environment.stop)
        for name in ("DEVPM_SOCKET", "DEVPM_CACHE"):
            os.environ.pop(name, None)
        self.supervisor = Supervisor(parse(["--", "app.py"]))
        self.addCleanup(self.supervisor.watcher.close)
        self.causes = []
        self.supervisor.workers.start = self.start

    def start(self, cause, template, may_be_standby):
        self.causes.append(cause)
        return booting(cause=cause)

    def test_a_save_begins_a_worker(self):
        cause = save()
        self.supervisor.do_replace_worker(cause)
        self.assertEqual(self.causes, [cause])

    def test_no_worker_begins_once_it_ends(self):
        """Race: a save, or a timer of one, comes while the last worker takes its time to end."""
        self.supervisor.end(_signal.SIGTERM)
        self.supervisor.do_replace_worker(save())
        self.supervisor.do_start_when_alone(save())
        self.supervisor.do_start_worker(save(), use_template=True)
        self.assertEqual(self.causes, [])
