"""SVG to PNG by resvg, with the fonts of app/data/fonts and no others, so that every machine draws the same.

resvg takes 30 to 400 ms of processor time and lets no other thread run meanwhile, so each picture has a process of its
own; starting it takes 20 ms.
"""

import asyncio
import sys
from pathlib import Path

PROGRAM = Path(__file__).with_name("raster_process.py")
FONTS = sorted((Path(__file__).parents[1] / "data" / "fonts").glob("*.ttf"))
_at_once = asyncio.Semaphore(2)


async def png(svg: str, width: int) -> bytes:
    """`width` is in pixels, the height follows. Raises RuntimeError when no picture comes of it."""
    async with _at_once:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            PROGRAM,
            str(width),
            *FONTS,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            picture, complaint = await process.communicate(svg.encode())
        finally:
            if process.returncode is None:  # nobody waits for it any more
                process.kill()
    if process.returncode != 0:
        raise RuntimeError(complaint.decode().strip().rpartition("\n")[2] or f"resvg ended with {process.returncode}")
    return picture
