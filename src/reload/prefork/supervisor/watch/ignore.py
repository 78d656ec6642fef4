"""Which files are ignored, of which every change counts, and which names are skipped."""

import os


class Ignore:
    """Globs as in .gitignore: `*`, `?`, `**`; one without a slash matches a name at any depth."""

    def __init__(self, root, globs):
        self.root = os.path.abspath(root)
        self.patterns = [compiled(glob) for glob in globs if glob]
        # absolute, or relative to the root as in .gitignore
        self.absolute = [compiled(glob) for glob in globs if glob.startswith("/")]

    def __call__(self, path):
        if not self.patterns:
            return False
        relative = os.path.relpath(path, self.root).replace(os.sep, "/")
        is_below = any(pattern.match(relative) for pattern in self.patterns)
        return is_below or any(pattern.match(path.lstrip("/")) for pattern in self.absolute)


class Skip:
    """Names of files and folders that never reload: devpm's own (src/model/save-rules.ts), each with a `*` at most."""

    def __init__(self, names):
        self.exact = {name for name in names if "*" not in name}
        self.beginnings = tuple(name[:-1] for name in names if name.endswith("*"))
        self.endings = tuple(name[1:] for name in names if name.startswith("*"))

    def __call__(self, name):
        return name in self.exact or name.startswith(self.beginnings) or name.endswith(self.endings)

    def folder(self, parent, name):
        """Also any virtual environment."""
        return self(name) or os.path.exists(os.path.join(parent, name, "pyvenv.cfg"))


class Whole:
    """Files, folders and globs (absolute) of which every change counts, whatever the file's kind."""

    def __init__(self, entries):
        globs = [entry for entry in entries if "*" in entry or "?" in entry]
        self.exact = [entry for entry in entries if entry not in globs]
        self.folders = [entry for entry in self.exact if os.path.isdir(entry)]
        self.folders += [folder_above(glob) for glob in globs]
        plain = [(glob, plain_glob(glob)) for glob in globs]
        self.plain = [parts for _, parts in plain if parts is not None]
        self.matches = Ignore("/", [glob for glob, parts in plain if parts is None])

    def __call__(self, path):
        return (
            any(is_in(path, *parts) for parts in self.plain)
            or self.matches(path)
            or any(path == top or path.startswith(top + os.sep) for top in self.exact)
        )


def plain_glob(glob):
    """(folder, whether also below it, beginning and end of the name) of `/a/**/*.html`: most globs need no `re`.

    None for the others. It means the same as `compiled`.
    """
    folder, _, name = glob.rpartition("/")
    is_deep = folder.endswith("/**")
    folder = folder[: -len("/**")] if is_deep else folder
    beginning, star, end = name.partition("*")
    if not star or any(sign in folder + beginning + end for sign in "*?"):
        return None
    return folder + "/", is_deep, beginning, end


def is_in(path, folder, is_deep, beginning, end):
    """A folder that fits counts with all in it, as in .gitignore."""
    if not path.startswith(folder):
        return False
    names = path[len(folder) :].split("/")
    shortest = len(beginning) + len(end)
    return any(
        len(name) >= shortest and name.startswith(beginning) and name.endswith(end)
        for name in (names if is_deep else names[:1])
    )


def folder_above(glob):
    """The nearest one whose name is certain."""
    certain = glob.replace("?", "*").partition("*")[0]
    return os.path.dirname(certain) or "/"


def compiled(glob):
    import re  # most apps have no patterns

    glob = glob.strip()
    anchored = "/" in glob.rstrip("/")
    glob = glob.strip("/")
    if glob.startswith("./"):
        glob = glob[2:]
    # the same, and many of them would take years not to match
    glob = re.sub(r"(\*\*/)+", "**/", re.sub(r"\*{3,}", "**", glob))
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    shapes = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    body = "".join(shapes.get(part) or re.escape(part) for part in parts)
    return re.compile(("" if anchored else "(?:.*/)?") + body + "(?:/.*)?$")
