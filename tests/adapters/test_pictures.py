"""Pictures and PDFs on disk: known by what they hold, refused in a sentence, scaled to what the model takes."""

from __future__ import annotations

import logging
import os
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zlib import crc32

import pytest
from PIL import Image as Pillow
from pypdf import PdfWriter

from haikuterm.adapters.pictures import KEEP_DAYS, PictureFiles
from haikuterm.core.errors import AttachmentRefused, PathRefused
from haikuterm.core.messages import Document, Image
from haikuterm.core.models import catalogue
from haikuterm.core.pictures import IMAGE_BYTES, Picture
from tests.pictures import film, noise, pdf, picture, write

HAIKU, OPUS = catalogue().resolve("haiku-4.5"), catalogue().resolve("opus")


@pytest.fixture
def files(repo: Path) -> PictureFiles:
    return PictureFiles(str(repo), repo, repo.parent / "pasted")


def fit(files: PictureFiles, path: Path, data: bytes, model=HAIKU) -> Picture:
    file = files.open(write(path, data).name)
    assert file is not None
    return files.fit(file, model)


def opened(found: Picture) -> Pillow.Image:
    assert isinstance(found.part, Image)
    return Pillow.open(BytesIO(found.part.data))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_small_picture_is_sent_byte_for_byte_whatever_its_name(files: PictureFiles, repo: Path, form: str) -> None:
    data = picture(form=form)
    found = fit(files, repo / "shot.txt", data)
    assert found.part == Image(f"image/{form.lower()}", data)
    assert found.digest == sha256(data).hexdigest()
    assert found.was == found.size == (60, 40)


def test_a_large_one_is_scaled_to_what_its_model_looks_at(files: PictureFiles, repo: Path) -> None:
    data = picture(3024, 1964)
    found = fit(files, repo / "shot.png", data)
    assert (found.was, found.size, opened(found).size) == ((3024, 1964), (1372, 891), (1372, 891))
    assert fit(files, repo / "shot.png", data, OPUS).size == (2000, 1299)


def test_the_same_file_gives_the_same_bytes_each_time(repo: Path) -> None:
    data = picture(2000, 1900, "JPEG")
    one, other = (fit(PictureFiles(str(repo), repo, repo), repo / "a.jpg", data).part for _ in range(2))
    assert one == other


def test_a_photo_is_turned_upright(files: PictureFiles, repo: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    found = fit(files, repo / "a.jpg", picture(60, 40, "JPEG", exif=exif))
    assert found.size == opened(found).size == (40, 60)


@pytest.mark.parametrize("side", [60, 3000])
def test_what_a_photo_tells_of_its_place_is_not_sent(files: PictureFiles, repo: Path, side: int) -> None:
    exif = Pillow.Exif()
    exif[0x010E] = "at home"
    data = picture(side, side, "JPEG", exif=exif, comment="at home")
    part = fit(files, repo / "a.jpg", data).part
    assert b"at home" in data
    assert b"at home" not in part.data


def test_transparency_stays(files: PictureFiles, repo: Path) -> None:
    made = Pillow.new("RGBA", (3000, 2000), (255, 0, 0, 0))
    out = BytesIO()
    made.save(out, "PNG")
    assert opened(fit(files, repo / "a.png", out.getvalue())).getpixel((5, 5))[3] == 0  # type: ignore[index] # RGBA


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGBA"])
def test_every_mode_of_png_is_scaled(files: PictureFiles, repo: Path, mode: str) -> None:
    made = Pillow.linear_gradient("L").resize((1800, 1800))
    made = made.convert("I").point(lambda level: level * 256).convert("I;16") if mode == "I;16" else made.convert(mode)
    out = BytesIO()
    made.save(out, "PNG")
    low, high = opened(fit(files, repo / "a.png", out.getvalue())).convert("L").getextrema()
    assert low < 10
    assert high > 245


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_one_that_cannot_be_packed_is_made_small_enough(files: PictureFiles, repo: Path, mode: str) -> None:
    found = fit(files, repo / "a.png", noise(1568, 1000, mode), OPUS)
    assert isinstance(found.part, Image)
    assert found.part.media_type == ("image/jpeg" if mode == "RGB" else "image/webp")
    assert len(found.part.data) <= IMAGE_BYTES


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_of_an_animated_picture_the_first_frame_is_sent(files: PictureFiles, repo: Path, form: str) -> None:
    found = fit(files, repo / "a.gif", film(3, form))
    assert found.frames == 3
    assert getattr(opened(found), "n_frames", 1) == 1


def test_what_is_no_picture_by_name_and_content_is_none(files: PictureFiles) -> None:
    assert files.open("app.py") is None
    assert files.open("gone.png") is None


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.png", b"just text\n", "no PNG, JPEG, GIF, WebP or PDF"),
        ("a.pdf", b"just text\n", "no PNG, JPEG, GIF, WebP or PDF"),
        ("a.heic", b"\0\0\0 ftypheic", "Convert it to PNG"),
        ("a.png", picture(900, 900)[:-600], "a PNG that is cut off or broken"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "a PNG that is cut off or broken"),
        ("a.jpg", picture(900, 900, "JPEG")[:3000], "a JPEG that is cut off or broken"),
        ("a.webp", picture(form="WEBP")[:40], "a WebP that is cut off or broken"),
        ("secrets.png", picture(), "file of secrets"),
        ("a.pdf", pdf(password="x"), "locked with a password"),
        ("a.pdf", b"%PDF-1.7\nnothing", "broken"),
        ("a.pdf", pdf(101), "has 101 pages, and haiku-4.5 takes 100"),
    ],
    ids=range(11),
)
def test_what_cannot_be_sent_is_refused_in_a_sentence(files, repo: Path, name: str, data: bytes, said: str) -> None:
    with pytest.raises(AttachmentRefused, match=said):
        fit(files, repo / name, data)


def test_a_pdf_over_the_limit_of_a_request_is_refused(files: PictureFiles, repo: Path) -> None:
    with pytest.raises(AttachmentRefused, match=r"over the limit of 22 MB\. Split it"):
        fit(files, repo / "a.pdf", b"%PDF-1.7\n" + b"x" * 22_000_000)


def test_a_bomb_is_refused_before_it_is_opened(files: PictureFiles, repo: Path) -> None:
    data = bytearray(picture())
    data[16:24] = (60_000).to_bytes(4, "big") * 2
    with pytest.raises(AttachmentRefused, match="60000x60000 pixels, 3600 million"):
        fit(files, repo / "a.png", bytes(data))


def test_a_pdf_is_sent_as_it_is_and_pypdf_is_silent(
    files: PictureFiles, repo: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = b"\0junk before" + pdf(3)
    with caplog.at_level(logging.WARNING):
        found = fit(files, repo / "spec.pdf", data)
    assert found.part == Document("spec.pdf", 3, data)
    assert found.pages == 3
    assert not caplog.records


def test_a_pdf_of_many_pages_is_for_models_of_a_wide_window(files: PictureFiles, repo: Path) -> None:
    assert fit(files, repo / "a.pdf", pdf(101), OPUS).pages == 101
    writer = PdfWriter()
    out = BytesIO()
    writer.write(out)
    with pytest.raises(AttachmentRefused, match="without pages"):
        fit(files, repo / "b.pdf", out.getvalue())


def test_a_picture_outside_of_the_root_is_found_by_the_names_that_a_user_types(
    files: PictureFiles, repo: Path, isolated: Path
) -> None:
    desk = write(isolated / "Desktop" / "a.png", picture())
    near = write(repo.parent / "b.pdf", pdf())
    assert files.find(str(desk)) == files.find("~/Desktop/a.png") == os.path.realpath(desk)
    assert files.find("../b.pdf") == os.path.realpath(near)
    found = files.open(os.path.realpath(desk))
    assert found is not None
    assert found.kind == "image/png"


def test_nothing_else_outside_is_found(files: PictureFiles, repo: Path, isolated: Path) -> None:
    write(isolated / "notes.txt", b"private")
    inside = write(repo / "a.png", picture())
    for name in (
        str(isolated / "notes.txt"),
        str(isolated),
        "~/gone.txt",
        str(inside),
        "a.png",
        "~nobody/x.txt",
        "/\0",
    ):
        assert files.find(name) is None
    for name in (str(write(isolated / "fake.png", b"private")), "~/gone.png"):
        with pytest.raises(AttachmentRefused):
            files.find(name)


def test_a_link_in_the_root_that_leads_out_is_not_followed(files: PictureFiles, repo: Path, isolated: Path) -> None:
    (repo / "link.png").symlink_to(write(isolated / "a.png", picture()))
    with pytest.raises(PathRefused):
        files.open("link.png")


def test_a_pasted_picture_is_kept_for_the_user_alone_and_not_for_ever(files: PictureFiles, repo: Path) -> None:
    old = Path(files.keep(picture(5, 5)))
    os.utime(old, (0, old.stat().st_mtime - (KEEP_DAYS + 1) * 86_400))
    new = Path(files.keep(picture()))
    assert new.read_bytes() == picture()
    assert new.stat().st_mode & 0o777 == 0o600
    assert new.suffix == ".png"
    assert not old.exists()
    (repo / "full").write_text("a file")
    with pytest.raises(AttachmentRefused, match="cannot be kept"):
        PictureFiles(str(repo), repo, repo / "full" / "x").keep(picture())


def test_a_bomb_that_hides_its_size_behind_another_is_refused_too(files: PictureFiles, repo: Path) -> None:
    small, head = picture(), (60_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    second = b"\0\0\0\x0dIHDR" + head + crc32(b"IHDR" + head).to_bytes(4, "big")
    with pytest.raises(AttachmentRefused, match="60000x60000 pixels"):
        fit(files, repo / "a.png", small[:33] + second + small[33:])


def test_a_photo_that_is_drawn_over_and_over_is_refused(files: PictureFiles, repo: Path) -> None:
    data = picture(form="JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    with pytest.raises(AttachmentRefused, match="a JPEG that is cut off or broken"):
        fit(files, repo / "a.jpg", data[:-2] + last * 100 + data[-2:])
