"""The rules of the Python in a source tree, from its syntax: `python3 python_rules.py ROOT` prints each violation.

ROOT/src/reload/prefork is judged by all rules, other Python below ROOT/src by those that need no layers. Each rule is
shown able to fail in test/unit/python-layers.test.ts.
"""

import ast
import pathlib
import sys

MOST_LINES = 300
MOST_FUNCTION_LINES = 60
PREFORK = "reload/prefork"

# folder → what its files may import besides themselves; a file names the only one of its folder
LAYERS = {
    "shared": [],
    "worker": ["shared"],
    "worker/hooks": ["shared", "worker"],
    "template": ["shared", "worker/worker"],
    "supervisor/watch": ["shared"],
    "supervisor": ["shared", "supervisor/watch", "worker/worker", "template/template"],
    "": ["shared", "worker/worker", "worker/hooks/install", "supervisor/main_loop"],
}
# the one file of a folder that may import what the folder may not: it begins the program
EXCEPTIONS = {"worker/worker": ["worker/hooks"]}
# each costs a process that stands beside every app; see docs/notes/reload.md
HEAVY = {
    *(
        "asyncio",
        "collections",
        "contextlib",
        "ctypes",
        "dataclasses",
        "enum",
        "functools",
        "inspect",
        "json",
        "logging",
    ),
    *("pathlib", "re", "signal", "socket", "subprocess", "tempfile", "threading", "traceback", "typing", "warnings"),
}
# where the supervisor's process begins; what these import at once is loaded for good
LIGHT_ROOTS = ["__main__", "boot", "supervisor/main_loop"]
# group of messages → (folder of what sends them, file or folder that handles them, prefix of the handlers)
MESSAGES = {
    "FromSupervisorToWorker": ("supervisor", "worker/lifecycle", "on_"),
    "FromWorkerToSupervisor": ("worker", "supervisor/worker_messages", "on_"),
    "FromSupervisorToTemplate": ("supervisor", "template/template", "on_"),
    # of the policies, performed by the parts
    "Action": ("supervisor", "supervisor", "do_"),
    "FromTemplateToSupervisor": ("template", "supervisor/template_messages", "on_"),
}
# read by Python or by a library, which calls them by their names
CALLED_BY_NAME = {"fileno", "find_spec", "register", "select", "close", "argv", "orig_argv", "readable", "readinto"}


class Source:
    def __init__(self, base, path):
        self.path = path
        self.name = path.relative_to(base).with_suffix("").as_posix()
        self.text = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)
        self.folder = self.name.rpartition("/")[0]

    def imports(self, at_once=False):
        """(module as a path from the package's root, or a dotted name outside of it)."""
        for node in outside_functions(self.tree) if at_once else ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((False, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level:
                base = self.folder.split("/") if self.folder else []
                base = base[: len(base) - node.level + 1] + (node.module or "").split(".")
                yield from ((True, "/".join(filter(None, [*base, alias.name]))) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                inside = node.module.startswith("_devpm_prefork")
                yield inside, node.module.partition(".")[2].replace(".", "/") if inside else node.module


def outside_functions(tree):
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            waiting.extend(ast.iter_child_nodes(node))


def resolved(house, name):
    """The file an import leads to: `from .a import b` names a module or something in one."""
    return name if name in house else name.rpartition("/")[0]


def known(source, house):
    return {resolved(house, name) for inside, name in source.imports() if inside}


def layers(house):
    for source in house.values():
        allowed = [source.folder, *LAYERS.get(source.folder, []), *EXCEPTIONS.get(source.name, [])]
        if source.folder not in LAYERS:
            yield f"{source.name}: {source.folder} has no place in the layers"
        for target in sorted(known(source, house)):
            folder = target.rpartition("/")[0]
            if target not in house:
                yield f"{source.name}: imports {target}, which is not there"
            elif folder not in allowed and target not in allowed:
                yield f"{source.name}: may not import {target}"


def names(house):
    """What is imported from a file stands in it."""
    for source in house.values():
        for inside, name in source.imports():
            file, _, member = name.rpartition("/")
            if inside and name not in house and file in house and member not in bound(house[file].tree):
                yield f"{source.name}: imports {member} from {file}, which has none"


def bound(tree):
    for node in outside_functions(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name for alias in node.names)


def cycles(house):
    done = set()
    found = []

    def visit(name, trail):
        if name in trail:
            found.append("import cycle: " + " → ".join([*trail[trail.index(name) :], name]))
        elif name not in done and name in house:
            for target in sorted(known(house[name], house)):
                visit(target, [*trail, name])
            done.add(name)

    for name in house:
        visit(name, [])
    return found


def standard_library_only(sources):
    names = getattr(sys, "stdlib_module_names", None)
    for source in sources:
        siblings = {other.name for other in sources if other.folder == source.folder}
        for inside, name in source.imports():
            top = name.partition(".")[0]
            if names is not None and not inside and top not in names and f"{source.folder}/{top}" not in siblings:
                yield f"{source.name}: imports {name}: the standard library is all there is"


def light(house):
    """What the supervisor's process loads for good."""
    waiting, seen = list(LIGHT_ROOTS), set()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in house:
            continue
        seen.add(name)
        for inside, target in house[name].imports(at_once=True):
            if inside:
                waiting.append(resolved(house, target))
            elif target.partition(".")[0] in HEAVY:
                yield f"{name}: imports {target} at once: the supervisor would keep it loaded"


def sizes(sources):
    for source in sources:
        count = len(source.text.splitlines())
        if count > MOST_LINES:
            yield f"{source.name}: {count} lines, at most {MOST_LINES}"
        for node in ast.walk(source.tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = node.end_lineno - node.lineno + 1
                if length > MOST_FUNCTION_LINES:
                    yield f"{source.name}: {node.name} has {length} lines, at most {MOST_FUNCTION_LINES}"


def unused(sources):
    """What is defined and never read: functions, classes, methods, constants, fields of objects."""
    read = set()
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                read.add(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                read.add(node.attr)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                read.update(alias.name for alias in node.names)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
                read.add(node.value)
    for source in sources:
        for name in definitions(source.tree):
            if name not in read and name not in CALLED_BY_NAME and not is_called_by_python(name):
                yield f"{source.name}: {name} is never read"


def is_called_by_python(name):
    return name.startswith(("on_", "do_", "visit_")) or (name.startswith("__") and name.endswith("__"))


def definitions(tree):
    found = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if not any(isinstance(decorator, ast.Call) for decorator in node.decorator_list):
                found.append(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id == "self":
                found.append(node.attr)
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        found.extend(target.id for target in targets if isinstance(target, ast.Name))
    return dict.fromkeys(found)


def messages(house):
    """Each is made where its sender runs, and handled, with its fields, where its receiver runs; nothing else is."""
    listed = [house[name].tree for name in ("shared/messages", "supervisor/actions") if name in house]
    groups = {node.name: node for tree in listed for node in tree.body if isinstance(node, ast.ClassDef)}
    for group, (sender, receiver, prefix) in MESSAGES.items():
        fields = dict(fields_of(groups[group])) if group in groups else {}
        files = [source for source in house.values() if source.name == receiver or in_folder(source, receiver)]
        handlers = {name: takes for source in files for name, takes in handlers_in(source, prefix)}
        calls = [(source, *call) for source in house.values() for call in calls_of(source, group)]
        made = {name for source, name, _ in calls if in_folder(source, sender)}
        for name in sorted(fields.keys() - made):
            yield f"{group}.{name} is never sent by {sender}"
        for name in sorted(fields.keys() - handlers.keys()):
            yield f"{group}.{name} has no handler in {receiver}"
        for name in sorted(handlers.keys() - fields.keys()):
            yield f"{receiver}: {prefix}{name} handles no message of {group}"
        for name in sorted(fields.keys() & handlers.keys()):
            if handlers[name] is not None and not fields[name] <= handlers[name]:
                yield f"{receiver}: {prefix}{name} does not take {', '.join(sorted(fields[name] - handlers[name]))}"
        for source, name, given in calls:
            if name not in fields:
                yield f"{source.name}: {group} has no {name}"
            elif given != fields[name]:
                yield f"{source.name}: {group}.{name} has the fields {sorted(fields[name])}, not {sorted(given)}"


def in_folder(source, folder):
    return (source.folder + "/").startswith(folder + "/")


def fields_of(group):
    for node in group.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            yield node.targets[0].id, {argument.value for argument in node.value.args}


def handlers_in(source, prefix):
    """name → its parameters, None where it takes any."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith(prefix):
            arguments = node.args
            names = {argument.arg for argument in [*arguments.args, *arguments.kwonlyargs]}
            yield node.name[len(prefix) :], None if arguments.kwarg else names


def calls_of(source, group):
    """(message, names of the fields given) of each that is made."""
    for node in ast.walk(source.tree):
        made = node.func if isinstance(node, ast.Call) else None
        if isinstance(made, ast.Attribute) and isinstance(made.value, ast.Name) and made.value.id == group:
            yield made.attr, {keyword.arg for keyword in node.keywords}


def violations(root):
    top = pathlib.Path(root) / "src"
    every = [Source(top, path) for path in sorted(top.rglob("*.py"))]
    prefork = top / PREFORK
    house = {}
    for path in sorted(prefork.rglob("*.py")):
        source = Source(prefork, path)
        house[source.name] = source
    others = [source for source in every if not source.name.startswith(PREFORK + "/")]
    yield from layers(house)
    yield from names(house)
    yield from cycles(house)
    yield from light(house)
    yield from messages(house)
    yield from unused(list(house.values()))
    yield from unused(others)
    yield from standard_library_only(every)
    yield from sizes(every)


if __name__ == "__main__":
    for violation in violations(sys.argv[1]):
        print(violation)
