# Sourced by the proofs that trace system calls: finds the program under test, and installs `strace`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${COMPLINE_BIN:?say which program: COMPLINE_BIN=target/release/compline}"
COMPLINE_BIN=$(realpath "$COMPLINE_BIN")
if ! command -v strace > /dev/null; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends strace
fi
