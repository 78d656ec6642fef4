"""Whether the next session may begin with a template: what shows it, and what ends it."""

import unittest

from _devpm_prefork.supervisor.start_proof import KEPT_VARIABLES, StartProof
from _devpm_prefork.supervisor.worker_handle import Booting, Serving
from support import Template, booting, exited, kinds, save, worker

MODULES = ["flask", "flask.app"]
SEGV, KILL = 11, 9


def plain_template(modules=MODULES, environment=None, failed=()):
    made = Template(modules, environment)
    made.is_plain = True
    made.failed.update(failed)
    return made


def first(**fields):
    made = worker(**fields)
    made.claimed.add((2, "127.0.0.1", 5000))
    return made


class ShownTest(unittest.TestCase):
    def shown(self, made=None, template=None, modules=MODULES, environment=None):
        made = made or first()
        proof = StartProof()
        proof.on_used_modules(made, modules)
        return proof.steps(made, template or plain_template(modules, environment), environment or {})

    def test_by_a_first_worker_and_a_template_that_has_left_nothing_but_modules(self):
        template = plain_template(["flask", "flask.app", "more"], {"FLASK_DEBUG": "1"}, failed=["flask.app", "more"])
        [kept] = self.shown(template=template, environment={"FLASK_DEBUG": "1"})
        self.assertEqual(kept["kind"], "keep_start")
        self.assertEqual((kept["modules"], kept["failed"]), (MODULES, ["flask.app"]))
        self.assertEqual((kept["environment"], list(kept["files"])), ({"FLASK_DEBUG": "1"}, ["/app/routes.py"]))

    def test_not_by_a_template_that_has_left_more_or_was_loaded_otherwise(self):
        self.assertEqual(self.shown(template=Template(MODULES)), [])
        self.assertEqual(self.shown(template=plain_template(["flask"])), [])
        self.assertEqual(self.shown(template=plain_template(environment={"TZ": "UTC"})), [])

    def test_not_by_a_worker_of_a_save_or_one_that_is_not_up(self):
        for made in (first(number=2), first(cause=save()), first(state=Booting(is_running=True))):
            self.assertEqual(self.shown(made), [])

    def test_not_where_its_server_binds_no_listener_that_can_be_asked_about(self):
        self.assertEqual(self.shown(worker()), [])

    def test_not_where_the_program_sets_a_variable_that_is_not_to_be_kept(self):
        for name in KEPT_VARIABLES:
            self.assertEqual(kinds(self.shown(environment={name: "x"})), ["keep_start"])
        self.assertEqual(self.shown(environment={"DATABASE_URL": "x"}), [])

    def test_not_under_a_debugger(self):
        self.assertEqual(self.shown(modules=["debugpy.server", "flask"]), [])

    def test_not_before_both_are_known(self):
        proof = StartProof()
        self.assertEqual(proof.steps(first(), plain_template(), {}), [])
        proof.on_used_modules(first(), MODULES)
        self.assertEqual(proof.steps(first(), None, {}), [])
        self.assertEqual(proof.steps(None, plain_template(), {}), [])

    def test_a_session_that_has_begun_so_adds_what_another_first_answer_needs(self):
        proof = StartProof()
        proof.known = ["flask"]
        made = first(template=plain_template())
        proof.on_used_modules(made, ["flask.app"])
        [kept] = proof.steps(made, plain_template(), {})
        self.assertEqual(kept["modules"], MODULES)


class BegunTest(unittest.TestCase):
    def setUp(self):
        self.proof = StartProof()
        self.proof.known = MODULES

    def test_the_variables_of_its_libraries_are_those_that_it_sets(self):
        made = booting(template=plain_template(environment={"FLASK_DEBUG": "1"}))
        changed = {"FLASK_DEBUG": "1", "WERKZEUG_SERVER_FD": "7"}
        self.assertIsNone(self.proof.on_checkpoint(made, changed))

    def test_where_it_has_set_others_it_begins_again_without(self):
        made = booting(template=plain_template(environment={"FLASK_DEBUG": "1"}))
        for changed in ({}, {"FLASK_DEBUG": "0"}, {"FLASK_DEBUG": "1", "OMP_NUM_THREADS": "1"}):
            actions = kinds(self.proof.on_checkpoint(made, changed))
            self.assertEqual(actions, ["refuse_start", "drop_template", "begin_again"])

    def test_a_later_worker_and_one_without_a_template_are_not_compared(self):
        self.assertIsNone(self.proof.on_checkpoint(booting(number=2, template=plain_template()), {"X": "1"}))
        self.assertIsNone(self.proof.on_checkpoint(booting(), {"X": "1"}))
        self.assertIsNone(self.proof.on_checkpoint(booting(template=plain_template()), None))

    def test_a_crash_while_it_begins_is_put_down_to_the_fork(self):
        gone = exited(Booting(is_running=True), SEGV, template=plain_template())
        actions = self.proof.on_exit(gone)
        self.assertEqual(kinds(actions), ["refuse_start", "drop_template", "start_worker"])
        self.assertFalse(actions[-1]["use_template"])

    def test_every_other_end_is_the_programs_own(self):
        own = (
            exited(Booting(is_running=True), 256, template=plain_template()),
            exited(Booting(is_running=True), KILL, template=plain_template()),
            exited(Serving(), SEGV, template=plain_template()),
            exited(Booting(is_running=True), SEGV, template=plain_template(), number=2),
            exited(Booting(is_running=True), SEGV),
        )
        for gone in own:
            self.assertEqual(self.proof.on_exit(gone), [])

    def test_one_that_its_template_could_not_fork_refuses_the_next(self):
        self.assertEqual(kinds(self.proof.on_vain(booting(pid=None, template=plain_template()))), ["refuse_start"])
        self.assertEqual(self.proof.on_vain(booting(pid=None, number=3, template=plain_template())), [])
        self.proof.known = []
        self.assertEqual(self.proof.on_vain(booting(pid=None, template=plain_template())), [])
