"""How the program's servers are replaced: each hook registers what is to be called, in the link's thread."""

from .link import survive


class Shutdown:
    __slots__ = ("cut", "everything_is_cut", "finish", "retire")

    def __init__(self):
        # each stops accepting
        self.retire = []
        # each shuts its server down: True where the program then comes to its end by itself
        self.finish = []
        # given whether to close everything or only streams: each returns the names of what it closed
        self.cut = []
        self.everything_is_cut = False

    def run_retire(self):
        for retire in list(self.retire):
            survive(retire)

    def run_finish(self):
        """False where the program has to be ended by a signal."""
        return any([survive(finish) for finish in list(self.finish)])

    def run_cut(self, everything):
        self.everything_is_cut = everything
        return [name for cut in self.cut for name in cut(everything)]
