import os
import tempfile
import types
import unittest
from unittest import mock

from _devpm_prefork.supervisor.watch import mounts, polling
from _devpm_prefork.supervisor.watch.ignore import Ignore, Skip, Whole, plain_glob
from _devpm_prefork.supervisor.watch.polling import INTERVAL, LONGEST_INTERVAL, Polling
from _devpm_prefork.supervisor.watch.watcher import Changes, Watcher
from _devpm_prefork.supervisor.watch.worktrees import OtherWorktrees

MOUNTINFO = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:36 / /mnt/c rw,noatime - 9p drvfs rw,aname=drvfs;path=C:\\134
41 22 0:37 / /home/ana/my\\040share rw shared:7 master:2 - nfs4 server:/share rw,vers=4.2
42 41 8:2 / /home/ana/my\\040share/local rw - xfs /dev/sdb1 rw
43 22 0:38 / /mnt/win rw - fuseblk /dev/sdc1 rw
broken line
"""


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class MountsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        write(os.path.join(folder.name, "mountinfo"), MOUNTINFO)
        patched = mock.patch.object(mounts, "MOUNTS", os.path.join(folder.name, "mountinfo"))
        patched.start()
        self.addCleanup(patched.stop)

    def test_what_another_system_serves_is_silent(self):
        self.assertEqual(mounts.silent_mount(["/srv/app", "/mnt/c/app"]), ("/mnt/c/app", "9p"))
        self.assertEqual(mounts.silent_mount(["/home/ana/my share/app"]), ("/home/ana/my share/app", "nfs4"))

    def test_the_innermost_mount_counts(self):
        self.assertIsNone(mounts.silent_mount(["/home/ana/my share/local/app"]))

    def test_a_name_that_only_begins_like_a_mount_is_none(self):
        self.assertIsNone(mounts.silent_mount(["/mnt/code", "/home/ana/my shares"]))

    def test_a_local_disk_of_windows_tells(self):
        self.assertIsNone(mounts.silent_mount(["/mnt/win/app"]))

    def test_without_the_list_nothing_is_known(self):
        with mock.patch.object(mounts, "MOUNTS", os.path.join(self.root, "none")):
            self.assertIsNone(mounts.silent_mount(["/mnt/c/app"]))

    def test_a_project_there_is_polled_and_that_is_reported(self):
        options = {"watch": ["/mnt/c/app"], "ignore": [], "skip": "", "watch_all": [], "cold": [], "poll": False}
        watcher = Watcher(types.SimpleNamespace(**options))
        watcher.start()
        self.assertIsInstance(watcher.notifier, Polling)
        self.assertIn("/mnt/c/app (9p)", watcher.take_trouble())


class WorktreesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = os.path.realpath(folder.name)
        self.put("main/.git/worktrees/login/gitdir", "")

    def put(self, name, text):
        write(os.path.join(self.root, name), text)

    def elsewhere(self, inside, *names):
        is_elsewhere = OtherWorktrees(os.path.join(self.root, inside))
        return [name for name in names if is_elsewhere(os.path.join(self.root, name))]

    def test_one_that_is_added_inside_is_another_at_once(self):
        is_elsewhere = OtherWorktrees(os.path.join(self.root, "main/api"))
        saved = os.path.join(self.root, "main/trees/login/api/a.py")
        self.assertFalse(is_elsewhere(saved))
        self.put("main/trees/login/.git", f"gitdir: {self.root}/main/.git/worktrees/login\n")
        self.assertTrue(is_elsewhere(saved))
        self.assertFalse(is_elsewhere(os.path.join(self.root, "main/api/a.py")))
        self.assertFalse(is_elsewhere(os.path.join(self.root, "main/trees/a.py")))

    def test_a_relative_pointer_and_one_inside_of_a_worktree(self):
        self.put("login/.git", "gitdir: ../main/.git/worktrees/login\n")
        self.put("login/deep/pay/.git", "gitdir: ../../../main/.git/worktrees/pay\n")
        found = self.elsewhere("login", "login/a.py", "login/deep/a.py", "login/deep/pay/a.py", "main/a.py")
        self.assertEqual(found, ["login/deep/pay/a.py"])

    def test_submodules_clones_and_folders_without_a_repository_are_none(self):
        self.put("main/sub/.git", "gitdir: ../.git/modules/sub\n")
        self.put("main/clone/.git/HEAD", "")
        self.put("main/odd/.git", "\xff\n")
        self.assertEqual(self.elsewhere("main", "main/sub/a.py", "main/clone/a.py", "main/odd/a.py"), [])
        self.assertEqual(self.elsewhere("", "main/a.py", "a.py"), [])

    def test_a_watcher_takes_none_of_its_saves(self):
        self.put("main/trees/login/.git", f"gitdir: {self.root}/main/.git/worktrees/login\n")
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(os.path.join(self.root, "main"))
        options = {"watch": [os.getcwd()], "ignore": [], "skip": "", "watch_all": [], "cold": [], "poll": True}
        watcher = Watcher(types.SimpleNamespace(**options))
        watcher.start()
        paths = [os.path.join(self.root, "main", name) for name in ("trees/login/a.py", "trees/login/c.toml", "a.py")]
        changes = watcher.sorted(Changes(), paths, lambda _: False)
        self.assertEqual((changes.saved, changes.has_settings), (paths[2:], False))


class MattersTest(unittest.TestCase):
    def test_a_folder_that_is_watched_for_one_file_reloads_at_no_other(self):
        options = {"watch": ["/p/api"], "ignore": [], "skip": ".*", "watch_all": [], "cold": ["/p/.env"], "poll": True}
        watcher = Watcher(types.SimpleNamespace(**options))
        watcher.start()
        watcher.do_watch_files(["/p/shared/prices.py"])

        def reloads(path):
            return watcher.matters(path, lambda _: False)

        paths = ["/p/api/new.py", "/p/api/deep/new.py", "/p/shared/new.py", "/p/tool.py", "/p/apis/new.py"]
        self.assertEqual([path for path in paths if reloads(path)], paths[:3])
        self.assertTrue(watcher.matters("/p/tool.py", lambda path: path == "/p/tool.py"))

    def test_what_is_missing_beside_a_linked_program_may_come_where_the_file_itself_lies(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = os.path.realpath(folder.name)
        for name in ("api", "shared"):
            os.mkdir(os.path.join(root, name))
        program, link = os.path.join(root, "shared/main.py"), os.path.join(root, "api/main.py")
        with open(program, "w", encoding="utf-8"):
            os.symlink(program, link)
        watch = [os.path.join(root, "api")]
        options = {"watch": watch, "ignore": [], "skip": "", "watch_all": [], "cold": [], "poll": True}
        watcher = Watcher(types.SimpleNamespace(**options))
        watcher.start()
        watcher.do_watch_files([link])
        self.assertTrue(watcher.matters(os.path.join(root, "shared/prices.py"), lambda _: False))


class WholeTest(unittest.TestCase):
    NAMES = ("/a/x.html", "/a/b/c/x.html", "/a/b/x.txt", "/ab/x.html", "/a/b/page-1.html", "/a/.html")

    def matched(self, glob):
        whole = Whole([glob])
        return [name for name in self.NAMES if whole(name)]

    def test_globs_of_one_star_in_a_name_mean_what_patterns_mean(self):
        for glob in ("/a/**/*.html", "/a/*.html", "/a/**/page-*.html", "/a/**/*", "/a/*", "/a/b*", "/a/**/c*"):
            by_pattern = [name for name in self.NAMES if Ignore("/", [glob])(name)]
            self.assertIsNotNone(plain_glob(glob))
            self.assertEqual(self.matched(glob), by_pattern, glob)
        self.assertEqual(self.matched("/a/*.html"), ["/a/x.html", "/a/.html"])

    def test_other_globs(self):
        self.assertEqual(self.matched("/a/*/x.*"), ["/a/b/x.txt"])
        self.assertEqual(self.matched("/a/**/?.html"), ["/a/x.html", "/a/b/c/x.html"])

    def test_the_globs_of_django_and_uvicorn_need_no_patterns(self):
        for glob in ("/a/templates/**/*", "/a/locale/**/*.mo", "/a/**/*.py"):
            self.assertIsNotNone(plain_glob(glob))

    def test_files_and_folders(self):
        whole = Whole(["/a/b"])
        self.assertTrue(whole("/a/b"))
        self.assertTrue(whole("/a/b/c.txt"))
        self.assertFalse(whole("/a/bc"))


class PollingTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.named = set()
        for name in ("app.py", "web/deep/er/routes.py", "web/page.html", ".venv/x.py"):
            write(self.path(name), "1")
        self.polling = Polling(Skip([".*", "__pycache__"]), lambda path: path in self.named)

    def path(self, name):
        return os.path.join(self.root, name)

    def saved(self):
        saved, vanished, _ = self.polling.read()
        return sorted(os.path.relpath(path, self.root) for path in saved), vanished

    def test_a_save_at_any_depth_is_seen_once(self):
        self.polling.watch_tree(self.root)
        self.assertEqual(self.saved(), ([], []))
        write(self.path("web/deep/er/routes.py"), "22")
        write(self.path(".venv/x.py"), "22")
        write(self.path("web/page.html"), "22")
        self.assertEqual(self.saved(), (["web/deep/er/routes.py"], []))
        self.assertEqual(self.saved(), ([], []))

    def test_new_folders_and_their_files_are_found(self):
        self.polling.watch_tree(self.root)
        write(self.path("web/new/er/made.py"), "1")
        self.assertEqual(self.saved()[0], ["web/new/er/made.py"])
        write(self.path("web/new/er/made.py"), "22")
        self.assertEqual(self.saved()[0], ["web/new/er/made.py"])

    def test_what_is_named_later_counts_from_then_on(self):
        self.polling.watch_tree(self.root)
        self.named.add(self.path("web/page.html"))
        self.polling.watch_tree(self.path("web"))
        self.assertEqual(self.saved(), ([], []))
        write(self.path("web/page.html"), "22")
        self.assertEqual(self.saved()[0], ["web/page.html"])

    def test_what_is_gone_has_vanished_and_may_come_back(self):
        self.polling.watch_tree(self.root)
        os.rename(self.path("app.py"), self.path("other.py"))
        self.assertEqual(self.saved(), (["other.py"], [self.path("app.py")]))
        os.rename(self.path("other.py"), self.path("app.py"))
        self.assertEqual(self.saved(), (["app.py"], [self.path("other.py")]))

    def test_looks_that_take_long_are_further_apart(self):
        times = iter([10.0, 10.001, 20.0, 20.1, 30.0, 39.0])
        with mock.patch.object(polling.time, "monotonic", lambda: next(times)):
            seen = []
            for _ in range(3):
                self.polling.read()
                seen.append(round(self.polling.interval, 3))
        self.assertEqual(seen, [INTERVAL, 0.5, LONGEST_INTERVAL])


if __name__ == "__main__":
    unittest.main()
