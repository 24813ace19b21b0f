"""Clouds that serve Claude: what each needs before anything can be sent, and which id it knows a model under."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from haikuterm.core.models import Catalogue, Model

REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")  # the first one that is set counts, as in the SDK
GEOGRAPHIES = (("us-gov-", "us-gov."), ("us-", "us."), ("eu-", "eu."))  # of Bedrock's inference profiles

_PROFILE = re.compile(r"^(?:global|us|us-gov|eu|jp|apac|au)\.(?=anthropic\.)")
_VERSION = re.compile(r"-v\d+(?::\d+)?$")
_DATE = re.compile(r"@(?=\d{8}$)")


@dataclass(frozen=True, slots=True)
class Cloud:
    """One cloud. needs: groups of environment variables, of each group one must be set. extra: of haikuterm, "" for
    none, and `module`, which it brings. keys: variables that make the extra unnecessary. url: the variable that names
    another address, and makes `placed` unnecessary. clash: two variables of which only one may be set.
    list_price: whether the partner sets the prices, so that Anthropic's list price is only about what is paid.
    """

    name: str
    title: str
    needs: tuple[tuple[str, ...], ...]
    url: str
    extra: str = ""
    module: str = ""
    keys: tuple[str, ...] = ()
    placed: tuple[tuple[str, ...], ...] = ()
    clash: tuple[str, ...] = ()
    list_price: bool = True


# What the SDK's clients look for (SDK 2.12: anthropic/lib/{bedrock,vertex,aws,google_cloud}/, lib/foundry.py).
# Credentials of AWS and Google may come from files, profiles and machines, so that only the SDK can find them.
CLOUDS: Mapping[str, Cloud] = {
    cloud.name: cloud
    for cloud in (
        Cloud("bedrock", "Amazon Bedrock", (REGIONS,), "ANTHROPIC_BEDROCK_MANTLE_BASE_URL", "bedrock", "botocore"),
        Cloud(
            "vertex", "Google Vertex AI", (("CLOUD_ML_REGION",),), "ANTHROPIC_VERTEX_BASE_URL", "vertex", "google.auth"
        ),
        Cloud(
            "foundry",
            "Microsoft Foundry",
            (("ANTHROPIC_FOUNDRY_API_KEY",),),
            "ANTHROPIC_FOUNDRY_BASE_URL",
            placed=(("ANTHROPIC_FOUNDRY_RESOURCE",),),
            clash=("ANTHROPIC_FOUNDRY_RESOURCE", "ANTHROPIC_FOUNDRY_BASE_URL"),
        ),
        Cloud(
            "aws",
            "the Claude Platform on AWS",
            (("ANTHROPIC_AWS_WORKSPACE_ID",),),
            "ANTHROPIC_AWS_BASE_URL",
            "aws",
            "botocore",
            keys=("ANTHROPIC_AWS_API_KEY",),
            placed=(REGIONS,),
            list_price=False,
        ),
        Cloud(
            "google-cloud",
            "Claude on Google Cloud",
            (),
            "ANTHROPIC_GOOGLE_CLOUD_BASE_URL",
            "google-cloud",
            "google.auth",
            placed=(("ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID",),),
            list_price=False,
        ),
    )
}


def lacking(cloud: Cloud, environ: Mapping[str, str], installed: Callable[[str], bool]) -> str:
    """One sentence on the first thing that is missing before anything can be sent, "" if nothing is.

    installed: whether a module can be imported.
    """
    if cloud.extra and not any(environ.get(key) for key in cloud.keys) and not installed(cloud.module):
        return f"{cloud.title} needs an extra that is not installed: pip install 'haikuterm[{cloud.extra}]'"
    if cloud.clash and all(environ.get(name) for name in cloud.clash):
        return f"{cloud.title} takes {' or '.join(cloud.clash)}, not both. Unset one of them."
    placed = () if environ.get(cloud.url) else cloud.placed
    for names in (*cloud.needs, *placed):
        if not any(environ.get(name) for name in names):
            return f"{cloud.title} needs {' or '.join(names)} in the environment. Set it, or choose another provider."
    return ""


def sent_as(cloud: str, model: Model, region: str = "") -> str:
    """The id under which the cloud knows the model. region: of AWS, which decides whose machines answer on Bedrock.

    A model that is not in the catalogue is sent as it was named.
    """
    if not model.known or model.local:
        return model.id
    match cloud:
        case "bedrock" if model.bedrock:
            return _profiled(model.bedrock, region)
        case "bedrock":
            return f"anthropic.{model.id}"
        case "vertex":
            return model.vertex or model.id
        case _:
            return model.id


def _profiled(name: str, region: str) -> str:
    """The id with its inference profile: the region's own geography where there is one, else any machine's."""
    if not name.startswith("anthropic."):
        return name
    return next((profile for start, profile in GEOGRAPHIES if region.startswith(start)), "global.") + name


def invoked(name: str) -> bool:
    """Whether Bedrock serves this id by InvokeModel only, and not by its Messages endpoint."""
    return bool(_VERSION.search(name) or _PROFILE.match(name) or name.startswith("arn:"))


def plain(name: str) -> str:
    """Anthropic's own id for one of a cloud: without profile, prefix and version; any other name as it is."""
    bare = _PROFILE.sub("", name)
    if bare.startswith("anthropic."):
        return _VERSION.sub("", bare.removeprefix("anthropic."))
    return _DATE.sub("-", name)


def moved(known: Catalogue, cloud: Cloud, environ: Mapping[str, str]) -> Catalogue:
    """The catalogue as it is on that cloud: other ids are sent, prices are about where a partner sets them."""
    region = next((environ[name] for name in REGIONS if environ.get(name)), "")

    def there(model: Model) -> Model:
        if model.local:
            return model
        return replace(model, sent=sent_as(cloud.name, model, region), list_price=cloud.list_price)

    return replace(known, models=tuple(there(model) for model in known.models), plain=plain)
