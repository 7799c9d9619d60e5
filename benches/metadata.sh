#!/bin/sh
# Bytes of deoptimization metadata for each distinct (code, frame state, reason) of guards, over all of Are-We-Fast-Yet:
#   AWFY_DIR=… benches/metadata.sh target/release/unspool
set -eu
unspool=${1:?usage: AWFY_DIR=FOLDER benches/metadata.sh UNSPOOL}
harness=$(dirname "$0")/src/bin/suites/awfy.js
program=$(mktemp)
trap 'rm -f "$program"' EXIT

for benchmark in Bounce:1500 CD:100 DeltaBlue:12000 Havlak:150 Json:100 List:1500 Mandelbrot:500 NBody:250000 Permute:1000 \
    Queens:1000 Richards:100 Sieve:3000 Storage:1000 Towers:600; do
    name=${benchmark%:*} inner=${benchmark#*:}
    {
        printf 'const config = { directory: "%s/benchmarks/JavaScript", benchmark: "%s", iterations: 20, inner: %s };\n' \
            "${AWFY_DIR:?names the checkout of Are-We-Fast-Yet}" "$name" "$inner"
        cat "$harness"
    } >"$program"
    "$unspool" --single-threaded --exit-stats "$program" | awk -v name="$name" '
        /^  bytes of deopt metadata +[0-9]+$/ { bytes = $NF }
        /^  distinct \(code, frame state, reason\)/ { guards = $NF }
        END { print name, bytes, guards }'
done | awk '
    { printf "%-12s %7d bytes %6d guard states %6.1f\n", $1, $2, $3, $2 / $3; bytes += $2; guards += $3 }
    END { printf "%-12s %7d bytes %6d guard states %6.1f\n", "all", bytes, guards, bytes / guards }'
