#!/usr/bin/env bash
# The built package on the oldest Node that package.json allows, and on the newest that npm offers as a package: import,
# require, the command, and the demo.
set -euo pipefail
cd "$(dirname "$0")/../.."
node test/support/ensure.mjs
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
oldest=$(node -p "require('./package.json').engines.node.replace('>=', '')")
for version in "$oldest" latest; do
  mkdir -p "$folder/$version"
  npm install --prefix "$folder/$version" --no-audit --no-fund --loglevel=error "node@$version"
  program="$folder/$version/node_modules/node/bin/node"
  echo "Node $("$program" --version)"
  "$program" test/package/consumer.mjs
  "$program" examples/demo/demo.mjs
done
