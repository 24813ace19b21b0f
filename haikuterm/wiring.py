"""Builds an engine from settings: the one place that names concrete classes."""

from __future__ import annotations

import os
import shlex
from datetime import date
from pathlib import Path, PurePath

from haikuterm.adapters import config, models_file
from haikuterm.adapters.claude import ClaudeProvider
from haikuterm.adapters.consents import Consents
from haikuterm.adapters.embedded import EmbeddedModels, EmbeddedProvider
from haikuterm.adapters.grammars import TreeSitterGrammars
from haikuterm.adapters.journal import FileJournal
from haikuterm.adapters.linter_table import TOOLS, Tool, command
from haikuterm.adapters.linters import Linters
from haikuterm.adapters.repo import RepoWorkspace
from haikuterm.adapters.routes import Routes
from haikuterm.adapters.store import SqliteStore
from haikuterm.adapters.trial import Trials
from haikuterm.core.errors import NoCredential, SettingsError
from haikuterm.core.ledger import Ledger
from haikuterm.core.models import DEFAULT_LOCAL, Model, catalogue
from haikuterm.core.ports import LocalModels
from haikuterm.core.settings import Settings
from haikuterm.engine.engine import Engine
from haikuterm.engine.ports import Ports
from haikuterm.engine.refreshing import Refreshed, refresh
from haikuterm.engine.session import Session
from haikuterm.ui.theme import names


def build(settings: Settings, *, start: Path | None = None, resume: bool = False, offline: bool = False) -> Engine:
    """An engine for the folder `start` (default: the working directory).

    resume: go on with the last conversation of this root, with its own model unless the settings name another, and
    with no paid one if they say local. offline: only commands will be run, so that no credential is needed.
    Raises NoCredential, SettingsError, StoreError.
    """
    workspace = RepoWorkspace(start or _working_folder())
    store = SqliteStore(config.state_folder() / "sessions.db")
    saved = store.last(workspace.root) if resume else None
    model = wanted = catalogue().resolve(settings.model_name)
    if saved:
        model = catalogue().resolve(saved.model)
        if not settings.model and (model.local or not settings.local):
            wanted = model
    if not (offline or settings.has_credential or wanted.local):
        raise NoCredential
    models = local_models()
    consents = Consents(workspace.root, config.state_folder() / "consents.json")
    ports = Ports(
        provider=provider(settings, models, wanted),
        workspace=workspace,
        journal=FileJournal(workspace.root, config.state_folder() / "journal"),
        store=store,
        linters=Linters(
            workspace.root, consent=consents.given, cache=config.state_folder() / "linters", tools=_tools(settings)
        ),
        local=models,
        grammars=TreeSitterGrammars(),
        themes=names,
        keep=config.set_default,
        consent=consents.give,
        trial=Trials(workspace.root),
    )
    session = Session(workspace.root, model, settings.effort, thinking=settings.thinking)
    engine = Engine(settings, session, ports, today=date.today)
    if saved:
        engine.resume(saved)
    if model.id != wanted.id:
        engine.session.switch(wanted)  # what the saved one thought is not for another model
    return engine


def _working_folder() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise SettingsError(
            f"The folder you are in cannot be used ({error.strerror}). Change to another one with cd, and start again."
        ) from error


def ledger() -> tuple[Ledger, str]:
    """What was spent, and the root that we are in."""
    return SqliteStore(config.state_folder() / "sessions.db"), RepoWorkspace(_working_folder()).root


def local_models() -> LocalModels:
    """The embedded models of this machine."""
    return EmbeddedModels()


def provider(settings: Settings, models: LocalModels, first: Model) -> Routes:
    """The embedded provider beside the endpoint that the settings name, if they name one."""
    remote = None
    if settings.api_key or settings.auth_token or settings.base_url:
        remote = ClaudeProvider(
            api_key=settings.api_key,
            auth_token=settings.auth_token,
            base_url=settings.base_url,
            timeout=settings.timeout,
        )

    def connect(url: str, key: str) -> ClaudeProvider:
        return ClaudeProvider(api_key=key, base_url=url, timeout=LOCAL_TIMEOUT)

    embedded = EmbeddedProvider(models, connect, first=first.id if first.local else DEFAULT_LOCAL)
    return Routes(embedded, remote, first)


def _tools(settings: Settings) -> tuple[Tool, ...]:
    """The linters there are, the user's own one too. Raises SettingsError.

    Inside a hook of pre-commit that one is left out, or the two would call each other for ever.
    """
    known = tuple(tool for tool in TOOLS if not (tool.name == "pre-commit" and os.environ.get("PRE_COMMIT")))
    try:
        words = shlex.split(settings.lint)
    except ValueError as error:
        raise SettingsError(f"The setting lint is no command ({error}): {settings.lint!r}.") from error
    return (*known, command(PurePath(words[0]).name, words)) if words else known


async def refresh_models(settings: Settings, today: date) -> Refreshed:
    """Ask the endpoint which models it offers, and keep it. Raises NoCredential, ProviderError, SettingsError."""
    if not (settings.api_key or settings.auth_token or settings.base_url):
        raise NoCredential
    asked = ClaudeProvider(
        api_key=settings.api_key,
        auth_token=settings.auth_token,
        base_url=settings.base_url,
        timeout=settings.timeout,
    )
    try:
        return await refresh(asked, models_file.keep_listed, models_file.read, today)
    finally:
        await asked.close()


LOCAL_TIMEOUT = 600.0  # seconds: a busy machine may read a long prompt for minutes before its first word
