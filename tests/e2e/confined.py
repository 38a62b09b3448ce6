"""Every command and the language server over trees whose authors mean harm, under strace.

Usage: confined.py PROGRAM [--self-test]
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import traced

RULE = "aws-rds-publicly-accessible"
CODE = 'resource "aws_db_instance" "d" {\n  publicly_accessible = true\n}\n'
FRAMEWORK = """id: hipaa-security-rule
title: HIPAA Security Rule
short: HIPAA
version: one of our own
publisher: nobody
published: "2026-01-01"
licence: public-domain
source: https://example.org
groups:
  - id: "1"
    title: One
    controls:
      - { id: "1", title: One, summary: One., shown: auto-iac, wants: { fully: [log-retention-set] } }
"""
PAGE = """---
id: aws-rds-publicly-accessible
title: a database that nobody minds
severity: low
objectives: [database-not-public]
sources: [https://example.org]
check:
  aws_db_instance: { publicly_accessible: { in: [true, false], absent: pass } }
---
Nobody minds.
"""


def write(root, name, text):
    path = os.path.join(root, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def link(root, name, target):
    path = os.path.join(root, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.symlink(target, path)


def git(root, *words):
    settings = ["-c", "user.name=Jo", "-c", "user.email=jo@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *settings, *words], cwd=root, check=True, capture_output=True)


def commit(root):
    git(root, "init", "-q")
    git(root, "add", "-A", "-f")
    git(root, "commit", "-qm", "x")


# Each makes a tree in `root`; `proof` is a file that only code of the tree would make, `out` is somebody else's folder.


def git_programs(root, proof, out):
    """Everything by which git would run a program."""
    write(root, "main.tf", CODE)
    write(root, ".gitattributes", "*.tf filter=evil diff=evil merge=evil\n")
    commit(root)
    run = f"touch '{proof}'; cat"
    for key in (
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.command",
        "diff.evil.textconv",
        "diff.external",
        "merge.evil.driver",
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "core.editor",
        "core.askPass",
        "gpg.program",
        "credential.helper",
        "alias.status",
        "uploadpack.packObjectsHook",
    ):
        git(root, "config", key, run)
    git(root, "config", "core.hooksPath", "hooks")
    for hook in ("post-index-change", "fsmonitor-watchman", "post-checkout", "reference-transaction"):
        write(root, f"hooks/{hook}", f"#!/bin/sh\ntouch '{proof}'\n")
        os.chmod(os.path.join(root, "hooks", hook), 0o755)
    # Only the time differs from the index, so that git would look at the bytes, through the filter.
    os.utime(os.path.join(root, "main.tf"), (2_000_000_000, 2_000_000_000))


def git_lazy_fetch(root, proof, out):
    """The tree of the commit is missing, and a remote promises to have it."""
    write(root, "main.tf", CODE)
    commit(root)
    tree = subprocess.run(
        ["git", "rev-parse", "HEAD^{tree}"], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()
    os.remove(os.path.join(root, ".git/objects", tree[:2], tree[2:]))
    git(root, "config", "core.repositoryFormatVersion", "1")
    git(root, "config", "extensions.partialClone", "origin")
    git(root, "config", "core.sshCommand", f"touch '{proof}';")
    git(root, "config", "remote.origin.url", "ssh://nobody.invalid/none")
    git(root, "config", "remote.origin.promisor", "true")
    git(root, "config", "protocol.ext.allow", "always")
    with open(os.path.join(root, ".git/objects/info/alternates"), "w", encoding="utf-8") as file:
        file.write(f"{out}/objects\n")


def git_embedded_bare(root, proof, out):
    """A bare repository lies among the files, with a configuration of its own."""
    inner = os.path.join(root, "infra")
    write(inner, "main.tf", CODE)
    write(inner, ".gitattributes", "main.tf filter=evil\n")
    commit(inner)
    for name in os.listdir(os.path.join(inner, ".git")):
        if name not in ("hooks", "logs"):
            shutil.move(os.path.join(inner, ".git", name), os.path.join(inner, name))
    shutil.rmtree(os.path.join(inner, ".git"))
    write(
        inner,
        "config",
        "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n"
        f"[filter \"evil\"]\n\tclean = \"touch '{proof}'; cat\"\n[core]\n\tfsmonitor = \"touch '{proof}'\"\n",
    )
    commit(root)


def models(root, proof, out):
    """A configuration names a model that came along, with a library beside it."""
    library = f'#include <stdlib.h>\n__attribute__((constructor)) static void go(void) {{ system("touch {proof}"); }}\n'
    for folder in ("model", "infra/model", os.path.join(out, "model")):
        at = os.path.join(root, folder)
        for name in ("tokenizer.json", "config.json", "model.onnx"):
            write(at, name, "{}")
        write(at, "l.c", library)
        made = shutil.which("cc") and subprocess.run(
            ["cc", "-shared", "-fPIC", "-o", f"{at}/libonnxruntime.so", f"{at}/l.c"], check=False
        )
        if not made or made.returncode:
            write(at, "libonnxruntime.so", "no library")
        os.remove(os.path.join(at, "l.c"))
    write(root, "compline.yaml", "embedder: model\n")
    write(root, "infra/compline.yaml", "embedder: ../../out/model\n")
    write(root, "infra/main.tf", CODE)
    write(root, "main.tf", CODE)
    write(root, ".config/compline/config.yaml", "embedder: ../../model\nonnxruntime: ../../model/libonnxruntime.so\n")


def links(root, proof, out):
    """What is written and what is read are links out of the tree."""
    write(root, "code.tf", CODE)
    link(root, "main.tf", "../out/main.tf")
    link(root, ".compline", "../out/kept")
    link(root, "compline-report", "../out/report")
    link(root, "compline.waivers.yaml", "../out/waivers.yaml")
    link(root, "compline.mappings.yaml", "../out/mappings.yaml")
    link(root, "docs", "../out/docs")
    link(root, "self.tf", "self.tf")
    link(root, "zero.tf", "/dev/zero")
    os.mkfifo(os.path.join(root, "pipe.tf"))
    os.makedirs(os.path.join(root, ".git"))
    link(root, ".git/HEAD", "../../out/HEAD")
    link(root, ".git/objects", "../../out/objects")


def links_within(root, proof, out):
    """The same one level deeper, so that the folders are there."""
    write(root, "main.tf", CODE)
    for name in ("ledger.jsonl", "files.lock", "index.lock"):
        link(root, f".compline/{name}", "../../out/new")
    link(root, ".compline/index", "../../out/index")
    link(root, ".compline/frameworks", "../../out/frameworks")
    for name in ("report.json", "report.html", "report.sarif"):
        link(root, f"compline-report/{name}", "../../out/new")
    for number in range(40):
        link(root, f".main.tf.1-{number}.part", "../out/new")


def yardstick(root, proof, out):
    """Everything by which a tree would decide how it is judged."""
    write(root, "main.tf", CODE)
    write(root, ".compline/frameworks/hipaa-security-rule.yaml", FRAMEWORK)
    write(root, "rules/x.md", PAGE)
    write(root, "compline.yaml", "rules: rules\nexclude: ['hidden/**']\nhonor: [checkov]\nseverity: critical\n")
    write(
        root,
        "compline.mappings.yaml",
        f"mappings:\n- {{ subject: {RULE}, framework: hipaa-security-rule, control: '164.312(a)(1)', "
        'confirmed: false, by: me, date: "2026-01-01", why: w }\n',
    )
    for name in (".infra/main.tf", "node_modules/n/main.tf", "hidden/main.tf", "ignored/main.tf"):
        write(root, name, CODE)
    write(root, ".gitignore", "ignored/\n")
    commit(root)


def paths_out(root, proof, out):
    """Paths in code, manifests and settings that lead out of the tree, and what other tools would run or fetch."""
    write(
        root,
        "main.tf",
        CODE
        + """
module "near" { source = "../out/module" }
module "far" { source = "git::ssh://nobody.invalid/none" }
module "listed" { source = "app.terraform.io/nobody/none" }
locals {
  host   = file("/etc/hostname")
  other  = file("../out/secret.yaml")
  all    = fileset("/", "**")
  shaped = templatefile("../out/secret.yaml", {})
}
data "external" "x" { program = ["touch", "PROOF"] }
data "http" "x" { url = "http://192.0.2.1/" }
resource "null_resource" "x" {
  provisioner "local-exec" { command = "touch PROOF" }
}
resource "aws_s3_bucket" "b" { bucket = local.host }
terraform {
  backend "http" { address = "http://192.0.2.1/" }
}
""".replace("PROOF", proof),
    )
    directories = [{"Key": "listed", "Source": "x", "Dir": "../out/module"}, {"Key": "", "Source": "", "Dir": "/"}]
    write(root, ".terraform/modules/modules.json", json.dumps({"Modules": directories}))
    write(
        root,
        ".compline/index/manifest.json",
        json.dumps(
            {
                "version": 2,
                "generation": 1,
                "documents": [{"path": "../out/secret.yaml", "sha256": "00", "rows": [0, 1]}],
                "files": {"../../../../out/secret.yaml": "00"},
            }
        ),
    )
    write(root, "compline.yaml", "rules: ../out\nframeworks: [../out/secret.yaml]\n")
    write(root, ".vscode/settings.json", json.dumps({"compline.path": proof}))
    link(root, "chart", "/etc")


TREES = [git_programs, git_lazy_fetch, git_embedded_bare, models, links, links_within, yardstick, paths_out]

PART = r"(\.\d+-\d+\.part)?"
KEPT = r"\.compline(/.*)?"
REPORT = ["report", "-f", "hipaa-security-rule"]

# Arguments, and what they may write below the tree.
COMMANDS = [
    (["check", "."], []),
    (["check", "main.tf", "--format", "json"], []),
    (["check", "--allow-overrides", "."], []),
    ([*REPORT, "--format", "json,html,sarif", "."], [KEPT, r"compline-report(/.*)?"]),
    ([*REPORT, "--format", "json", "--allow-overrides", "-o", "compline-report/deeper", "."], [KEPT, r"compline-report(/.*)?"]),
    (["coverage", "."], []),
    (["inventory", "--format", "json", "."], []),
    (["map", "aws_s3_bucket"], []),
    (["map", "logs are kept for a year"], []),
    (["map", "aws_thing", "--confirm", "nist-800-53-r5/SC-28", "--by", "me", "--reason", "r"], [KEPT, rf"\.?compline\.mappings\.yaml{PART}"]),
    (["explain", RULE], []),
    (["explain", "hipaa-security-rule/164.312(a)(1)"], []),
    (["search", "logging"], []),
    (["rules", "test", "rules"], []),
    (["frameworks"], []),
    (["waive", RULE, "--address", "x", "--reason", "r", "--until", "2099-01-01", "--by", "me"], [KEPT, rf"\.?compline\.waivers\.yaml{PART}"]),
    (["fix", "--diff", "."], []),
    (["fix", "--unsafe", "."], [KEPT, rf"(.*/)?\.?\w+\.tf{PART}"]),
    (["index", "add", "docs"], [KEPT]),
    (["index", "rebuild"], [KEPT]),
    (["index", "list"], []),
    (["ledger", "verify"], []),
    (["ledger", "list"], []),
    (["init"], [rf"\.?compline\.yaml{PART}"]),
]


def session(root):
    """What an editor says in a session over a folder."""
    file = f"file://{root}/main.tf"
    at = {"textDocument": {"uri": file}, "position": {"line": 1, "character": 4}}
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 3, "character": 0}}
    item = {"uri": file, "languageId": "terraform", "version": 1, "text": CODE}
    asked = [
        ("initialize", {"processId": None, "capabilities": {"textDocument": {"diagnostic": {}}}, "rootUri": f"file://{root}", "workspaceFolders": [{"uri": f"file://{root}", "name": "w"}]}),
        ("workspace/didChangeConfiguration", {"settings": {"compline": {"threshold": "low"}}}),
        ("textDocument/didOpen", {"textDocument": item}),
        ("textDocument/diagnostic", {"textDocument": {"uri": file}}),
        ("workspace/diagnostic", {"previousResultIds": []}),
        ("textDocument/hover", at),
        ("textDocument/completion", at),
        ("textDocument/documentSymbol", {"textDocument": {"uri": file}}),
        ("textDocument/codeAction", {"textDocument": {"uri": file}, "range": whole, "context": {"diagnostics": []}}),
        ("workspace/executeCommand", {"command": "compline.explain", "arguments": [{"rule": RULE}]}),
        ("textDocument/didChange", {"textDocument": {"uri": file, "version": 2}, "contentChanges": [{"text": CODE + CODE.replace('"d"', '"e"')}]}),
        ("workspace/didChangeWatchedFiles", {"changes": [{"uri": f"file://{root}/{name}", "type": 2} for name in ("compline.yaml", "compline.waivers.yaml", ".compline/frameworks/hipaa-security-rule.yaml", "code.tf", "../out/main.tf")]}),
        ("compline/state", None),
        ("textDocument/didSave", {"textDocument": {"uri": file}}),
        ("textDocument/didClose", {"textDocument": {"uri": file}}),
        ("compline/state", None),
        ("shutdown", None),
        ("exit", None),
    ]
    told = b""
    for number, (method, params) in enumerate(asked):
        message = {"jsonrpc": "2.0", "method": method}
        if params is not None:
            message["params"] = params
        if method in ("initialize", "shutdown", "compline/state") or (
            method.startswith(("textDocument/", "workspace/")) and "/did" not in method
        ):
            message["id"] = number
        body = json.dumps(message).encode()
        told += b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        if method == "initialize":
            told += b"Content-Length: 52\r\n\r\n" + b'{"jsonrpc":"2.0","method":"initialized","params":{}}'
    return told


def no_network():
    """What runs a program in a namespace without a network; nothing where the machine gives none."""
    wrap = ["unshare", "--map-root-user", "--net"]
    tried = subprocess.run([*wrap, "true"], capture_output=True, check=False)
    if tried.returncode == 0:
        return wrap
    print("left out: the namespace without a network, which this machine does not give; calls are watched all the same")
    return []


def contents(folder):
    found = {}
    for at, folders, files in os.walk(folder):
        for name in files + folders:
            path = os.path.join(at, name)
            facts = os.lstat(path)
            whole = os.path.isfile(path) and not os.path.islink(path)
            found[path] = (facts.st_mode, facts.st_mtime_ns, open(path, "rb").read() if whole else b"")
    return found


def somebody_elses(out):
    write(out, "secret.yaml", "TOKEN_OF_SOMEBODY: 7f3a\n")
    write(out, "main.tf", CODE)
    write(out, "module/main.tf", CODE)
    write(out, "docs/policy.md", "# Secret\n\nTOKEN_OF_SOMEBODY is kept.\n")
    write(out, "waivers.yaml", f"waivers:\n- {{ rule: {RULE}, address: x, reason: r, until: 2099-01-01, by: me }}\n")
    write(out, "mappings.yaml", "mappings: []\n")
    write(out, "HEAD", "ref: refs/heads/main\n")
    write(out, "frameworks/x.yaml", FRAMEWORK)
    for folder in ("kept", "report", "index", "objects"):
        os.makedirs(os.path.join(out, folder), exist_ok=True)


def confined(program):
    wrap = no_network()
    faults, runs = [], 0
    for make in TREES:
        with tempfile.TemporaryDirectory() as work:
            work = os.path.realpath(work)
            root, out, proof = (os.path.join(work, name) for name in ("w", "out", "PROOF"))
            os.makedirs(root)
            os.makedirs(f"{work}/home")
            somebody_elses(out)
            make(root, proof, out)
            if not os.path.lexists(f"{root}/docs"):
                write(root, "docs/policy.md", "# Access\n\nEvery access is logged.\n")
            env = {"PATH": os.environ["PATH"], "HOME": f"{work}/home"}
            before = contents(out)
            # The cache is the user's own; whatever lies in the tree may be read.
            below = re.escape(root)
            cache = rf"{re.escape(work)}/home(/\.cache(/.*)?)?"
            reads = [rf"{below}(/.*)?", rf"{re.escape(work)}/home/\.config/compline/.*"]
            steps = [(arguments, writes, b"") for arguments, writes in COMMANDS]
            steps.append((["lsp"], [], session(root)))
            for arguments, writes, told in steps:
                command = [program, *arguments]
                ran = traced.run(command, root, env, told, wrap)
                runs += 1
                may = [rf"{below}/{pattern}" for pattern in writes]
                said = f"{make.__name__}: compline {' '.join(arguments)}"
                for kind, sentence in traced.violations(ran, root, reads, [*may, cache], program):
                    faults.append(f"{said}: {kind}: {sentence}")
                if ran.status not in (0, 1, 2, 3):
                    faults.append(f"{said}: status {ran.status}\n{ran.err[-2000:]}")
                if "lsp" in arguments and (ran.status != 0 or ran.out.count('"id"') < 8):
                    faults.append(f"{said}: the session broke off\n{ran.out[-500:]}{ran.err[-500:]}")
                if os.path.lexists(proof):
                    faults.append(f"{said}: something of the tree ran")
                    os.remove(proof)
                if "TOKEN_OF_SOMEBODY" in ran.out + ran.err:
                    faults.append(f"{said}: shows what lies outside")
            if contents(out) != before:
                faults.append(f"{make.__name__}: somebody else's folder is not as it was")
    return faults, runs


# A program that does what its argument says: each must be found.
ACTS = {
    "nothing": ("", None),
    "exec": ("import os; os.execv('/bin/true', ['true'])", "exec"),
    "spawn": ("import os; os.posix_spawn('/bin/true', ['true'], {})", "process"),
    "fork": ("import os\nif os.fork() == 0: os._exit(0)", "process"),
    "socket": ("import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM)", "network"),
    "connect": ("import socket; socket.socket(socket.AF_UNIX).connect_ex('/none')", "network"),
    "library": ("import ctypes; ctypes.CDLL('./libevil.so')", "library"),
    "open a library": ("open('libevil.so')", "library"),
    "write outside": ("open('../out/new', 'w')", "write"),
    "write through a link": ("open('link', 'a')", "write"),
    "append inside": ("open('not-named', 'a')", "write"),
    "unlink": ("import os; os.unlink('../out/secret.yaml')", "write"),
    "rename": ("import os; os.rename('../out/main.tf', '../out/other.tf')", "write"),
    "rename in": ("import os; os.rename('../out/main.tf', 'named')", "write"),
    "mkdir": ("import os; os.mkdir('../out/folder')", "write"),
    "rmdir": ("import os; os.rmdir('../out/kept')", "write"),
    "symlink": ("import os; os.symlink('x', '../out/link')", "write"),
    "hard link": ("import os; os.link('named', '../out/hard')", "write"),
    "chmod": ("import os; os.chmod('../out/main.tf', 0o777)", "write"),
    "truncate": ("import os; os.truncate('../out/main.tf', 0)", "write"),
    "from a handle": ("import os; d = os.open('../out', os.O_PATH); os.mkdir('x', dir_fd=d)", "write"),
    "in a thread": ("import threading; t = threading.Thread(target=open, args=('../out/t', 'w')); t.start(); t.join()", "write"),
    "a failed attempt": ("try: open('/none/at/all', 'w')\nexcept OSError: pass", "write"),
    "read outside": ("open('../out/secret.yaml')", "read"),
    "read through a link": ("open('link')", "read"),
    "write where it is named": ("open('named', 'w')", None),
}


def self_test():
    """That the harness finds each thing it is there to find, and nothing where nothing is."""
    faults = []
    for name, (act, expected) in ACTS.items():
        with tempfile.TemporaryDirectory() as work:
            work = os.path.realpath(work)
            root, out = f"{work}/w", f"{work}/out"
            os.makedirs(root)
            somebody_elses(out)
            write(root, "named", "")
            link(root, "link", "../out/secret.yaml")
            made = subprocess.run(
                ["cc", "-shared", "-o", f"{root}/libevil.so", "-x", "c", "-"], input=b"int x;", capture_output=True, check=False
            ) if shutil.which("cc") else None
            if not made or made.returncode:
                write(root, "libevil.so", "")
            python = os.path.realpath(sys.executable)
            ran = traced.run([python, "-I", "-S", "-B", "-c", act], root, {"LC_ALL": "C"})
            own = [rf"{re.escape(sys.base_prefix)}/lib/.*"]
            reads = [rf"{re.escape(root)}(/.*)?", r"/(usr|etc)/.*", rf"{re.escape(sys.base_prefix)}/.*"]
            found = traced.violations(ran, root, reads, [re.escape(f"{root}/named")], python, own)
            kinds = {kind for kind, _ in found}
            if (expected is None and kinds) or (expected is not None and expected not in kinds):
                faults.append(f"the harness, `{name}`: expected {expected}, found {found}\n{ran.err}")
    return faults


def main():
    faults = self_test()
    if not faults and "--self-test" not in sys.argv:
        faults, runs = confined(os.path.realpath(sys.argv[1]))
        print(f"confined: {runs} runs over {len(TREES)} trees, {len(faults)} faults")
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


main()
