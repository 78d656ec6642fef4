"""What the shim reads from /proc: its descendants, what a process is, and who listens where. Standard library only."""

import os


def stat_of(pid):
    """(ppid, state), or None when it is gone. The name in the middle may hold anything: read after its last ')'."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        return int(fields[1]), fields[0]
    except (OSError, IndexError, ValueError):
        return None


def descendants():
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            stat = stat_of(int(name))
            if stat and stat[1] not in (b"Z", b"X"):
                parents.setdefault(stat[0], []).append(int(name))
    found, queue = [], [os.getpid()]
    while queue:
        for child in parents.get(queue.pop(), ()):
            found.append(child)
            queue.append(child)
    return found


def children():
    """Live direct children; every orphan of the session is among them sooner or later."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            pids = [int(pid) for pid in file.read().split()]
    except OSError:
        pids = [pid for pid in descendants() if (stat_of(pid) or (0,))[0] == os.getpid()]
    return [pid for pid in pids if (stat_of(pid) or (0, b"Z"))[1] != b"Z"]


def send(pid, signum):
    try:
        os.kill(pid, signum)
    except OSError:
        pass


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except OSError:
        return ""


def holds(pid, ports):
    """Whether it listens on one of the ports."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table) as file:
                rows = [line.split() for line in file.readlines()[1:]]
        except OSError:
            continue
        inodes.update(
            f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) in ports
        )
    try:
        folder = f"/proc/{pid}/fd"
        return any(os.readlink(os.path.join(folder, fd)) in inodes for fd in os.listdir(folder))
    except OSError:
        return False
