"""JSON by `_json` alone: the `json` around it takes 1 MB for as long as a session runs. Standard library only; any
CPython from 3.6 on.
"""

import _json


class _Decoding:
    """As `json.loads` has it."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float


_scan = _json.make_scanner(_Decoding)
quoted = _json.encode_basestring_ascii


def value_of(text):
    """Of what Node's `JSON.stringify` has written: without white space around it."""
    try:
        return _scan(text, 0)[0]
    except Exception:
        # StopIteration, or SystemError: what it would raise is in `json`
        raise ValueError("no JSON") from None
