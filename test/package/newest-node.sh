#!/usr/bin/env bash
# The built package on the newest Node that npm offers as a package: import, require, the command, and the demo.
set -euo pipefail
cd "$(dirname "$0")/../.."
node test/support/ensure.mjs
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --prefix "$folder" --no-audit --no-fund --loglevel=error node@latest
newest="$folder/node_modules/node/bin/node"
echo "Node $("$newest" --version)"
"$newest" test/package/consumer.mjs
"$newest" examples/demo/demo.mjs
