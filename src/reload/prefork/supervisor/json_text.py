"""JSON for the engine, by the part of python's own that is in C: the other one brings regular expressions, a megabyte
in a process that stands beside each app.
"""

from _json import encode_basestring_ascii, make_encoder

# as json.encoder calls it: no look for cycles, no other types, no indent; neither sorted nor skipped keys, any number
pieces = make_encoder(None, None, encode_basestring_ascii, None, ":", ",", False, False, True)


def encode(value):
    return "".join(pieces(value, 0)).encode()
