"""Builds an engine from settings: the one place that names concrete classes."""

from __future__ import annotations

import asyncio
import os
import shlex
import time
from datetime import date
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from haikuterm.adapters import config, models_file, probes_file, surroundings
from haikuterm.adapters.claude import ClaudeProvider, on_this_machine
from haikuterm.adapters.claude_clients import installed
from haikuterm.adapters.claude_errors import Given
from haikuterm.adapters.clipboard import SystemClipboard
from haikuterm.adapters.consents import Consents
from haikuterm.adapters.drafts import DraftFiles
from haikuterm.adapters.embedded import EmbeddedModels, EmbeddedProvider
from haikuterm.adapters.grammars import TreeSitterGrammars
from haikuterm.adapters.journal import FileJournal
from haikuterm.adapters.linter_table import TOOLS, Tool, command
from haikuterm.adapters.linters import Linters
from haikuterm.adapters.offline import OfflineModels, OfflineProvider, unlisted
from haikuterm.adapters.pictures import PictureFiles
from haikuterm.adapters.repo import RepoWorkspace
from haikuterm.adapters.routes import Routes
from haikuterm.adapters.shell import UserShell
from haikuterm.adapters.store import SqliteStore
from haikuterm.adapters.trial import Trials
from haikuterm.adapters.withheld import withhold
from haikuterm.core.abilities import Probes
from haikuterm.core.clouds import CLOUDS, lacking
from haikuterm.core.errors import HaikutermError, NoCredential, SettingsError
from haikuterm.core.ledger import Ledger
from haikuterm.core.messages import Message, Text
from haikuterm.core.models import DEFAULT_LOCAL, Model, adopt, catalogue
from haikuterm.core.places import served, situated, url_of
from haikuterm.core.ports import LocalModels, Provider
from haikuterm.core.reach import Reached
from haikuterm.core.request import Request
from haikuterm.core.settings import Settings
from haikuterm.engine.engine import Engine
from haikuterm.engine.ports import Ports
from haikuterm.engine.refreshing import Refreshed, refresh
from haikuterm.engine.session import Session
from haikuterm.ui.theme import AUTO, Wardrobe, names

if TYPE_CHECKING:
    from haikuterm.core.checkup import Check


def build(settings: Settings, *, start: Path | None = None, resume: bool = False, talk: bool = True) -> Engine:
    """An engine for the folder `start` (default: the working directory).

    resume: go on with the last conversation of this root, with its own model unless the settings name another, and
    with no paid one if they say local. talk: False where only commands will be run, which need no credential.
    Raises NoCredential, SettingsError, StoreError.
    """
    start = start or _working_folder()
    workspace = RepoWorkspace(start)
    store = SqliteStore(config.state_folder() / "sessions.db")
    saved = store.last(workspace.root) if resume else None
    place(settings, offline=not talk or settings.offline)
    model = wanted = catalogue().resolve(settings.model_name)
    if saved:
        model = catalogue().resolve(saved.model)
        if not settings.model and (model.local or not settings.local):
            wanted = model
    if talk and not (settings.offline or served(settings, wanted)):
        raise NoCredential
    ports = _ports(settings, workspace, store, wanted, start)
    session = Session(workspace.root, model, settings.effort, thinking=settings.thinking, vim=settings.vim)
    engine = Engine(settings, session, ports, today=date.today)
    if saved:
        engine.resume(saved)
    if model.id != wanted.id:
        engine.session.switch(wanted)  # what the saved one thought is not for another model
    return engine


def _ports(settings: Settings, workspace: RepoWorkspace, store: SqliteStore, first: Model, start: Path) -> Ports:
    """The doors of an engine, each made real. first: the model of the first prompt. start: the folder we are in."""
    models = local_models(offline=settings.offline)
    wardrobe = Wardrobe((config.config_folder() / "themes",))
    consents = Consents(workspace.root, config.state_folder() / "consents.json")
    return Ports(
        provider=provider(settings, models, first),
        workspace=workspace,
        pictures=PictureFiles(workspace.root, start, config.state_folder() / "pasted"),
        clipboard=SystemClipboard(),
        journal=FileJournal(workspace.root, config.state_folder() / "journal"),
        store=store,
        linters=Linters(
            workspace.root, consent=consents.given, cache=config.state_folder() / "linters", tools=_tools(settings)
        ),
        local=models,
        grammars=TreeSitterGrammars(),
        themes=lambda: (AUTO, *names(wardrobe.folders[0])),
        wearable=wardrobe.load,
        keep=config.set_default,
        forget=config.unset_default,
        consent=consents.give,
        trial=Trials(workspace.root),
        shell=UserShell(workspace.root),
        agreed=consents.given,
        probes=Probes(partial(url_of, settings), probes_file.keep),
        drafts=DraftFiles(workspace.root, config.state_folder() / "drafts"),
    )


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


def local_models(*, offline: bool = False) -> LocalModels:
    """The embedded models of this machine; offline: none is fetched."""
    return OfflineModels(EmbeddedModels()) if offline else EmbeddedModels()


def provider(settings: Settings, models: LocalModels, first: Model) -> Provider:
    """The embedded provider beside the endpoints that the settings name; alone where they say offline."""

    def connect(url: str, key: str) -> ClaudeProvider:
        return ClaudeProvider(api_key=key, base_url=url, timeout=LOCAL_TIMEOUT)

    embedded = EmbeddedProvider(models, connect, first=first.id if first.local else DEFAULT_LOCAL)
    if settings.offline:
        return OfflineProvider(embedded, first)
    older = ClaudeProvider(cloud="bedrock-invoke", timeout=settings.timeout) if settings.provider == "bedrock" else None
    return Routes(embedded, remote(settings), first, named(settings), older)


def place(settings: Settings, *, offline: bool = False) -> None:
    """From now on the catalogue is the one of the settings' cloud and endpoints, whose keys no program is given.

    offline: nothing will be sent, so that it does not matter what is missing. Raises SettingsError for what is.
    """
    withhold(endpoint.key_env for endpoint in settings.endpoints)
    if settings.provider or settings.endpoints:
        adopt(situated(catalogue(), settings, os.environ, probes_file.read()))
    if settings.provider and not offline and (line := lacking(CLOUDS[settings.provider], os.environ, installed)):
        raise SettingsError(line)


def remote(settings: Settings) -> ClaudeProvider | None:
    """The endpoint for models that no other is named for, None where there is no credential for one."""
    if settings.provider:
        return ClaudeProvider(cloud=settings.provider, timeout=settings.timeout)
    if not (settings.api_key or settings.auth_token or settings.base_url):
        return None
    return ClaudeProvider(
        api_key=settings.api_key,
        auth_token=settings.auth_token,
        base_url=settings.base_url,
        timeout=settings.timeout,
        diagnose=settings.at_anthropic,
    )


def named(settings: Settings) -> dict[str, ClaudeProvider]:
    """The named endpoints; their keys come from the variables of the environment that they name."""
    return {
        endpoint.name: ClaudeProvider(
            api_key=os.environ.get(endpoint.key_env, "").strip() if endpoint.key_env else "",
            base_url=endpoint.base_url,
            header=endpoint.header,
            given=Given(
                endpoint.key_env or f"key_env of [endpoints.{endpoint.name}]",
                f"base_url of [endpoints.{endpoint.name}]",
            ),
            timeout=max(settings.timeout, LOCAL_TIMEOUT) if on_this_machine(endpoint.base_url) else settings.timeout,
        )
        for endpoint in settings.endpoints
    }


def _tools(settings: Settings) -> tuple[Tool, ...]:
    """The linters there are, the user's own one too. Raises SettingsError.

    Inside a hook of pre-commit that one is left out, or the two would call each other for ever.
    """
    known = tuple(tool for tool in TOOLS if not (tool.name == "pre-commit" and os.environ.get("PRE_COMMIT")))
    try:
        words = shlex.split(settings.lint)
    except ValueError as error:
        raise SettingsError(f"The setting lint is no command ({error}): {settings.lint!r}. Mend its quotes.") from error
    return (*known, command(PurePath(words[0]).name, words)) if words else known


async def refresh_models(settings: Settings, today: date) -> Refreshed:
    """Ask the endpoint which models it offers, and keep it. Raises NoCredential, ProviderError, SettingsError."""
    if settings.offline:
        raise unlisted()
    place(settings)
    asked = remote(settings)
    if asked is None:
        raise NoCredential
    try:
        return await refresh(asked, models_file.keep_listed, models_file.read, today)
    finally:
        await asked.close()


LOCAL_TIMEOUT = 600.0  # seconds: a busy machine may read a long prompt for minutes before its first word


async def examine(settings: Settings, *, offline: bool = False) -> list[Check]:
    """Everything that `haikuterm doctor` looks at; sends one free request, none with offline."""
    from haikuterm.core import checkup  # nobody else needs these, and the program should start fast

    place(settings, offline=True)
    model, root = catalogue().resolve(settings.model_name), _working_folder()
    cloud = CLOUDS.get(settings.provider)
    missing = lacking(cloud, os.environ, installed) if cloud else ""
    key = checkup.credential(settings, model, os.environ, missing)
    reached = None if offline or model.local or key.level == "problem" else await _reach(settings, model)
    workspace = RepoWorkspace(root)
    found = await asyncio.to_thread(
        lambda: Linters(workspace.root, consent=lambda _: False, tools=_tools(settings)).available(workspace.files())
    )
    here = [file.model.id for file in local_models(offline=True).list() if file.present]
    places = (("settings", config.config_folder()), ("state", config.state_folder()))
    return [
        key,
        checkup.endpoint(reached),
        checkup.clock(reached, time.time()),
        *checkup.models(catalogue(), model, date.today()),
        checkup.embedded(installed=installed("xllamacpp"), names=here, wanted=model.local),
        *checkup.git(await asyncio.to_thread(surroundings.git, root)),
        *checkup.linters(found),
        *checkup.terminal(surroundings.terminal(os.environ)),
        *checkup.folders((name, str(folder), surroundings.unwritable(folder)) for name, folder in places),
    ]


async def _reach(settings: Settings, model: Model) -> Reached | HaikutermError:
    """What comes of one free request to the endpoint of the model in use."""
    asked = named(settings).get(model.endpoint) if model.endpoint else remote(settings)
    if asked is None:
        return NoCredential()
    try:
        return await asked.reach(Request(model, "", (Message("user", (Text("Hi"),)),)))
    except HaikutermError as error:
        return error
    finally:
        await asked.close()
