import unittest

from _devpm_prefork.shared.messages import FromSupervisorToWorker
from _devpm_prefork.supervisor.preloader import HELD_SECONDS, MOST_TEMPLATES, POLITE_SECONDS, UNASKED_SECONDS, Preloader
from support import Template, booting, kinds, later, of, worker


def preloader(modules=("numpy.core",), left_out=None, is_off=False):
    return Preloader(list(modules), left_out or {}, is_off)


class PrepareTest(unittest.TestCase):
    def prepare(self, made, current=None, template=None, is_growing=False, is_short=False):
        return made.prepare(current or worker(), template, is_growing, is_short)

    def test_what_the_app_has_imported_is_loaded_in_a_template(self):
        self.assertEqual(kinds(self.prepare(preloader())), ["fork_template"])

    def test_not_while_the_worker_boots(self):
        """Race: a save comes while the libraries were about to be loaded: the worker needs the processor."""
        self.assertEqual(self.prepare(preloader(), booting()), [])

    def test_not_without_a_worker(self):
        """Race: the worker crashed before the timer ran."""
        self.assertEqual(preloader().prepare(None, None, is_growing=False, is_short=False), [])

    def test_one_template_loads_at_a_time(self):
        """Race: the list grows twice while the first template still loads."""
        self.assertEqual(self.prepare(preloader(), is_growing=True), [])

    def test_a_list_that_has_grown_needs_another_template(self):
        actions = self.prepare(preloader(["numpy.core", "pandas"]), template=Template(["numpy.core"]))
        self.assertIn("fork_template", kinds(actions))

    def test_an_environment_that_differs_too(self):
        made = preloader()
        made.set_environment({"DJANGO_SETTINGS_MODULE": "site.settings"})
        self.assertIn("fork_template", kinds(self.prepare(made, template=Template())))

    def test_but_not_what_each_worker_sets_for_itself(self):
        made = preloader()
        made.set_environment({"WERKZEUG_SERVER_FD": "7"})
        self.assertNotIn("fork_template", kinds(self.prepare(made, template=Template())))

    def test_an_app_that_never_settles_does_not_fork_for_ever(self):
        made = preloader()
        forks = sum("fork_template" in kinds(self.prepare(made)) for _ in range(50))
        self.assertEqual(forks, MOST_TEMPLATES)

    def test_files_of_the_project_are_compiled_once(self):
        template = Template()
        first = self.prepare(preloader(), worker(files=["/app/a.py"]), template)
        self.assertEqual(kinds(first), ["tell", "drop_standby", "prepare_standby"])
        self.assertEqual(of(first, "tell")["message"]["files"], ["/app/a.py"])
        self.assertEqual(kinds(self.prepare(preloader(), worker(files=["/app/a.py"]), template)), ["prepare_standby"])

    def test_a_standby_that_was_forked_before_a_compilation_is_dropped(self):
        """Race: it would compile the saved file again, in the time of the save."""
        template = Template()
        self.prepare(preloader(), worker(files=["/app/a.py"]), template)
        current = worker(files=["/app/a.py"])
        current.files["/app/a.py"] = [9, 9, 9, 9]
        self.assertEqual(
            kinds(self.prepare(preloader(), current, template)), ["tell", "drop_standby", "prepare_standby"]
        )

    def test_no_worker_is_forked_ahead_while_memory_is_short(self):
        """One that was forked before is given up: it would only be used by the next save."""
        made, template = preloader(), Template()
        template.compiled["/app/routes.py"] = worker().files["/app/routes.py"]
        self.assertEqual(kinds(self.prepare(made, template=template, is_short=True)), ["drop_standby"])
        self.assertEqual(kinds(self.prepare(made, template=template)), ["prepare_standby"])

    def test_gevent_replaces_what_a_fork_relies_on(self):
        made = preloader(["gevent", "flask"])
        self.assertEqual(kinds(self.prepare(made)), ["drop_standby", "drop_template", "notice"])
        self.assertTrue(made.is_off)
        self.assertEqual(self.prepare(made), [])


class HeldTest(unittest.TestCase):
    def setUp(self):
        self.made = preloader()
        self.made.hold()

    def prepared(self):
        return kinds(self.made.prepare(worker(), None, is_growing=False, is_short=False))

    def test_no_libraries_are_loaded_while_other_apps_start(self):
        self.assertEqual(self.prepared(), [])
        self.assertEqual(later(self.made.release(None)), [(POLITE_SECONDS, "prepare")])
        self.assertEqual(self.prepared(), ["fork_template"])

    def test_a_worker_that_has_answered_neither_reports_nor_collects_while_other_apps_start(self):
        answered = worker()
        answered.first_request.is_answered = True
        self.assertEqual(self.made.on_first_response(answered), [])
        told = of(self.made.release(answered), "tell")
        self.assertEqual((told["to"], told["message"]), (answered, FromSupervisorToWorker.report_modules()))
        # the session's order comes, and the bound is reached
        self.assertNotIn("tell", kinds(self.made.release(answered)))

    def test_a_worker_that_nothing_has_asked_yet_reports_after_its_first_answer(self):
        made = worker()
        self.assertNotIn("tell", kinds(self.made.release(made)))
        actions = self.made.on_first_response(made)
        self.assertEqual(later(actions), [(POLITE_SECONDS, "tell")])
        self.assertEqual(actions[0]["action"]["message"], FromSupervisorToWorker.report_modules())

    def test_it_is_bounded(self):
        """Another app fails to start, and the session with it."""
        actions = self.made.on_serving(worker(), {})
        self.assertEqual(later(actions), [(HELD_SECONDS, "begin_preloading"), (UNASKED_SECONDS, "ask_modules")])


class ModulesTest(unittest.TestCase):
    def test_new_ones_are_remembered_in_their_order(self):
        made = preloader(["b"])
        actions = made.on_used_modules(["b", "c", "a"])
        self.assertEqual(of(actions, "remember_modules")["modules"], ["b", "c", "a"])
        self.assertEqual(later(actions), [(POLITE_SECONDS, "prepare")])

    def test_known_ones_are_not_written_again(self):
        self.assertEqual(kinds(preloader(["a"]).on_used_modules(["a"])), ["after"])

    def test_an_app_that_nothing_asks_is_asked_for_its_modules(self):
        actions = preloader().on_serving(worker(), {})
        self.assertEqual(later(actions), [(POLITE_SECONDS, "prepare"), (UNASKED_SECONDS, "ask_modules")])

    def test_a_package_that_is_not_fork_safe_costs_no_template(self):
        made = preloader(["badlib"])
        made.prepare(worker(), None, is_growing=False, is_short=False)
        actions = made.on_not_fork_safe("badlib", "starts a thread at import")
        self.assertEqual(made.templates_forked, 0)
        self.assertEqual(of(actions, "remember_modules")["left_out"], {"badlib": "starts a thread at import"})
        self.assertIn("badlib is imported again at every reload", of(actions, "notice")["text"])

    def test_a_template_begins_without_what_is_left_out(self):
        class Options:
            leave_out = ("torch",)
            program = ("-m", "flask")

        made = preloader(left_out={"badlib": "hangs"})
        settings = made.settings(Options, {"/app/a.py": [1]})
        self.assertEqual((settings["leave_out"], settings["project"]), (["badlib", "torch"], ["/app/a.py"]))
