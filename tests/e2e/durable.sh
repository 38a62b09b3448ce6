#!/usr/bin/env bash
# Kills, failing calls, full and read-only places: what is written is whole, and the next run works. A sample of the
# calls; all of them with `--all`.
# shellcheck source=tests/e2e/traced.sh
source "$(dirname "$0")/traced.sh"
python3 -B "$here/durable.py" "$COMPLINE_BIN" "$@"
