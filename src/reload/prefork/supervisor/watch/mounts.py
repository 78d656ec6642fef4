"""File systems on which the kernel tells nothing of what another machine, or Windows, has saved."""

import os

MOUNTS = "/proc/self/mountinfo"
# `9p` is WSL's /mnt/c; `drvfs` its first version's; the last four are shared folders of virtual machines
SILENT = frozenset(
    (
        *("9p", "drvfs", "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "glusterfs", "fuse.sshfs"),
        *("fuse.rclone", "fuse.s3fs", "fuse.glusterfs", "fuse.grpcfuse", "fuse.osxfs", "fakeowner", "virtiofs"),
        *("vboxsf", "prl_fs", "fuse.vmhgfs-fuse", "vmhgfs"),
    )
)


def silent_mount(folders):
    """(folder, type of its file system) of the first that lies on one of them; None where none does."""
    mounts = read_mounts()
    for folder in folders:
        kind = type_of(os.path.realpath(folder), mounts)
        if kind in SILENT:
            return folder, kind
    return None


def read_mounts():
    """(mount point, type), the later ones lie over the former."""
    try:
        with open(MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().splitlines()
    except OSError:
        return []
    return [found for found in map(parse, lines) if found is not None]


def parse(line):
    """`36 35 98:0 / /mnt/c rw,noatime shared:1 - 9p drvfs rw,…`: spaces in a path are written as `\\040`."""
    before, found, after = line.partition(" - ")
    words = before.split(" ")
    if not found or len(words) < 5:
        return None
    return decoded(words[4]), after.split(" ", 1)[0]


def decoded(path):
    for code, plain in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        path = path.replace(code, plain)
    return path


def type_of(path, mounts):
    kind, longest = None, -1
    for point, name in mounts:
        is_above = path == point or path.startswith(point.rstrip("/") + "/")
        if is_above and len(point) >= longest:
            kind, longest = name, len(point)
    return kind
