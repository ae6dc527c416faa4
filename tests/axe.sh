#!/bin/sh
# Fetches the accessibility checker that the browser tests run on every page. The copy is committed; it is
# never part of the program.
set -eu
cd "$(dirname "$0")"
version=4.14.1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
here=$PWD
cd "$work"
npm pack --silent "axe-core@$version" >/dev/null
tar xzf ./*.tgz
cp package/axe.min.js "$here/testdata/axe.min.js"
