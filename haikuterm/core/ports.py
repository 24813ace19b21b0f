"""The doors between the engine and the world, as Protocols; adapters and tests make them real."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.findings import CheckReport
from haikuterm.core.messages import Message
from haikuterm.core.models import Model
from haikuterm.core.money import Charge
from haikuterm.core.request import RemoteModel, Request, StreamEvent


class Provider(Protocol):
    """Something that answers requests."""

    def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        """One answer as it comes: Opened first, Reply last.

        Consume it in `aclosing`; closing it early ends the request. Raises ProviderError or LocalModelError.
        One call is one attempt: retrying is the engine's business.
        """
        ...

    async def count(self, request: Request) -> int | None:
        """Tokens of the prompt as the endpoint counts them, or None where it cannot. Raises ProviderError."""
        ...

    async def models(self) -> tuple[RemoteModel, ...]:
        """What the endpoint offers. Raises ProviderError."""
        ...

    def warm(self) -> None:
        """Do the slow imports now; blocks, meant for a thread."""
        ...

    async def close(self) -> None:
        """Give back connections and child processes."""
        ...


@dataclass(frozen=True, slots=True)
class FileText:
    """A text file of the workspace. path: relative, "/" between parts. digest: SHA-256 of `data` in hex."""

    path: str
    text: str
    data: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class RepoFacts:
    """What a status line says of the repository; branch is "" outside of git, dirty None if not known."""

    is_git: bool
    branch: str = ""
    dirty: bool | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A line of a file that a search found; line is 1-based."""

    path: str
    line: int
    text: str


class Workspace(Protocol):
    """The files inside the root, and nothing outside of it. All paths are relative with "/" between parts."""

    @property
    def root(self) -> str:
        """The absolute path of the root: the repository's top folder, or the folder started in."""
        ...

    @property
    def in_git(self) -> bool:
        """Whether the root is a git repository's; cheap."""
        ...

    def resolve(self, path: str) -> str:
        """The path relative to the root, of one the user or the model named. Raises PathRefused."""
        ...

    def expand(self, pattern: str) -> tuple[str, ...]:
        """The files that a path, a folder or a glob names, ignored ones left out. Raises PathRefused if none."""
        ...

    def files(self) -> tuple[str, ...]:
        """All files that git does not ignore (outside of git: .gitignore is still respected), sorted."""
        ...

    def forget_files(self) -> None:
        """List the files anew next time."""
        ...

    def read_bytes(self, path: str) -> bytes | None:
        """The file's bytes, or None if there is no such file. Raises PathRefused, AttachmentRefused."""
        ...

    def read_text(self, path: str) -> FileText:
        """A text file. Raises PathRefused; AttachmentRefused if missing, unreadable, binary, huge or secret."""
        ...

    def write(self, path: str, data: bytes | None) -> None:
        """Replace the file atomically, its mode kept, or remove it (None). Raises PathRefused."""
        ...

    def search(self, pattern: str, glob: str = "") -> tuple[Match, ...]:
        """Lines that match a regular expression, at most 100. Raises ValueError for a bad pattern."""
        ...

    def facts(self) -> RepoFacts:
        """Branch and dirty mark; may take some milliseconds, meant for a thread."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One undo unit as the journal keeps it. at: seconds since the epoch."""

    id: str
    files: tuple[FileChange, ...]
    prompt: str
    model: str
    at: float


class Journal(Protocol):
    """Before- and after-images of every file we write, kept outside of the repository."""

    def begin(self, files: Sequence[FileChange], prompt: str, model: str) -> str:
        """Record a step and return its id; the images are safe on disk then. Raises JournalError."""
        ...

    def finish(self, step: str) -> None:
        """The step's files are written."""
        ...

    def last_done(self) -> Step | None:
        """The step that undo would take back."""
        ...

    def last_undone(self) -> Step | None:
        """The step that redo would do again."""
        ...

    def half_done(self) -> Step | None:
        """A step that began and never finished: we were killed while writing."""
        ...

    def mark(self, step: str, state: Literal["done", "undone", "dropped"]) -> None:
        """Note what became of a step. Raises JournalError."""
        ...


@dataclass(frozen=True, slots=True)
class Saved:
    """A conversation as the store keeps it. title: its first prompt, shortened."""

    id: str
    root: str
    model: str
    title: str
    messages: tuple[Message, ...]
    charges: tuple[Charge, ...]
    attachments: tuple[tuple[str, str], ...] = ()


class Store(Protocol):
    """Conversations and charges, kept as they happen. All calls are short and may block."""

    def save(
        self, session: str, root: str, model: str, messages: Sequence[Message], attached: Mapping[str, str]
    ) -> str:
        """Keep the conversation as it now is (path -> digest last sent) and return the id it is kept under.

        A new id where another process went on with the session meanwhile: then both conversations are kept, and the
        caller goes on under the new one. Raises StoreError.
        """
        ...

    def charge(self, session: str, charge: Charge) -> None:
        """Add one request to the ledger; it is never changed afterwards. Raises StoreError."""
        ...

    def last(self, root: str) -> Saved | None:
        """The conversation of this root that was saved last. Raises StoreError."""
        ...

    def prompts(self, root: str, limit: int = 200) -> tuple[str, ...]:
        """What the user typed before, oldest first, this root's prompts last. Raises StoreError."""
        ...

    def remember(self, root: str, prompt: str) -> None:
        """Keep a prompt for the history. Raises StoreError."""
        ...

    def close(self) -> None:
        """Close the database."""
        ...


class Checker(Protocol):
    """A linter."""

    async def check(self, paths: Sequence[str], overlay: Mapping[str, bytes] | None = None) -> CheckReport:
        """Findings in those of the paths it knows; `overlay` holds bytes that stand in for files on disk.

        Never raises for a linter that fails: the report's `broke` says why.
        """
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the user decided of a proposal. accepted: paths to write. word: what to tell the model of the rest."""

    accepted: tuple[str, ...] = ()
    word: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One row of a choice. cells: further columns, as in prices; note: a dim line beneath."""

    value: str
    label: str
    cells: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A choice among options. columns: headings of label and cells; selected: the option to start on."""

    title: str
    options: tuple[Option, ...]
    columns: tuple[str, ...] = ()
    selected: str = ""


class Asker(Protocol):
    """The one door for questions to the user."""

    async def approve(self, proposal: Proposal) -> Verdict:
        """Show the diff, file by file, and say which files may be written."""
        ...

    async def choose(self, question: Question) -> str | None:
        """The value of the option the user took, or None."""
        ...


Report = Callable[[str, int, int], None]  # what, done, total: progress of something long


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A local model and what is on disk of it. partial: bytes of an unfinished download; path: "" if not present."""

    model: Model
    size: int
    present: bool
    partial: int = 0
    path: str = ""


class LocalModels(Protocol):
    """The embedded models on this machine."""

    def list(self) -> tuple[LocalFile, ...]:
        """Every embedded model, fetched or not."""
        ...

    def pull(self, name: str, report: Report) -> None:
        """Fetch and check one; goes on where an earlier try stopped; blocks. Raises LocalModelError."""
        ...

    def remove(self, name: str) -> int:
        """Delete one and return the bytes freed. Raises LocalModelError."""
        ...
