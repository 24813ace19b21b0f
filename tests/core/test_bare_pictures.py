"""What is sent of a picture's file: all of its pixels and nothing of where, when and by whom it was made."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from haikuterm.core.bare_pictures import bare
from tests.pictures import picture

PLACE = "52.5200 N, 13.4050 E"
FORMS = ("PNG", "JPEG", "GIF", "WEBP")


def telling(form: str) -> bytes:
    """A picture whose file tells where it was taken, in every way that its kind has."""
    exif = Image.Exif()
    exif[0x010E] = PLACE
    texts = PngInfo()
    texts.add_text("place", PLACE)
    texts.add_itxt("XML:com.adobe.xmp", f"<x>{PLACE}</x>")
    options: dict[str, dict[str, object]] = {
        "PNG": {"exif": exif, "pnginfo": texts},
        "JPEG": {"exif": exif, "comment": PLACE, "xmp": PLACE.encode(), "progressive": True},
        "GIF": {"comment": PLACE},
        "WEBP": {"exif": exif, "xmp": PLACE.encode()},
    }
    return picture(form=form, **options[form]) + f"after its end: {PLACE}".encode()


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_told_beside_the_pixels(form: str) -> None:
    assert PLACE.encode() in telling(form)
    assert PLACE.encode() not in bare(telling(form))


@pytest.mark.parametrize("form", FORMS)
def test_every_pixel_stays(form: str) -> None:
    with Image.open(BytesIO(telling(form))) as before, Image.open(BytesIO(bare(telling(form)))) as after:
        assert after.format == form
        assert after.convert("RGB").tobytes() == before.convert("RGB").tobytes()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_the_color_profile_stays(form: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    with Image.open(BytesIO(bare(picture(form=form, icc_profile=profile)))) as kept:
        assert kept.info["icc_profile"] == profile


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_tells_nothing_stays_as_it_is(form: str) -> None:
    assert bare(picture(form=form)) == picture(form=form)


@given(st.sampled_from(FORMS), st.integers(0, 400), st.binary(max_size=8))
def test_a_file_that_was_tampered_with_gives_a_part_of_itself_or_nothing(form: str, at: int, data: bytes) -> None:
    whole = telling(form)
    spoilt = whole[:at] + data + whole[at + len(data) :]
    assert len(bare(spoilt)) <= len(spoilt) + 1  # the end that a GIF gets back


def test_what_is_no_picture_is_not_taken() -> None:
    assert bare(b"%PDF-1.7\n") == b""
