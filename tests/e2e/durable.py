"""Kills and faults at the system calls by which commands write, and places that are full or may not be written.

Usage: durable.py PROGRAM [--all] [COMMAND...]

Every command is run once to learn which calls change the tree. Then, for each such call (without `--all` for some of
them), it is run anew over a fresh copy of the tree: it is killed before the call, the call fails once, or it and all
after it fail. Each file must be what it was or what it should become, the ledger must hold or be put right by the next
entry, and the next run must work.
"""

import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import traced

RULE = "aws-rds-publicly-accessible"
CODE = 'resource "aws_db_instance" "NAME" {\n  publicly_accessible = true\n}\n'
LEDGER = ".compline/ledger.jsonl"
# The calls by which a tree changes.
WRITING = """
    open openat openat2 creat write writev pwrite64 pwritev copy_file_range sendfile fallocate ftruncate truncate
    fsync fdatasync flock fchmod fchown rename renameat renameat2 unlink unlinkat rmdir mkdir mkdirat
""".split()
HANDLES = set(
    "write writev pwrite64 pwritev copy_file_range sendfile fallocate ftruncate fsync fdatasync flock fchmod fchown".split()
)
# What a full disk refuses.
FULL = set("open openat openat2 creat write writev pwrite64 mkdir mkdirat rename renameat renameat2 fsync fdatasync".split())
COMMANDS = {
    "report": ["report", "-f", "hipaa-security-rule", "--format", "json,html", "."],
    "waive": ["waive", RULE, "--address", "z", "--reason", "r", "--until", "2099-01-01", "--by", "me"],
    "map": ["map", "aws_thing", "--confirm", "nist-800-53-r5/SC-28", "--by", "me", "--reason", "r"],
    "fix": ["fix", "--unsafe", "."],
    "rebuild": ["index", "rebuild"],
    "add": ["index", "add", "docs"],
}
# How many calls of each command are tried where not all are.
SAMPLE = 4


def write(root, name, text):
    path = os.path.join(root, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def environment(work):
    # The time is fixed, so that what is written twice is the same twice.
    return {"PATH": os.environ["PATH"], "HOME": f"{work}/home", "SOURCE_DATE_EPOCH": "1793000000"}


def plainly(program, arguments, root, env):
    done = subprocess.run([program, *arguments], cwd=root, env=env, capture_output=True, timeout=120, check=False)
    return traced.Ran(done.returncode, done.stdout.decode(), done.stderr.decode(), [])


def prepare(program, root, env):
    """A tree in which every command has something to do and something to lose."""
    write(root, ".git/HEAD", "ref: refs/heads/main\n")
    write(root, "main.tf", CODE.replace("NAME", "d"))
    write(root, "b/b.tf", CODE.replace("NAME", "e"))
    for number in range(4):
        write(root, f"docs/d{number}.md", f"# D\n\nAccess {number} is logged.\n")
    for arguments in (
        COMMANDS["add"],
        ["waive", RULE, "--address", "y", "--reason", "r", "--until", "2099-01-01", "--by", "me"],
        ["map", "aws_other", "--confirm", "nist-800-53-r5/SC-28", "--by", "me", "--reason", "r"],
    ):
        ran = plainly(program, arguments, root, env)
        assert ran.status == 0, ran.err
    write(root, "docs/d0.md", "# D\n\nAccess is logged, and kept for a year.\n")


def contents(root):
    found = {}
    for at, _, files in os.walk(root):
        for name in files:
            path = os.path.join(at, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, root)] = file.read()
    return found


def points(ran, root):
    """The calls that change the tree: name, which of its kind in its thread it is, from 1, whether that is the first.

    What strace injects counts in each thread: a number of another thread may first be met in the first one.
    """
    seen = collections.Counter()
    first = min(thread for thread, *_ in ran.calls)
    found = []
    for thread, name, arguments, result in ran.calls:
        seen[thread, name] += 1
        if name in ("open", "openat", "openat2") and not re.search(r"(O_WRONLY|O_RDWR|O_CREAT|O_TRUNC)", arguments):
            continue
        held = re.match(r"\d+<([^>]*)>", arguments)
        # What is written stands in quotes as well.
        of_handle = name in HANDLES
        where = ([traced.plain(held[1])] if held else []) if of_handle else traced.places(arguments, root)
        if any(path.startswith(root + "/") for path in where):
            found.append((name, seen[thread, name], thread == first))
    return found


def manifest(held):
    """What an index holds: how its files are called differs from time to time."""
    if held is None:
        return None
    documents = json.loads(held)["documents"]
    return sorted((document["path"], document["sha256"]) for document in documents)


def same(name, one, other):
    return manifest(one) == manifest(other) if name.endswith("index/manifest.json") else one == other


def whole(name):
    """Whether a file counts: neither what is written beside, nor a lock, nor an index that the manifest does not name."""
    return not re.search(r"\.part$|\.lock$|^\.compline/index/\d+/", name)


def faults_of(now, before, after, program, arguments, root, env, ran, killed, mute=False):
    """What is wrong with a tree after a kill or a fault."""
    faults = []
    for name in filter(whole, sorted({*now, *before, *after})):
        held = now.get(name)
        if name == LEDGER:
            # Entries go to its end; the last line may be cut off, if nobody could take it back.
            old, new = before.get(name, b""), after.get(name, b"")
            if not (held or b"").startswith(old) or not (new.startswith(held or b"") or not killed):
                faults.append(f"`{name}` is not what it was with a part of what was added")
        elif not same(name, held, before.get(name)) and not same(name, held, after.get(name)):
            faults.append(f"`{name}` is neither old nor new: {held!r}"[:300])
    code = [name for name in before if name.endswith(".tf")]
    changed = [name for name in code if now.get(name) != before[name]]
    if changed and b'"fix-intent"' not in now.get(LEDGER, b""):
        faults.append(f"{changed} changed, and nobody said so before")
    if not killed:
        if ran.status < 0 or ran.status > 3 or "panicked" in ran.err:
            faults.append(f"status {ran.status}: {ran.err[-600:]}")
        wanted = {name: held for name, held in after.items() if whole(name) and name != LEDGER}
        done = all(same(name, now.get(name), held) for name, held in wanted.items())
        if ran.status in (0, 1) and not done:
            faults.append(f"status {ran.status}, and it is not done: {ran.err[-600:]}")
        # Where nothing can be written, no message can be either.
        if ran.status > 1 and "error" not in ran.err and not mute:
            faults.append(f"status {ran.status} without an error: {ran.err[-600:]}")
        if ran.status > 1 and changed and "put back" not in ran.err and len(changed) < len(code) and not mute:
            faults.append(f"some of the files were fixed, and nobody says so: {ran.err[-600:]}")
    verified = plainly(program, ["ledger", "verify"], root, env)
    if verified.status != 0 and not (verified.status == 1 and "is not finished" in verified.out):
        faults.append(f"the ledger does not verify: {verified.out}{verified.err}")
    again = plainly(program, arguments, root, env)
    # `fix` ends with 1 where failures are left that no fix is for.
    if again.status not in (0, 1 if arguments[0] == "fix" else 0):
        faults.append(f"the next run ends with {again.status}: {again.err[-600:]}")
    verified = plainly(program, ["ledger", "verify"], root, env)
    if verified.status != 0:
        faults.append(f"the ledger does not verify after the next run: {verified.out}{verified.err}")
    listed = plainly(program, ["index", "list"], root, env)
    if listed.status != 0 or listed.out.count(".md") != 4:
        faults.append(f"the index is not whole: {listed.out}{listed.err}")
    now = contents(root)
    for name, held in after.items():
        # A waiver or a mapping that was written before the kill stands there twice at most.
        said = name.endswith(("waivers.yaml", "mappings.yaml"))
        if said and not now.get(name, b"").startswith(held):
            faults.append(f"after the next run `{name}` lacks something")
        if not said and whole(name) and name != LEDGER and not same(name, now.get(name), held):
            faults.append(f"after the next run `{name}` is not as it should be")
    kind = {"waive": b'"waiver"', "map": b'"mapping"', "fix": b'"fix-intent"', "report": b'"report"'}.get(arguments[0])
    if kind and now[LEDGER].count(kind) < after[LEDGER].count(kind):
        faults.append(f"after the next run the ledger lacks an entry of kind {kind.decode()}")
    return faults


def tried(program, which, work, origin, everything):
    """Every fault of one command, and how many runs there were."""
    arguments, env, root = COMMANDS[which], environment(work), f"{work}/w"
    watched = ",".join(f"?{name}" for name in WRITING)

    def fresh():
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(origin, root, symlinks=True)
        return contents(root)

    before = fresh()
    learned = traced.run([program, *arguments], root, env, watched=watched)
    after = contents(root)
    if learned.status not in (0, 1 if which == "fix" else 0) or before == after:
        return [f"{which}: status {learned.status}, or nothing was done: {learned.err}"], 1
    found = points(learned, root)
    modes = []
    for number, (name, nth, in_first) in enumerate(found):
        if not everything and (number * SAMPLE) % len(found) >= SAMPLE and number + 1 < len(found):
            continue
        modes.append((name, nth, "signal=KILL", f"{nth}"))
        if name in FULL and in_first:
            modes.append((name, nth, "error=ENOSPC", f"{nth}"))
            modes.append((name, nth, "error=ENOSPC", f"{nth}+"))
            modes.append((name, nth, "error=EROFS", f"{nth}"))
        if name.startswith("write") and in_first:
            modes.append((name, nth, "error=EINTR", f"{nth}"))
    faults = []
    for name, nth, what, when in modes:
        fresh()
        inject = ["-e", f"inject={name}:{what}:when={when}"]
        ran = traced.run([program, *arguments], root, env, watched=watched, extra=inject)
        killed = "KILL" in what
        if killed and ran.status not in (-9, 137):
            # The order of threads differed: nothing was killed, and nothing was tried.
            continue
        mute = name.startswith("write") and when.endswith("+")
        for fault in faults_of(contents(root), before, after, program, arguments, root, env, ran, killed, mute):
            faults.append(f"{which}, {what} at {name} {when}: {fault}")
    return faults, len(modes)


def mounted(program):
    """In a mount namespace of its own: a workspace that is full, and one that may not be written."""
    faults, runs = [], 0
    with tempfile.TemporaryDirectory() as work:
        work = os.path.realpath(work)
        env, root, origin = environment(work), f"{work}/w", f"{work}/origin"
        prepare(program, origin, env)
        os.makedirs(root)
        before = contents(origin)
        for which, arguments in COMMANDS.items():
            shutil.rmtree(root)
            shutil.copytree(origin, root)
            plainly(program, arguments, root, env)
            after = contents(root)
            shutil.rmtree(root)
            os.makedirs(root)
            for free in (None, 0, 1, 2, 3, 5, 8):
                subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", root], check=True)
                shutil.copytree(origin, root, dirs_exist_ok=True)
                said = f"{which}, with {free} pages free"
                if free is None:
                    said = f"{which}, read-only"
                    subprocess.run(["mount", "-o", "remount,ro", root], check=True)
                else:
                    with open(f"{root}/free", "wb") as file:
                        file.write(b"x" * 4096 * free)
                    with open(f"{root}/filler", "wb", buffering=0) as file:
                        try:
                            while file.write(b"x" * 4096):
                                pass
                        except OSError:
                            pass
                    os.remove(f"{root}/free")
                ran = plainly(program, arguments, root, env)
                now = contents(root)
                now.pop("filler", None)
                runs += 1
                if free is None and now != before:
                    faults.append(f"{said}: it was written")
                if free is None:
                    again = None
                    if ran.status not in (2, 3) or "panicked" in ran.err or "error" not in ran.err:
                        faults.append(f"{said}: status {ran.status}: {ran.err}")
                else:
                    os.remove(f"{root}/filler")
                    again = faults_of(now, before, after, program, arguments, root, env, ran, False)
                for fault in again or []:
                    faults.append(f"{said}: {fault}")
                subprocess.run(["umount", "-l", root], check=True)
    return faults, runs


def main():
    program = os.path.realpath(sys.argv[1])
    words = sys.argv[2:]
    if "--mounted" in words:
        faults, runs = mounted(program)
        print(json.dumps([faults, runs]))
        return
    everything = "--all" in words
    chosen = [word for word in words if word in COMMANDS] or list(COMMANDS)
    faults, runs = [], 0
    with tempfile.TemporaryDirectory() as work:
        work = os.path.realpath(work)
        origin = f"{work}/origin"
        prepare(program, origin, environment(work))
        for which in chosen:
            found, number = tried(program, which, work, origin, everything)
            faults, runs = faults + found, runs + number
    space = ["unshare", "--map-root-user", "--mount"]
    can = [*space, "sh", "-c", "mount -t tmpfs -o size=64k tmpfs /mnt"]
    if subprocess.run(can, capture_output=True, check=False).returncode == 0:
        me = [sys.executable, "-B", os.path.abspath(__file__), program, "--mounted"]
        done = subprocess.run([*space, *me], capture_output=True, text=True, check=False)
        if done.returncode:
            faults.append(f"the mounts broke off: {done.stderr}")
        else:
            found, number = json.loads(done.stdout.splitlines()[-1])
            faults, runs = faults + found, runs + number
    else:
        print("left out: full and read-only mounts, which this machine does not give")
    print(f"durable: {runs} runs, {len(faults)} faults")
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


main()
