"""What is published of an enhancement: the result written anew, with metadata that says what was done to it."""

import hashlib
from dataclasses import replace
from xml.sax.saxutils import escape

import pyvips

from app.infrastructure import pictures
from app.infrastructure.pictures import Picture

QUALITY = 90
WHITE = 255
# The IPTC's term: a photo whose light, colours and sharpness were changed by an algorithm (https://cv.iptc.org).
DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced"
LOADERS = {
    "image/jpeg": pyvips.Image.jpegload_buffer,
    "image/png": pyvips.Image.pngload_buffer,
    "image/webp": pyvips.Image.webpload_buffer,
}
# Of the names: https://iptc.org/standards/photo-metadata and Adobe's XMP specification, part 2.
XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
 xmlns:stRef="http://ns.adobe.com/xap/1.0/sType/ResourceRef#">
<Iptc4xmpExt:DigitalSourceType>{source_type}</Iptc4xmpExt:DigitalSourceType>
<photoshop:Credit>{credit}</photoshop:Credit>
<xmpMM:DerivedFrom rdf:parseType="Resource"><stRef:documentID>sha256:{original}</stRef:documentID></xmpMM:DerivedFrom>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


def finish(result: bytes, *, original_sha256: str, credit: str) -> Picture:
    """The result decoded and written anew as a JPEG; the same bytes for the same result. Blocks for up to seconds.

    Raises UnsupportedMediaTypeError, InvalidInputError.
    """
    read = pictures.read(result)
    image = LOADERS[read.content_type](read.data, fail_on="truncated")
    if image.hasalpha():
        image = image.flatten(background=WHITE)
    packet = XMP.format(source_type=DIGITAL_SOURCE_TYPE, credit=escape(credit), original=original_sha256)
    image = image.copy()
    image.set_type(pyvips.GValue.blob_type, "xmp-data", packet.encode())
    data: bytes = image.write_to_buffer(".jpg", Q=QUALITY, optimize_coding=True, interlace=True, keep="xmp:icc")
    return replace(read, data=data, content_type="image/jpeg", extension="jpg", sha256=hashlib.sha256(data).hexdigest())
