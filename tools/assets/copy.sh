#!/bin/sh
# Fetches the versions pinned in package.json and copies the files that pages use into web/assets.
# The copies are committed, so a build needs neither npm nor a network.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp package.json "$work/"
(cd "$work" && npm install --ignore-scripts --no-audit --no-fund --no-package-lock --silent)
cp "$work/node_modules/htmx.org/dist/htmx.min.js" web/assets/htmx.js

# A module becomes a plain script that leaves one name behind, so that it can also stand inside a saved page.
module="$work/node_modules/@noble/ed25519/index.js"
{
	head -n 1 "$module"
	printf '(function () {\n"use strict";\n'
	tail -n +2 "$module" | grep -v '^//# sourceMappingURL' | sed 's/^export { \(.*\), };$/globalThis.ed25519 = { \1 };/'
	printf '})();\n'
} >web/assets/ed25519.js
