#!/usr/bin/env bash
# Prints the path of a Python that Tellerwatch runs on (3.11 to 3.13, able to make environments), or says what is missing.
set -euo pipefail

without_venv=""
for name in "${PYTHON:-}" python3.11 python3.12 python3.13 python3 python; do
    [ -n "$name" ] && path=$(command -v "$name") || continue
    # A version manager's stand-in may be on the path and still refuse to run.
    "$path" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || continue
    if "$path" -c 'import ensurepip, venv' 2>/dev/null; then
        "$path" -c 'import sys; print(getattr(sys, "_base_executable", "") or sys.executable)'
        exit 0
    fi
    without_venv=$path
done

if [ -n "$without_venv" ]; then
    echo "$without_venv is new enough, but it cannot make environments; on Debian and Ubuntu: apt-get install python3-venv" >&2
else
    echo "Tellerwatch needs Python 3.11, 3.12 or 3.13, and none is on the path." >&2
    echo "Install one (on Debian and Ubuntu: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3.11 …" >&2
fi
exit 1
