"""The doors between the engine and the world, as Protocols; adapters and tests make them real."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from haikuterm.core.changes import FileChange
from haikuterm.core.compaction import Shortened
from haikuterm.core.drafts import Drafts as Drafts
from haikuterm.core.findings import CheckReport, Finding, Fixed, Linter
from haikuterm.core.kept import Kept as Kept
from haikuterm.core.kept import Saved as Saved
from haikuterm.core.ledger import Ledger
from haikuterm.core.messages import Message
from haikuterm.core.models import Model
from haikuterm.core.output import Shell as Shell
from haikuterm.core.pictures import Clipboard as Clipboard
from haikuterm.core.pictures import Pictures as Pictures
from haikuterm.core.questions import Asker as Asker
from haikuterm.core.questions import Option as Option
from haikuterm.core.questions import Question as Question
from haikuterm.core.questions import Verdict as Verdict
from haikuterm.core.request import RemoteModel, Request, StreamEvent
from haikuterm.core.steps import Journal as Journal
from haikuterm.core.steps import Step as Step


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
class TextStyle:
    """How a text file is written. encoding: a codec's name. bom: bytes before the text. eol: its line ending.

    final_newline: whether its last line must end in one; None if nobody said.
    """

    encoding: str = "utf-8"
    bom: bytes = b""
    eol: str = "\n"
    final_newline: bool | None = None


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

    def listed(self) -> tuple[str, ...]:
        """The same, but perhaps of a while ago: somebody types and does not wait for a large repository."""
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

    def write(self, path: str, data: bytes | None, held: bytes | None, mode: int | None = None) -> None:
        """Replace the file's bytes `held` by `data` in one step; None stands for "no such file" in both.

        mode: permission bits of a file that is made; one that is replaced keeps its own.
        Raises FileChanged if the file holds anything else at that moment: nothing of it is lost, nothing of ours is
        written. Raises PathRefused if it cannot be written.
        """
        ...

    def writable(self, path: str) -> str:
        """Why the file cannot be written, changed or removed, as a sentence; "" if nothing speaks against it; cheap."""
        ...

    def busy(self, path: str) -> bool:
        """Whether another program has the file open for writing, as far as the system tells; cheap."""
        ...

    def remove_folders(self, paths: Sequence[str]) -> None:
        """Remove those of the folders that are empty; outermost first, as a step names those that it made."""
        ...

    def mode(self, path: str) -> int | None:
        """The file's permission bits, None if there is no such file. Raises PathRefused."""
        ...

    def style(self, path: str) -> TextStyle:
        """How a new text file at this path is to be written: .editorconfig, then .gitattributes, else UTF-8 and LF."""
        ...

    def changed(self) -> tuple[str, ...]:
        """The files that differ from the last commit or are not tracked, sorted, those that are gone left out."""
        ...

    def as_committed(self, path: str, data: bytes | None) -> bool:
        """Whether git would find nothing to commit if the file held these bytes; raises PathRefused, CommitRefused."""
        ...

    def committable(self, paths: Sequence[str]) -> frozenset[str]:
        """Those of the files that git may take. Raises CommitRefused where it takes no commit now: in a merge, say."""
        ...

    def commit(self, paths: Sequence[str], message: str, stopped: Callable[[], bool] | None = None) -> str:
        """Commit exactly these files as they are on disk, hooks included, and return git's summary of it.

        Whatever else is staged stays staged, and out of the commit; new files that git ignores stay out too.
        stopped: once it says yes, git and its hooks are ended; a commit that is made by then is told all the same.
        Raises CommitRefused with what git or a hook said, raw; then nothing was committed.
        """
        ...

    def search(self, pattern: str, glob: str = "") -> tuple[Match, ...]:
        """Lines that match a regular expression, at most 100. Raises ValueError for a bad pattern."""
        ...

    def facts(self) -> RepoFacts:
        """Branch and dirty mark; may take some milliseconds, meant for a thread."""
        ...


class Store(Ledger, Protocol):
    """Conversations and what was paid, kept as they happen. All calls are short and may block."""

    def save(
        self,
        session: str,
        root: str,
        model: str,
        messages: Sequence[Message],
        attached: Mapping[str, str],
        shortened: Sequence[Shortened] = (),
    ) -> str:
        """Keep the conversation as it now is (path -> digest last sent) and return the id it is kept under.

        A new id where another process went on with the session meanwhile: then both conversations are kept, and the
        caller goes on under the new one. Raises StoreError.
        """
        ...

    def last(self, root: str) -> Saved | None:
        """The conversation of this root that was saved last. Raises StoreError."""
        ...

    def kept(self, root: str, limit: int = 200) -> tuple[Kept, ...]:
        """The conversations of this root in which something was said, the last one first. Raises StoreError."""
        ...

    def load(self, root: str, session: str) -> Saved | None:
        """That conversation of this root, None if there is none. Raises StoreError."""
        ...

    def rename(self, session: str, name: str) -> None:
        """Call the conversation so, now and when it is saved; "" forgets the name. Raises StoreError."""
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


class Grammars(Protocol):
    """Parsers of languages that the standard library cannot parse."""

    def newly_broken(self, change: FileChange) -> str:
        """Why the file after the change has more syntax errors than before, with the line; "" if not or not known."""
        ...


class Linters(Checker, Protocol):
    """All linters that the project turns on; nothing is installed, downloaded or written in the root."""

    def available(self, paths: Sequence[str]) -> tuple[Linter, ...]:
        """Those that concern these files, found or not, agreed to or not; looks at the disk, meant for a thread."""
        ...

    async def reports(
        self, paths: Sequence[str], overlay: Mapping[str, bytes] | None = None, *, only: Collection[str] = ()
    ) -> tuple[CheckReport, ...]:
        """One report for each linter that can and may run. overlay: as for `check`. only: names; none means all."""
        ...

    async def fix(
        self,
        paths: Sequence[str],
        overlay: Mapping[str, bytes] | None = None,
        *,
        only: Collection[str] = (),
        reports: Sequence[CheckReport] = (),
    ) -> Fixed:
        """What the linters' own SAFE fixers make of the files, in copies; nothing is written in the root.

        reports: what they have just said of the same bytes, which spares them a run.
        """
        ...

    async def explain(self, finding: Finding) -> str:
        """What the finding's rule wants and why, as its tool tells it offline, in Markdown; "" if it does not."""
        ...


class Trial(Protocol):
    """A test command, run on a copy of the tree."""

    async def __call__(self, images: Mapping[str, bytes]) -> str:
        """What it printed last if it fails with these bytes (path -> bytes) in place, "" if it passes."""
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
