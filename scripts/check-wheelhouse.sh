#!/usr/bin/env bash
# Installs from the wheelhouse alone, in a namespace that has no network, and does the main job once.
#   scripts/check-wheelhouse.sh [WHEELHOUSE [PYTHON]]
set -euo pipefail
wheelhouse=$(cd "${1:-wheelhouse}" && pwd)
python=${2:-python3}
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cat > "$room/inside.sh" <<'INSIDE'
set -eu
if [ "$(ls /sys/class/net | grep -cv '^lo$')" != 0 ]; then
    echo "there is a network here, so nothing would be proved" >&2
    exit 1
fi
"$PYTHON" -m venv "$ROOM/venv"
"$ROOM/venv/bin/pip" install --quiet --disable-pip-version-check --no-index --find-links "$WHEELHOUSE" tellerwatch
cd "$ROOM"
"$ROOM/venv/bin/pip" check
"$ROOM/venv/bin/tellerwatch" --version
"$ROOM/venv/bin/tellerwatch" --home "$ROOM/home" init > /dev/null
"$ROOM/venv/bin/tellerwatch" --home "$ROOM/home" doctor
INSIDE
# --mount-proc is not enough: /sys shows the old namespace's devices until it is mounted anew.
ROOM=$room WHEELHOUSE=$wheelhouse PYTHON=$python unshare --map-root-user --net --mount sh -c \
    'mount -t sysfs none /sys && exec sh "$ROOM/inside.sh"'
echo "installed and ready without a network"
