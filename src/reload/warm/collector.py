"""python's garbage collector, left in peace until a worker has answered.

It looks at the young objects at each 700th that is made, and imports make hundreds of thousands that all stay: an
eighth of the start of a small Flask app.
"""

import gc

SELDOM = 100000

usual = None


def relax():
    global usual
    usual = gc.get_threshold()
    if usual[0]:
        gc.set_threshold(SELDOM, *usual[1:])


def restore():
    """Once it has answered, for it will look at all of them then. What the app has set itself meanwhile stays."""
    global usual
    if usual is not None and gc.get_threshold()[0] == SELDOM:
        gc.set_threshold(*usual)
    usual = None
