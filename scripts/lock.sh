#!/usr/bin/env bash
# Fixes the version and the hashes of every package, for all supported Pythons: constraints/runtime.txt and dev.txt.
# The files name no address, so they serve any index or mirror that a bank has.
set -euo pipefail
cd "$(dirname "$0")/.."

uv=${UV:-uv}
lock() { # file, words for its head, further arguments
    local file=$1 words=$2
    shift 2
    echo "locking $file"
    [ -f "$file" ] && cp "$file" "$file.new" # what is fixed stays so, unless --upgrade is given
    "$uv" pip compile pyproject.toml --quiet --no-config --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate "$@" --output-file "$file.new" >/dev/null
    { printf '# %s\n# Written by `make lock` from pyproject.toml; do not edit.\n' "$words"; cat "$file.new"; } > "$file"
    rm "$file.new"
}

lock constraints/runtime.txt "What runs: Tellerwatch's packages with their hashes." --group build "$@"
lock constraints/dev.txt "What runs, and what tests and checks it." --group build --group dev \
    --extra postgres --extra spark --constraints constraints/runtime.txt "$@"
