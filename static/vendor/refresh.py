#!/usr/bin/env python3
"""Fetches the vendored front-end files that each vendor.json names, or checks them without a network.

    python static/vendor/refresh.py            fetch every package with `npm pack` and write its files
    python static/vendor/refresh.py --check    verify checksums and icon names; exit status 1 on a difference

A vendor.json holds `package`, `version`, `licence` and `files`: a list of {name, source, sha256}; `source` is
the path inside the published package, `layer` the cascade layer that a style sheet is put into. The icon
package also holds the names (`icons`, `filled`) from which the sprite `static/icons.svg` is generated.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VENDOR = Path(__file__).resolve().parent
ROOT = VENDOR.parent.parent
# A source map that is not shipped would make collectstatic with hashed names fail.
SOURCE_MAP = re.compile(rb"[ \t]*(?://|/\*)[#@] sourceMappingURL=[^\n*]*(?:\*/)?[ \t]*\n?")
ICON_TAG = re.compile(r"""{%\s*icon\s+["']([a-z0-9-]+)["']|\bicon=["']([a-z0-9-]+)["']""")
CHARSET = re.compile(rb'^@charset "[^"]*";')
SVG_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
EMPTY_PATH = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>')


def sha256(content: bytes) -> str:
    """Return the hexadecimal SHA-256 of `content`."""
    return hashlib.sha256(content).hexdigest()


def manifests() -> list[Path]:
    """Return every vendor.json, in order of package folder."""
    return sorted(VENDOR.glob("*/vendor.json"))


def unpack(package: str, version: str, folder: Path) -> Path:
    """Download `package` at `version` into `folder` with npm and return the folder of its contents."""
    command = ["npm", "pack", f"{package}@{version}", "--silent", "--pack-destination", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    archive = next(folder.glob("*.tgz"))
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return next(path for path in folder.iterdir() if path.is_dir())


def sprite(contents: Path, manifest: dict) -> bytes:
    """Return one SVG with a symbol per icon that the manifest names; filled ones get the suffix `-filled`."""
    wanted = [("outline", name, name) for name in manifest["icons"]]
    wanted += [("filled", name, f"{name}-filled") for name in manifest["filled"]]
    lines = ['<svg xmlns="http://www.w3.org/2000/svg">']
    for style, name, symbol in sorted(wanted, key=lambda entry: entry[2]):
        drawing = (contents / "icons" / style / f"{name}.svg").read_text(encoding="utf-8")
        body = EMPTY_PATH.sub("", SVG_BODY.search(drawing).group(1))
        paint = ' fill="currentColor" stroke="none"' if style == "filled" else ""
        content = " ".join(body.split())
        lines.append(f'<symbol id="{symbol}" viewBox="0 0 24 24"{paint}>{content}</symbol>')
    return ("\n".join([*lines, "</svg>"]) + "\n").encode()


def in_layer(content: bytes, entry: dict) -> bytes:
    """Return `content`, inside the cascade layer that its entry names (if any), so that our own rules win."""
    if "layer" not in entry:
        return content
    return b"@layer " + entry["layer"].encode() + b" {\n" + CHARSET.sub(b"", content).strip() + b"\n}\n"


def refresh(path: Path) -> None:
    """Fetch the files of one vendor.json and write their checksums into it."""
    manifest = json.loads(path.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as temporary:
        contents = unpack(manifest["package"], manifest["version"], Path(temporary))
        for entry in manifest["files"]:
            if entry.get("source"):
                content = in_layer(SOURCE_MAP.sub(b"", (contents / entry["source"]).read_bytes()), entry)
            else:
                content = sprite(contents, manifest)
            (path.parent / entry["name"]).write_bytes(content)
            entry["sha256"] = sha256(content)
    path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def differences(path: Path) -> list[str]:
    """Return what is wrong with the files of one vendor.json; an empty list when all is well."""
    manifest = json.loads(path.read_text(encoding="utf-8"))
    wrong = []
    expected = {path.name}
    for entry in manifest["files"]:
        file = path.parent / entry["name"]
        expected.add(entry["name"])
        if not file.is_file():
            wrong.append(f"{file}: missing")
        elif sha256(file.read_bytes()) != entry["sha256"]:
            wrong.append(f"{file}: checksum differs")
        elif SOURCE_MAP.search(file.read_bytes()):
            wrong.append(f"{file}: names a source map")
    unknown = [file for file in path.parent.iterdir() if file.name not in expected]
    return wrong + [f"{file}: not in vendor.json" for file in unknown]


def missing_icons() -> list[str]:
    """Return one line per icon that a template names and the sprite lacks."""
    known = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/icons.svg").read_text(encoding="utf-8")))
    wrong = []
    for template in sorted(ROOT.glob("templates/**/*.html")):
        for match in ICON_TAG.finditer(template.read_text(encoding="utf-8")):
            name = match.group(1) or match.group(2)
            if name not in known:
                wrong.append(f"{template}: icon {name} is not in static/icons.svg")
    return wrong


def main() -> int:
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(description="Refresh or check the vendored front-end files.")
    parser.add_argument("--check", action="store_true", help="verify checksums offline, change nothing")
    parser.add_argument("packages", nargs="*", help="folder names to refresh; all when none is given")
    options = parser.parse_args()
    if options.check:
        wrong = [line for path in manifests() for line in differences(path)] + missing_icons()
        print("\n".join(wrong) if wrong else "vendored files are as listed")
        return 1 if wrong else 0
    for path in manifests():
        if not options.packages or path.parent.name in options.packages:
            refresh(path)
            print(f"{path.parent.name}: refreshed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
