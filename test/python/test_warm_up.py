import os
import types
import unittest
import uuid
from unittest import mock

from _devpm_prefork.template import warm_up


class WarmUpTest(unittest.TestCase):
    def setUp(self):
        self.asked = []
        self.debug = types.SimpleNamespace(get_machine_id=lambda: self.asked.append("machine"))

    def test_the_numbers_of_the_debuggers_pin_are_known_before_a_fork(self):
        with mock.patch.object(uuid, "_node", None):
            warm_up.identify_machine(self.debug)
            self.assertEqual(uuid._node, uuid.getnode())
        self.assertEqual(self.asked, ["machine"])

    def test_a_number_that_is_known_is_not_asked_again(self):
        with mock.patch.object(uuid, "_node", 7), mock.patch.object(warm_up, "ask_in_fork") as ask:
            warm_up.identify_machine(self.debug)
            ask.assert_not_called()
            self.assertEqual(uuid._node, 7)

    def test_a_debugger_of_another_version_is_left_alone(self):
        with mock.patch.object(uuid, "_node", None):
            warm_up.identify_machine(types.SimpleNamespace())
            self.assertIsNone(uuid._node)

    def test_the_question_is_asked_in_another_process(self):
        self.assertNotEqual(warm_up.ask_in_fork(os.getpid), os.getpid())

    def test_a_process_that_fails_has_no_answer(self):
        # what it writes of the error is not for this test's output
        with mock.patch("os.write", lambda *_: 0), self.assertRaises(ValueError):
            warm_up.ask_in_fork(lambda: 1)
