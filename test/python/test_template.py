"""What a template and its workers share of the memory: pages that neither of them writes."""

import gc
import sys
import unittest
import weakref
from unittest import mock

from _devpm_prefork.shared.project_sources import current as sources
from _devpm_prefork.supervisor import templates
from _devpm_prefork.template import template
from _devpm_prefork.worker import used_modules
from support import Channel
from test_worker_program import python


class Names(list):
    """A list that can be seen to go."""


class Preloader:
    modules, left_out, environment = ["json"], {}, {}

    def settings(self, options, files):
        return {"modules": self.modules}


class SharedTest(unittest.TestCase):
    def setUp(self):
        self.addCleanup(gc.unfreeze)
        patching = mock.patch.object(used_modules, "start_modules", set())
        patching.start()
        self.addCleanup(patching.stop)
        self.addCleanup(sources.take)

    def loaded(self):
        """A template, the names of what it has loaded, and what it has sent."""
        names = Names(["json", "os"])
        gone, channel = weakref.ref(names), Channel()
        made = template.Template(channel, {"project": []})
        one_use = [names]
        del names
        with mock.patch.object(template, "preload", lambda _: one_use.pop()), mock.patch.object(template, "warm_up"):
            made.load()
        return made, gone, channel

    def test_a_fork_of_the_template_gives_up_no_name_of_what_is_loaded(self):
        made, gone, channel = self.loaded()
        self.assertEqual(channel.kinds(), ["ready"])
        self.assertIsNone(gone(), made)

    def test_what_every_worker_has_is_noted_and_frozen_before_the_first_of_them(self):
        self.loaded()
        self.assertEqual(used_modules.start_modules, set(sys.modules))
        self.assertGreater(gc.get_freeze_count(), 1000)

    def test_what_the_first_of_them_needs_is_loaded_before_it(self):
        shown = python("""
            import sys
            from _devpm_prefork.worker import worker
            name = "_devpm_prefork.worker.fork_probe"
            print(name in sys.modules, worker.prepare(), name in sys.modules)
        """)
        self.assertEqual(shown.strip(), "False None True")

    def test_the_collectors_of_supervisor_and_template_look_at_nothing_that_both_have(self):
        gc.unfreeze()
        frozen = []
        made = templates.Templates(options=None, leave_supervisor=None)
        with mock.patch.object(templates.fork, "fork", lambda _: frozen.append(gc.get_freeze_count()) or 100):
            made.fork(Preloader(), {})
        made.growing.close()
        self.assertGreater(frozen[0], 1000)
