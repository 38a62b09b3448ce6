#!/usr/bin/env bash
# Kills, failing calls, full and read-only places: what is written is whole, and the next run works. A sample of the
# calls; all of them with `--all`.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
: "${COMPLINE_BIN:?say which program: COMPLINE_BIN=target/release/compline}"
COMPLINE_BIN=$(realpath "$COMPLINE_BIN")
if ! command -v strace > /dev/null; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends strace
fi
python3 -B "$here/durable.py" "$COMPLINE_BIN" "$@"
