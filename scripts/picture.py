"""Take a small picture of a page, as for the README: `python scripts/picture.py PAGE.html OUT.png`."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright


def main() -> None:
    """Open one page in Chromium and save what a reader sees first."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("page", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument(
        "--width", type=int, default=1200, help="CSS pixels; 390 is a phone, 794 a sheet of A4"
    )
    parser.add_argument("--height", type=int, default=900)
    parser.add_argument("--language", choices=("zh", "en"), default="en")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--paper", action="store_true", help="as printed")
    parser.add_argument("--at", default="", help="a place on the page, such as cases")
    given = parser.parse_args()
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(
            viewport={"width": given.width, "height": given.height},
            color_scheme="dark" if given.dark else "light",
            reduced_motion="reduce",
        )
        page.emulate_media(media="print" if given.paper else "screen")
        place = f"#{given.at}" if given.at else ""
        page.goto(f"{given.page.resolve().as_uri()}?lang={given.language}{place}")
        page.screenshot(path=given.picture, scale="css")
        browser.close()


if __name__ == "__main__":
    main()
