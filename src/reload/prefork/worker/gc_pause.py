"""Python's garbage collector, paused until a worker has answered, or is up for a while.

It looks at the young objects at each 700th that is made, and imports make hundreds of thousands that all stay: an
eighth of the start of a small Flask app.
"""

import gc

# Not a round number: an app that sets one of its own is recognised by it.
SELDOM = 99991

usual = None


def pause():
    global usual
    usual = gc.get_threshold()
    if usual[0]:
        gc.set_threshold(SELDOM, *usual[1:])


def resume():
    """Not before the first answer, for it will look at all of them then. What the app has set meanwhile stays."""
    global usual
    if usual is not None and gc.get_threshold()[0] == SELDOM:
        gc.set_threshold(*usual)
    usual = None
