"""From 3.12 on Python has immortal objects (PEP 683): their reference count is never written, so that a fork which uses
one copies no page of its parent's. Python's own are made so, None for one. What libraries consist of can be: text,
numbers, code, functions, classes. It is there to the end in any case.

What may have an end of its own, as an open file has, or what holds such a thing, stays as it is.
"""

import gc
import sys

# The reference count of an immortal object is no less.
LEAST = 1 << 31
# So many objects at a time: what is noted meanwhile takes memory that stays with the process.
CHUNK = 200

FUNCTION = type(lambda: None)
CODE = type((lambda: None).__code__)
MODULE = type(sys)
# where a function finds a variable of one around it
CELL = type((lambda held: lambda: held)(None).__closure__[0])
METHODS = (type(len), type(str.join), type(object.__init__))
ATTRIBUTES = (type(FUNCTION.__globals__), type(FUNCTION.__code__), classmethod, staticmethod, property)
GROUPS = (tuple, frozenset)
# nothing shows when one of these goes
PLAIN = frozenset((str, bytes, int, float, complex, CODE, FUNCTION, *METHODS, *ATTRIBUTES))
HELD = PLAIN.union((type(None), bool, type(...), type(NotImplemented)))


def make_immortal():
    """All that is loaded by now, and is not frozen."""
    count = count_type()
    if count is None:
        return
    objects = gc.get_objects()
    for at in range(0, len(objects), CHUNK):
        some = objects[at : at + CHUNK]
        spread(some, count)
        spread(gc.get_referents(*some), count)


def spread(objects, count):
    """To these, and what they refer to in turn."""
    immortal = count.from_address(id(None)).value
    waiting = [objects]
    while waiting:
        for one in waiting.pop():
            if sys.getrefcount(one) < LEAST and lasts(one):
                for part in parts(one):
                    count.from_address(id(part)).value = immortal
                waiting.append(inside(one))


def count_type():
    """A reference count as it lies in memory; None where this Python has no immortal objects, or keeps counts in
    another way."""
    if sys.getrefcount(None) < LEAST or sys.maxsize < LEAST or sys.byteorder != "little":
        return None
    try:
        import _ctypes
    except ImportError:
        return None

    class Count(_ctypes._SimpleCData):
        _type_ = "I"

    def shown(one):
        return Count.from_address(id(one)).value

    probe = object()
    alone, held, together = shown(probe), [probe] * 5, shown(probe)
    return Count if shown(None) >= LEAST and together - alone == len(held) else None


def lasts(one):
    kind = type(one)
    if kind in GROUPS:
        return all(map(is_held, one))
    if kind is FUNCTION:
        return all(map(is_held_in, one.__closure__ or ()))
    if kind is MODULE:
        # one of an extension may free what it has when it goes
        return str(vars(one).get("__file__")).endswith(".py")
    if kind is CELL:
        return is_held_in(one)
    return kind in PLAIN or is_class(one)


def is_class(one):
    """By its type: a proxy would answer for what it stands for."""
    return type in type(one).__mro__


def is_held(one):
    """A function among them is looked at by itself."""
    return type(one) in HELD or is_class(one) or (type(one) in GROUPS and all(map(is_held, one)))


def is_held_in(cell):
    try:
        return is_held(cell.cell_contents)
    except ValueError:  # it is empty
        return False


def parts(one):
    """A module's names with it: they are cleared at the end, as those of each that is still there."""
    return (one, vars(one)) if type(one) is MODULE else (one,)


def inside(one):
    if type(one) is CODE:
        return one.co_consts, one.co_names, one.co_name, one.co_qualname, one.co_filename
    return gc.get_referents(one)
