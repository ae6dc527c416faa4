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
