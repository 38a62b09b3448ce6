#!/usr/bin/env bash
# A real VS Code, in a browser, with our extension: a diagnostic, a hover and a quick fix; and a screenshot.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
: "${COMPLINE_BIN:?say which program: COMPLINE_BIN=target/release/compline}"
COMPLINE_BIN=$(realpath "$COMPLINE_BIN")
cache=${COMPLINE_E2E_CACHE:-$HOME/.cache/compline-e2e}
out=${OUT:-$cache}
mkdir -p "$cache" "$out"

if [ ! -x /usr/bin/chromium ] || [ ! -x /usr/bin/rg ]; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends ripgrep chromium libkrb5-dev libsecret-1-dev libx11-dev libxkbfile-dev pkg-config
fi
server=$cache/code-server
# VS Code 1.100, the newest that runs on Node 20. Its own install script wants to download ripgrep; the parts it
# compiles are compiled here one by one, and the end of one of them fails harmlessly.
if [ ! -f "$server/installed" ]; then
  mkdir -p "$server" && cd "$server"
  [ -f package.json ] || npm init -y > /dev/null
  npm install code-server@4.100.3 --ignore-scripts --no-audit --no-fund
  (cd node_modules/argon2 && npm run install)
  cd node_modules/code-server/lib/vscode
  npm install --omit=dev --ignore-scripts --no-audit --no-fund
  for part in @vscode/spdlog native-watchdog node-pty @parcel/watcher; do npm rebuild "$part" || true; done
  mkdir -p node_modules/@vscode/ripgrep/bin && ln -sf /usr/bin/rg node_modules/@vscode/ripgrep/bin/rg
  touch "$server/installed"
fi
if [ ! -d "$cache/playwright/node_modules/playwright-core" ]; then
  mkdir -p "$cache/playwright" && cd "$cache/playwright"
  [ -f package.json ] || npm init -y > /dev/null
  npm install playwright-core --no-audit --no-fund
fi

cd "$here/../../editors/vscode"
[ -d node_modules ] || npm ci --no-audit --no-fund
npm run --silent package

work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2> /dev/null || true; rm -rf "$work"' EXIT
mkdir -p "$work/infra" "$work/data/User"
cp "$here/bucket.tf" "$work/infra/main.tf"
cat > "$work/data/User/settings.json" <<SETTINGS
{
  "workbench.startupEditor": "none",
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "compline.path": "$COMPLINE_BIN"
}
SETTINGS
# Nothing of the user's is read or written.
export XDG_CONFIG_HOME=$work/config
code=$server/node_modules/.bin/code-server
"$code" --install-extension compline.vsix --extensions-dir "$work/extensions" --user-data-dir "$work/data"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$code" --auth none --bind-addr "127.0.0.1:$port" --user-data-dir "$work/data" --extensions-dir "$work/extensions" \
  --disable-telemetry --disable-update-check "$work/infra" > "$work/log" 2>&1 &
pid=$!
status=0
NODE_PATH=$cache/playwright/node_modules PORT=$port FOLDER=$work/infra SHOT=$out/vscode.png \
  timeout 240 node "$here/vscode.js" || status=$?
[ $status -eq 0 ] || tail -20 "$work/log"
exit $status
