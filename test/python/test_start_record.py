"""What is kept of a start for the next session, and when it no longer holds."""

import os
import tempfile
import types
import unittest
from unittest import mock

from _devpm_prefork.shared.file_state import state_of
from _devpm_prefork.supervisor.start_record import StartRecord

MODULES = ["flask", "flask.app"]


class StartRecordTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(folder.name)
        environment = mock.patch.dict("os.environ", {"DEVPM_CACHE": os.path.join(folder.name, "cache")})
        environment.start()
        self.addCleanup(environment.stop)
        self.app = os.path.join(folder.name, "app.py")
        self.save("WORD = 1")

    def save(self, text):
        with open(self.app, "w") as file:
            file.write(text)

    def record(self, **changed):
        options = {"program": ["app.py"], "port": 5000, "leave_out": [], "preload": True, **changed}
        return StartRecord(types.SimpleNamespace(**options))

    def keep(self, modules=MODULES, **changed):
        files = {self.app: state_of(os.stat(self.app))}
        self.record(**changed).do_keep_start(modules, ["flask.app"], {"FLASK_DEBUG": "1"}, files)

    def test_nothing_is_known_at_first(self):
        self.record().do_refuse_start()
        self.assertIsNone(self.record().usable())

    def test_the_next_session_has_it(self):
        self.keep()
        known = self.record().usable()
        self.assertEqual((known["modules"], known["failed"]), (MODULES, ["flask.app"]))
        self.assertEqual(known["environment"], {"FLASK_DEBUG": "1"})

    def test_not_where_a_file_of_the_program_was_saved_since_or_is_gone(self):
        self.keep()
        self.save("WORD = 2")
        self.assertIsNone(self.record().usable())
        self.keep()
        os.unlink(self.app)
        self.assertIsNone(self.record().usable())

    def test_not_where_a_lock_file_the_command_or_an_option_differs(self):
        self.keep()
        for changed in ({"program": ["other.py"]}, {"port": 5001}, {"leave_out": ["flask"]}, {"preload": False}):
            self.assertIsNone(self.record(**changed).usable(), changed)
        with open("requirements.txt", "w"):
            pass
        self.assertIsNone(self.record().usable())

    def test_not_without_a_port_or_a_folder(self):
        self.keep(port=None)
        self.assertIsNone(self.record(port=None).usable())
        del os.environ["DEVPM_CACHE"]
        self.keep()
        self.assertIsNone(self.record().usable())

    def test_a_list_that_was_in_vain_is_not_tried_again_until_it_changes(self):
        self.keep()
        self.record().do_refuse_start()
        self.assertIsNone(self.record().usable())
        self.keep(list(reversed(MODULES)))
        self.assertIsNone(self.record().usable())
        self.keep([*MODULES, "jinja2"])
        self.assertEqual(self.record().usable()["modules"], [*MODULES, "jinja2"])

    def test_what_is_known_is_not_written_again(self):
        self.keep()
        with mock.patch.object(StartRecord, "write") as write:
            self.keep()
        write.assert_not_called()

    def test_half_a_file_is_none(self):
        self.keep()
        [name] = os.listdir("cache")
        with open(os.path.join("cache", name), "rb+") as file:
            file.truncate(200)
        self.assertIsNone(self.record().usable())
