"""Forks leave the loop they were made in: a child runs from the bottom of the stack, not on top of its parent's frames.

`run(work)` is the bottom. `fork(child_work)` may be called from anywhere inside `work`; in the child it raises
`InChild`, which unwinds every frame of the parent up to `run`, and `run` goes on with `child_work` instead. So nothing
that a parent's frame refers to stays alive below the app, and a child may fork in turn.
"""

import os


class InChild(BaseException):
    """Raised in a new child only; nothing but `run` catches it."""

    def __init__(self, work):
        self.work = work


def fork(child_work):
    """The child's pid; in the child `child_work` is what runs next, from the bottom of the stack."""
    pid = os.fork()
    if pid == 0:
        raise InChild(child_work)
    return pid


# In words of 8 bytes; the piece that is made for it has as much again for the frames above.
RESERVED_WORDS = 32 * 1024


def reserve_frame_space(function):
    """From 3.11 on Python keeps its frames in pieces of 16 KB, and a call that crosses to the next piece has the system
    map it, and unmap it at the return: 10 µs at every such call, wherever a program's depth happens to lie. Below a
    frame that claims so much space, and touches none of it, one piece is enough for all.
    """
    code = function.__code__.replace(co_stacksize=RESERVED_WORDS)
    return type(function)(code, function.__globals__, function.__name__, function.__defaults__, function.__closure__)


@reserve_frame_space
def run(work):
    while work is not None:
        try:
            work()
            work = None
        except InChild as child:
            work = child.work
