#!/usr/bin/env bash
# Every command and the language server over hostile trees: no program, no connection, no library of theirs, nothing
# read or written outside of the named places. The harness is tried first on a program that does all of these.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
: "${COMPLINE_BIN:?say which program: COMPLINE_BIN=target/release/compline}"
COMPLINE_BIN=$(realpath "$COMPLINE_BIN")
if ! command -v strace > /dev/null; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends strace
fi
python3 -B "$here/confined.py" "$COMPLINE_BIN" "$@"
