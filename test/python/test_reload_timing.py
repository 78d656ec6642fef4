import unittest

from _devpm_prefork.supervisor.reload_timing import ReloadTiming, percentile
from support import Template, booting, save


def times(answering, spent=None):
    return {"forked": answering - 0.02, "imported": answering - 0.01, "answering": answering, "spent": spent or {}}


class TimingTest(unittest.TestCase):
    def reload(self, timing, ms, spent=None):
        made = booting(cause=save(saved=1_000_000.0), template=Template())
        return timing.serving(made, times(1_000.0 + ms / 1000, spent), 0.01)["fields"]

    def test_from_the_save_to_the_answer(self):
        fields = self.reload(ReloadTiming(), 15)
        self.assertEqual((fields["savedAt"], round(fields["answeringAt"], 3)), (1_000_000.0, 1_000_015.0))
        self.assertTrue(fields["warm"])

    def test_without_what_somebody_kept_the_program_at_a_prompt(self):
        timing = ReloadTiming()
        made = booting(cause=save(saved=1_000_000.0), template=Template())
        made.cause.waited = 9_000.0
        fields = timing.serving(made, times(1_009.015), 0.01)["fields"]
        self.assertEqual((round(fields["answeringAt"], 3), fields["p50"]), (1_000_015.0, 15.0))
        self.assertEqual(round(fields["answeringAt"] - fields["forkedAt"], 3), 20.0)

    def test_a_clock_that_was_set_back_gives_no_negative_time(self):
        self.assertEqual(self.reload(ReloadTiming(), -50)["p50"], 0.0)

    def test_the_import_that_grew_is_named_where_a_reload_takes_twice_the_median(self):
        timing = ReloadTiming()
        for _ in range(4):
            self.reload(timing, 15, {"web.routes": 2.0, "web.models": 3.0})
        fields = self.reload(timing, 60, {"web.routes": 2.5, "web.models": 40.0})
        self.assertEqual(fields["grown"], {"module": "web.models", "ms": 37.0})

    def test_not_after_too_few_of_them(self):
        timing = ReloadTiming()
        self.reload(timing, 15, {"web.routes": 2.0})
        self.assertNotIn("grown", self.reload(timing, 60, {"web.routes": 40.0}))

    def test_a_percentile_of_few_values(self):
        self.assertEqual((percentile([3.0], 0.95), percentile([1.0, 2.0, 3.0], 0.5)), (3.0, 2.0))
