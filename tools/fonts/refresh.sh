#!/bin/sh
# Makes base/paper/fonts/serif.ttf.gz, the face that official documents are set in, from the
# published Noto Serif SC. Needs npm and Debian's fonttools: apt-get install fonttools.
# Run from anywhere: sh tools/fonts/refresh.sh
set -eu
version=0.4.3
here=$(cd "$(dirname "$0")" && pwd)
out=$here/../../base/paper/fonts
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$work"
npm pack --silent "@expo-google-fonts/noto-serif-sc@$version" >/dev/null
tar xzf ./*.tgz
/usr/bin/python3 "$here/subset.py" package/400Regular/NotoSerifSC_400Regular.ttf serif.ttf
gzip -9 -n -c serif.ttf >"$out/serif.ttf.gz"
cp package/LICENSE_FONT "$out/OFL.txt"
ls -l "$out"
