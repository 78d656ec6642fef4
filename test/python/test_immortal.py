"""Objects whose reference count is not written any more: what a fork uses without copying it."""

import os
import sys
import tempfile
import unittest

from _devpm_prefork.shared import immortal
from test_worker_program import python

HAS_IMMORTAL = sys.version_info >= (3, 12)
LIBRARY = """
class Ends:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        print(self.name, "ended")

class Lazy:
    @property
    def __class__(self):
        raise RuntimeError("asked what it stands for")

def plain(number="default"):
    return ("text", 1234567)

def made_with(held):
    return lambda: held

closed = made_with("a text, which is no constant".upper())
holding = made_with(Ends("of a function"))
group, groups = (plain, Ends), (Ends("of a tuple"), "text")
alone, lazy = Ends("of a module"), Lazy()
log = open({path!r}, "w")
log.write("written at the end")
"""
SETUP = """
import importlib.util, os, sys
from _devpm_prefork.shared import immortal
spec = importlib.util.spec_from_file_location("library", os.path.join({folder!r}, "library.py"))
library = sys.modules["library"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(library)
immortal.make_immortal()
def is_immortal(one):
    return sys.getrefcount(one) >= immortal.LEAST
"""


class ImmortalTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.log = folder.name, os.path.join(folder.name, "log")
        with open(os.path.join(self.folder, "library.py"), "w") as file:
            file.write(LIBRARY.format(path=self.log))

    def shown(self, code):
        """What an interpreter prints that has loaded the library, and made it immortal, to its end."""
        return python(SETUP.format(folder=self.folder) + code)

    @unittest.skipUnless(HAS_IMMORTAL, "from 3.12 on")
    def test_what_a_library_consists_of(self):
        shown = self.shown(
            """
code = library.plain.__code__
for one in (library, vars(library), library.plain, code, library.Ends, library.closed, library.group,
            *code.co_consts, library.plain.__defaults__[0], *library.closed.__closure__,
            library.closed.__closure__[0].cell_contents):
    print(is_immortal(one), end=" ")
print()
"""
        )
        self.assertEqual(set(shown.splitlines()[0].split()), {"True"}, shown)

    def test_what_may_have_an_end_of_its_own_keeps_it(self):
        shown = self.shown(
            """
print([is_immortal(one) for one in (library.alone, library.groups, library.holding, *library.holding.__closure__,
                                       library.log, library.lazy, sys)])
del library.alone, library.groups, library.holding
print("before the end")
"""
        )
        states, *ended, before, _ = [*shown.splitlines(), ""]
        self.assertEqual(states, str([False] * 7), shown)
        self.assertEqual(sorted(ended), ["of a function ended", "of a module ended", "of a tuple ended"], shown)
        self.assertEqual(before, "before the end")

    def test_an_interpreter_ends_as_without(self):
        """What it has not closed is written, and what lasted until now ends."""
        shown = self.shown("print('before the end')")
        first, *ended = shown.splitlines()
        self.assertEqual(first, "before the end", shown)
        self.assertEqual(sorted(ended), ["of a function ended", "of a module ended", "of a tuple ended"])
        with open(self.log) as file:
            self.assertEqual(file.read(), "written at the end")

    def test_a_python_without_them_is_left_as_it_is(self):
        self.assertEqual(immortal.count_type() is not None, HAS_IMMORTAL and sys.maxsize > immortal.LEAST)
