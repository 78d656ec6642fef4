"""Which saves are those of another working tree of the repository: one may be added inside of this one at any time."""

import os


class OtherWorktrees:
    def __init__(self, inside):
        self.top, self.repository = inside, repository_of(inside)
        while self.repository is None and self.top != os.path.dirname(self.top):
            self.top = os.path.dirname(self.top)
            self.repository = repository_of(self.top)

    def __call__(self, path):
        if self.repository is None:
            return False
        folder = os.path.dirname(path)
        while folder.startswith(os.path.join(self.top, "")):
            if repository_of(folder) == self.repository:
                return True
            folder = os.path.dirname(folder)
        return False


def repository_of(folder):
    """What all working trees of a repository share, where one of them begins here; of a submodule its own."""
    entry = os.path.join(folder, ".git")
    try:
        with open(entry) as file:
            pointer = file.readline()
    except IsADirectoryError:
        return os.path.realpath(entry)
    except (OSError, ValueError):
        return None
    notes = os.path.join(folder, pointer.partition("gitdir:")[2].strip())
    shared, kind = os.path.split(os.path.dirname(notes))
    return os.path.realpath(shared if kind == "worktrees" else notes)
