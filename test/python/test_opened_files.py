"""A worker tells of the files that it opens for writing, in every way that Python has."""

import os
import pathlib
import tempfile
import unittest

from _devpm_prefork.worker.opened_files import OpenedFiles


class Link:
    def __init__(self):
        self.told = []

    def tell(self, message):
        self.told.append((message["kind"], os.path.basename(message["path"])))


class OpenedFilesTest(unittest.TestCase):
    def test_what_is_opened_for_writing_or_renamed_over_is_told_and_nothing_else(self):
        with tempfile.TemporaryDirectory() as made:
            folder = pathlib.Path(os.path.realpath(made))
            made_py, other = folder / "made.py", folder / "other.py"
            link, opened = Link(), OpenedFiles()
            opened.report(link, [str(made_py)])
            self.addCleanup(opened.report, link, [])
            ways = (
                lambda: made_py.write_text("1"),
                lambda: open(os.fsencode(made_py), "ab").close(),
                lambda: os.close(os.open(os.path.join(folder, ".", "made.py"), os.O_RDWR)),
                lambda: os.replace(other, made_py),
            )
            for way in ways:
                link.told.clear()
                other.write_text("2")
                way()
                # by some versions of Python twice
                self.assertEqual(set(link.told), {("opened_for_writing", "made.py")})
            link.told.clear()
            made_py.read_text()
            os.rename(made_py, other)
            self.assertEqual(link.told, [])

    def test_a_mistake_of_ours_is_none_of_the_programs(self):
        opened = OpenedFiles()
        opened.report(None, ["/app/made.py"])
        self.addCleanup(opened.report, None, [])
        opened.heard("open", ("/app/made.py", "w", os.O_WRONLY))
        opened.heard("open", (3, "w", os.O_WRONLY))
        opened.heard("os.rename", (None, None, -1, -1))


if __name__ == "__main__":
    unittest.main()
