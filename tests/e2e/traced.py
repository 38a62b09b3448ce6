"""Runs a program under strace and says what it did that it must not do.

A way out is told by the system calls that any way out needs: another program, a connection, a library that is loaded,
a file outside of the named places that is opened, made, renamed or taken away.
"""

import os
import re
import subprocess
import tempfile

# What is watched. `?` is for calls that this machine may not have.
WATCHED = ",".join(
    f"?{name}"
    for name in """
    execve execveat fork vfork clone clone3 ptrace process_vm_writev
    socket connect bind listen accept accept4 sendto sendmsg sendmmsg io_uring_setup
    open openat openat2 creat mmap memfd_create
    unlink unlinkat rename renameat renameat2 mkdir mkdirat rmdir link linkat symlink symlinkat mknod mknodat
    chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat truncate utime utimes utimensat futimesat
    setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr
    mount umount2 pivot_root chroot unshare setns bpf init_module finit_module
    """.split()
)
NETWORK = set("socket connect bind listen accept accept4 sendto sendmsg sendmmsg io_uring_setup".split())
SYSTEM = set(
    "ptrace process_vm_writev mount umount2 pivot_root chroot unshare setns bpf init_module finit_module".split()
)
CHANGES = set(
    """
    creat unlink unlinkat rename renameat renameat2 mkdir mkdirat rmdir link linkat symlink symlinkat mknod mknodat
    chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat truncate utime utimes utimensat futimesat
    setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr
    """.split()
)
OPENS = {"open", "openat", "openat2"}
# What a program may read to be a program at all: its libraries, what the kernel says of it and of the machine.
SYSTEM_FILES = (
    r"/(usr/)?lib(32|64)?/.*",
    r"/etc/ld\.so\.(cache|preload)",
    r"/proc/(self|\d+)/.*",
    r"/proc/(cpuinfo|meminfo|stat|sys/.*)",
    r"/sys/(fs/cgroup|devices/system/(cpu|node)|kernel/mm)(/.*)?",
    r"/dev/(null|urandom|random|tty|pts/\d+)",
)
# Terminals and the rubbish heap may be written.
SYSTEM_WRITES = (r"/dev/(null|tty)",)

CALL = re.compile(r"^(\w+)\((.*)\)\s+= (.*)$")
TEXT = re.compile(r'(?:(AT_FDCWD|\d+)(?:<((?:[^<>]|<[^<>]*>)*)>)?, )?"((?:[^"\\]|\\.)*)"')
ESCAPE = re.compile(r"\\([0-7]{1,3}|x[0-9a-f]{2}|.)")
WORDS = {"n": "\n", "t": "\t", "r": "\r", "v": "\v", "f": "\f", "0": "\0"}


def plain(text):
    """A text as strace escapes it, as it is."""

    def one(match):
        what = match[1]
        if what[0] == "x":
            return chr(int(what[1:], 16))
        return chr(int(what, 8)) if what[0] in "01234567" else WORDS.get(what, what)

    return ESCAPE.sub(one, text)


def resolved(path, cwd):
    """Where a name lies; the last part may be a link, and is not followed."""
    path = os.path.normpath(os.path.join(cwd, path))
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


class Ran:
    def __init__(self, status, out, err, calls):
        self.status, self.out, self.err, self.calls = status, out, err, calls


def run(command, cwd, env, stdin=b"", wrap=(), timeout=180, watched=WATCHED, extra=()):
    """Runs a command; gives its status, what it said, and every watched call of all its threads and children."""
    with tempfile.TemporaryDirectory() as folder:
        strace = ["strace", "-ff", "-qq", "-y", "-s", "4096", "-e", "signal=none", "-e", f"trace={watched}"]
        # Without a filter of the kernel every call stops; with one only those that are watched.
        strace += ["--seccomp-bpf", *extra, "-o", os.path.join(folder, "calls")]
        whole = [*wrap, *strace, "--", *command]
        try:
            done = subprocess.run(whole, cwd=cwd, env=env, input=stdin, capture_output=True, timeout=timeout)
        except subprocess.TimeoutExpired as late:
            raise SystemExit(f"`{' '.join(map(str, command))}` takes longer than {timeout} s") from late
        calls = []
        for name in sorted(os.listdir(folder), key=lambda name: int(name.rsplit(".", 1)[1])):
            with open(os.path.join(folder, name), encoding="latin-1") as lines:
                for line in lines:
                    found = CALL.match(line.strip())
                    if found:
                        calls.append((int(name.rsplit(".", 1)[1]), *found.groups()))
        if not calls:
            raise SystemExit(f"strace saw nothing:\n{done.stderr.decode(errors='replace')}")
    return Ran(
        done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"), calls
    )


def fits(path, patterns):
    return any(re.fullmatch(pattern, path, re.DOTALL) for pattern in patterns)


def places(arguments, cwd):
    """The paths that the arguments of a call name, where they lie."""
    found = []
    for base, at, text in TEXT.findall(arguments):
        start = at if base and at else cwd
        found.append(resolved(plain(text), plain(start)))
    return found


def violations(ran, cwd, reads, writes, program, libraries=()):
    """What was done that must not be: pairs of a kind and a sentence. Places are patterns of whole paths."""
    libraries = (*SYSTEM_FILES, re.escape(os.path.realpath(program)), *libraries)
    reads = (*libraries, *reads)
    writes = (*SYSTEM_WRITES, *writes)
    found = []
    started = 0
    for _, name, arguments, result in ran.calls:
        failed = result.startswith("-1") or result.startswith("?")

        def say(kind):
            found.append((kind, f"{name}({arguments[:300]}) = {result[:200]}"))

        if name in ("execve", "execveat"):
            started += 1
            if started > 1:
                say("exec")
        elif name in ("fork", "vfork") or (name in ("clone", "clone3") and "CLONE_THREAD" not in arguments):
            say("process")
        elif name in NETWORK:
            say("network")
        elif name in SYSTEM:
            say("system")
        elif name == "mmap":
            file = re.search(r", \d+<([^>]*)>", arguments)
            if "PROT_EXEC" in arguments and file and not fits(plain(file[1]), libraries):
                say("library")
        elif name == "memfd_create":
            say("library")
        elif name in OPENS:
            writing = re.search(r"(O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_TMPFILE|O_APPEND)", arguments)
            at = re.search(r"^\d+<(.*)>$", result)
            # Where it really lies, if it was opened.
            where = [plain(at[1])] if at and not failed else places(arguments, cwd)
            if writing and not all(fits(path, writes) for path in where):
                say("write")
            elif not writing and not failed:
                if any(re.search(r"\.so(\.|$)", path) and not fits(path, libraries) for path in where):
                    say("library")
                elif not all(fits(path, (*reads, *writes)) for path in where):
                    # A folder above is opened only to be a place from which names are found.
                    if "O_PATH" not in arguments:
                        say("read")
        elif name.startswith("mkdir") and "EEXIST" in result:
            pass
        elif name in CHANGES:
            where = places(arguments, cwd)
            if name.startswith("symlink"):
                # What it leads to is no place that is written.
                where = where[-1:]
            held = re.match(r"\d+<([^>]*)>", arguments)
            if not where and held:
                where = [plain(held[1])]
            if not where or not all(fits(path, writes) for path in where):
                say("write")
    return found
