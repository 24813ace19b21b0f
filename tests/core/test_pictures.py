"""What pictures and PDFs weigh, how large they may be, and who sees them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.budget import prompt_most
from haikuterm.core.context import build, estimate_request
from haikuterm.core.messages import Document, Image, Message, Text, from_wire, to_wire
from haikuterm.core.models import catalogue
from haikuterm.core.picture_heads import HEAD, kind_of, size_of
from haikuterm.core.pictures import (
    FEW,
    HIGH,
    MANY,
    PAGE,
    PAGE_MOST,
    blind,
    edge_of,
    fitted,
    image_tokens,
    overfull,
    part_tokens,
    patches,
    shown_name,
)
from haikuterm.core.prefix import prefix_of
from tests.pictures import film, pdf, picture

HAIKU, OPUS = catalogue().resolve("haiku-4.5"), catalogue().resolve("opus")
LOCAL = catalogue().resolve("qwen2.5-coder-0.5b")
FORMS = (("PNG", {}), ("JPEG", {}), ("JPEG", {"progressive": True}), ("GIF", {}), ("WEBP", {}),
         ("WEBP", {"lossless": True}), ("WEBP", {"lossless": True, "exif": b"Exif\0\0x"}))  # fmt: skip


@pytest.mark.parametrize(("form", "options"), FORMS)
def test_kind_and_size_are_read_from_the_head(form: str, options: dict[str, object]) -> None:
    data = picture(123, 45, form, **options)
    assert kind_of(data[:HEAD]) == f"image/{form.lower()}"
    assert size_of(data) == (123, 45)


@given(
    st.binary(max_size=60),
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xc0", b"GIF89a", b"RIFF0000WEBPVP8X"]),
)
def test_a_head_of_any_bytes_is_read_without_an_error(data: bytes, begun: bytes) -> None:
    kind_of(begun + data)
    size_of(begun + data)


def test_a_text_about_pdfs_is_no_pdf() -> None:
    assert kind_of(b"a PDF begins with %PDF-1.7\n") == ""
    assert kind_of(b"\0\0%PDF-1.7\n") == kind_of(pdf()[:HEAD]) == "application/pdf"


@pytest.mark.parametrize(
    ("model", "was", "size", "tokens"),
    [
        (HAIKU, (1092, 1092), (1092, 1092), 1521),
        (HAIKU, (200, 200), (200, 200), 64),
        (HAIKU, (3024, 1964), (1372, 891), 1568),
        (HAIKU, (10_000, 10), (1568, 2), 56),
        (OPUS, (2576, 1449), (2576, 1449), 4784),
        (OPUS, (8000, 8000), (1932, 1932), 4761),
    ],
)
def test_a_picture_is_scaled_and_counted_in_patches(model, was, size, tokens) -> None:
    assert fitted(*was, model) == size
    assert image_tokens(*was, model) == image_tokens(*size, model) == tokens


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_no_picture_is_ever_over_the_limits_or_scaled_up(width: int, height: int) -> None:
    for model in (HAIKU, OPUS):
        wide, high = fitted(width, height, model, edge_of(model))
        assert max(wide, high) <= min(2000, max(width, height))
        assert patches(wide, high) <= HIGH
        assert image_tokens(width, height, model) <= HIGH < 5_000


def test_the_estimate_of_a_request_counts_a_picture_by_its_size_and_a_pdf_by_its_pages() -> None:
    plain = estimate_request(build(HAIKU, (Message("user", (Text("hi"),)),)))
    seen = (Image("image/png", picture(1092, 1092)), Document("a.pdf", 3, b"%PDF-" * 100_000))
    request = build(HAIKU, (Message("user", (*seen, Text("hi"))),))
    assert estimate_request(request) == plain + 1521 + 3 * PAGE
    assert [part.tokens for part in prefix_of(request).parts[-3:-1]] == [1521, 3 * PAGE]
    assert 3 * PAGE_MOST + 5_000 < prompt_most(request) < 3 * PAGE_MOST + 10_000


def test_a_picture_that_changed_is_another_part_of_the_prefix_and_named() -> None:
    label = Text('<picture path="a.png" size="6x4"/>\n')
    one, other = (
        prefix_of(build(HAIKU, (Message("user", (label, Image("image/png", data))),))) for data in (b"1", b"2")
    )
    assert one.parts[-1].digest != other.parts[-1].digest
    assert one.parts[-1].name == "message 1 (file a.png)"


def test_a_document_keeps_its_name_and_pages_on_the_wire() -> None:
    said = Message("user", (Document("my (2 pages) report.pdf", 1, b"%PDF-1"), Text("?")))
    assert to_wire(said)["content"][0]["title"] == "my (2 pages) report.pdf (1 page)"
    assert from_wire(to_wire(said)) == said


def test_who_cannot_see_is_known_from_the_catalogue() -> None:
    seen = (Text("x"), Image("image/png", b""))
    assert blind(HAIKU, seen) == ""
    assert blind(LOCAL, seen) == blind(catalogue().resolve("nobody-9"), seen) == "takes no pictures"
    assert blind(LOCAL, (Document("", 1, b""),)) == "takes no PDFs"
    assert blind(LOCAL, (Text("x"),)) == ""


def test_a_conversation_has_room_for_so_much_and_no_more() -> None:
    small = Image("image/png", b"x")
    assert overfull([small] * FEW, HAIKU) == ""
    assert "100 pictures" in overfull([small] * (FEW + 1), HAIKU)
    assert overfull([small] * (FEW + 1), OPUS) == ""
    assert "600 pages" in overfull([Document("", MANY, b""), Document("", 1, b"")], OPUS)
    assert "22 MB" in overfull([Image("image/png", b"x" * 3_000_000)] * 8, OPUS)


def test_a_file_outside_of_the_root_is_told_by_its_name_alone() -> None:
    assert shown_name("/home/me/private/a.png") == "a.png"
    assert shown_name("docs/a.png") == "docs/a.png"


def test_a_picture_whose_head_says_nothing_counts_as_the_largest() -> None:
    assert part_tokens(Image("image/png", b"?"), HAIKU) == 1568
    assert part_tokens(Image("image/gif", film()), HAIKU) == 2
