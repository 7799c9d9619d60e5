#!/bin/sh
# 5,000 different exits per second for ten and for twenty seconds: the largest memory of both runs must be about the same, and so
# must the cost of an exit in the first and in the last second. Usage: benches/exits/sustained.sh path/to/unspool
set -eu
unspool=${1:-target/release/unspool}
here=$(dirname "$0")
for seconds in 10 20; do
  script=$(mktemp --suffix=.js)
  { echo "globalThis.SECONDS = $seconds;"; cat "$here/sustained.js"; } > "$script"
  "$unspool" --allow-natives-syntax --deopt-threshold=1000000000 "$script" > "$script.out" &
  process=$!
  most=0
  while kill -0 "$process" 2>/dev/null; do
    rss=$(awk '/VmRSS/ { print $2 }' "/proc/$process/status" 2>/dev/null || echo 0)
    [ "${rss:-0}" -gt "$most" ] && most=$rss
    sleep 0.2
  done
  echo "$seconds seconds: at most $most KiB; first and last second:"
  head -n 1 "$script.out"
  tail -n 1 "$script.out"
  rm -f "$script" "$script.out"
done
