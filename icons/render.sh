#!/usr/bin/env bash
# Renders icon.svg into every size and container that the bundles need. Run it after a change of the drawing.
# Needs rsvg-convert (librsvg2-bin) and icotool (icoutils). The results are checked in.
set -euo pipefail
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT

for size in 16 32 48 64 128 256 512; do
  rsvg-convert --width "$size" --height "$size" icon.svg --output "$scratch/$size.png"
done
cp "$scratch/32.png" 32x32.png
cp "$scratch/128.png" 128x128.png
cp "$scratch/256.png" 128x128@2x.png
cp "$scratch/512.png" icon.png
icotool --create --output icon.ico "$scratch"/{16,32,48,64}.png --raw="$scratch/256.png"

# An icns file is the word "icns", the length of the whole, then blocks of type, length and a PNG.
python3 - "$scratch" <<'PY'
import pathlib, struct, sys
scratch = pathlib.Path(sys.argv[1])
blocks = b"".join(
    kind + struct.pack(">I", 8 + len(png)) + png
    for kind, size in [(b"ic07", 128), (b"ic08", 256), (b"ic09", 512), (b"ic11", 32), (b"ic12", 64)]
    for png in [(scratch / f"{size}.png").read_bytes()]
)
pathlib.Path("icon.icns").write_bytes(b"icns" + struct.pack(">I", 8 + len(blocks)) + blocks)
PY
