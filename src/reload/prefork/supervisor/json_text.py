"""JSON for the engine. Of python's own, the part in C writes the strings; the other one brings regular expressions,
a megabyte in a process that stands beside each app.
"""

from _json import encode_basestring_ascii as quoted


def encode(value):
    return text(value).encode()


def text(value):
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{quoted(key)}:{text(field)}" for key, field in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(text, value)) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value)
