#!/usr/bin/env bash
# Every command and the language server over hostile trees: no program, no connection, no library of theirs, nothing
# read or written outside of the named places. The harness is tried first on a program that does all of these.
# shellcheck source=tests/e2e/traced.sh
source "$(dirname "$0")/traced.sh"
python3 -B "$here/confined.py" "$COMPLINE_BIN" "$@"
