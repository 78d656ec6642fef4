"""Random numbers without a chosen seed: those that a library made at its import would be the same in every fork."""

# id → the object, made before the fork
known = {}


class Noted:
    """While libraries are loaded. Python seeds its own in a fork by itself; a seed or a state that was given stays."""

    def __init__(self, modules):
        self.is_used = "random" in modules
        self.plain = None

    def __enter__(self):
        if not self.is_used:
            return
        import random

        plain, restore = self.plain = random.Random.seed, random.Random.setstate

        def seed(self, a=None, version=2):
            plain(self, a, version)
            if a is None:
                known[id(self)] = self
            else:
                known.pop(id(self), None)

        def setstate(self, state):
            restore(self, state)
            known.pop(id(self), None)

        random.Random.seed, random.Random.setstate = seed, setstate

    def __exit__(self, *_):
        if self.plain is not None:
            import random

            random.Random.seed, random.Random.setstate = self.plain


def seed():
    """In a worker."""
    for one in known.values():
        # as where it was made: a class of its own may need the argument
        one.seed(None)
