#!/usr/bin/env bash
# What the reports' tests in a real browser need: Debian's Chromium, a Chinese font, a PDF reader, and axe-core.
# Installs only what is missing, so it may run again at any time.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || packages+=(chromium)
[ -d /usr/share/fonts/opentype/noto ] || packages+=(fonts-noto-cjk)
command -v pdftotext >/dev/null || packages+=(poppler-utils)
command -v npm >/dev/null || packages+=(npm)
if [ ${#packages[@]} -gt 0 ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "not here, and only root on Debian can install them by this script: ${packages[*]}" >&2
        exit 1
    fi
    echo "+ apt-get install ${packages[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

wanted=$(sed -n 's/.*"axe-core": "\(.*\)".*/\1/p' tests/browser/package.json)
found=$(sed -n '/"version": /{s/.*: "\(.*\)",*$/\1/p;q}' tests/browser/node_modules/axe-core/package.json 2>/dev/null || true)
if [ "$wanted" != "$found" ]; then
    echo "+ npm install axe-core@$wanted"
    (cd tests/browser && npm install --no-package-lock --ignore-scripts --no-audit --no-fund --silent)
fi
