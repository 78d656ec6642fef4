"""Python's garbage collector, paused until a worker has answered and nobody waits for it, or is up for a while.

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
    """It will look at all of them then: 6 ms for Flask. What the app has set meanwhile stays."""
    global usual
    if usual is not None and gc.get_threshold()[0] == SELDOM:
        gc.set_threshold(*usual)
    usual = None
