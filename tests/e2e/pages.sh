#!/usr/bin/env bash
# Pages of hostile repositories in a real browser: no script but ours runs, the content security policy reports nothing,
# nothing is loaded.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
: "${COMPLINE_BIN:?say which program: COMPLINE_BIN=target/release/compline}"
COMPLINE_BIN=$(realpath "$COMPLINE_BIN")
export COMPLINE_BIN
cache=${COMPLINE_E2E_CACHE:-$HOME/.cache/compline-e2e}
out=${OUT:-$cache}
mkdir -p "$cache" "$out"

if [ ! -x /usr/bin/chromium ]; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends chromium
fi
if [ ! -d "$cache/playwright/node_modules/playwright-core" ]; then
  mkdir -p "$cache/playwright"
  (cd "$cache/playwright" && { [ -f package.json ] || npm init -y > /dev/null; } &&
    npm install playwright-core --no-audit --no-fund)
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The test's repositories, written by the program under test.
(cd "$here/../.." && COMPLINE_PAGES=$work cargo test --quiet --workspace --test all -- --ignored pages_for_a_browser)
NODE_PATH=$cache/playwright/node_modules PAGES=$work SHOT=$out/pages.png timeout 300 node "$here/pages.js"
