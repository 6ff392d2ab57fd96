"""The reference enhancement service."""

import os

# OpenCV reads it when it is first imported: a small file that claims to be a huge picture is not unpacked.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(60_000_000))
