"""Draws a picture: SVG from standard input, PNG to standard output; the arguments are its width and the font files."""

import sys

import resvg_py

sys.stdout.buffer.write(
    resvg_py.svg_to_bytes(
        svg_string=sys.stdin.buffer.read().decode(),
        width=int(sys.argv[1]),
        skip_system_fonts=True,
        font_files=sys.argv[2:],
    )
)
