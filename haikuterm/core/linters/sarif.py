"""SARIF 2.1.0, the interchange format of many tools (docs.oasis-open.org/sarif)."""

from __future__ import annotations

from haikuterm.core.findings import Finding, Severity, Sources, TextEdit, unknown
from haikuterm.core.linters import ruff
from haikuterm.core.linters.places import Columns, from_uri, relative
from haikuterm.core.linters.shape import (
    JsonObject,
    NotThisFormat,
    as_list,
    as_number,
    as_object,
    as_text,
    first_json,
    objects,
)
from haikuterm.core.linters.shape import severity as weight


def parse(output: str, root: str, sources: Sources = unknown) -> tuple[Finding, ...]:
    """The findings of all runs. Raises NotThisFormat.

    Columns are characters unless the run's columnKind says UTF-16: that is what ruff, ty and Biome write, which name
    none. SARIF does not say whether a fix is safe, so all of them are only `offered`. Suppressed results are left out.
    """
    log = first_json(output, "SARIF")
    if not isinstance(log, dict) or not isinstance(log.get("runs"), list):
        raise NotThisFormat("This is not SARIF: it has no list of runs.")
    return tuple(finding for run in objects(log["runs"]) for finding in _Run(run, root, sources).findings())


class _Run:
    """One run of one tool."""

    def __init__(self, run: JsonObject, root: str, sources: Sources) -> None:
        driver = as_object(as_object(run.get("tool")).get("driver"))
        self._run = run
        self._root = root
        self._tool = as_text(driver.get("name")).lower() or "sarif"
        self._order = list(objects(driver.get("rules")))
        self._rules = {as_text(rule.get("id")): rule for rule in self._order}
        self._bases = as_object(run.get("originalUriBaseIds"))
        self._columns = Columns("utf16" if run.get("columnKind") == "utf16CodeUnits" else "characters", sources)

    def findings(self) -> list[Finding]:
        """Those of the results that nobody suppressed."""
        shown = (row for row in objects(self._run.get("results")) if not as_list(row.get("suppressions")))
        return [self._finding(row) for row in shown if row.get("kind", "fail") in ("fail", "open", "review")]

    def _finding(self, row: JsonObject) -> Finding:
        place = as_object(next(objects(row.get("locations")), {}).get("physicalLocation"))
        path = self._path(as_object(place.get("artifactLocation")))
        start, end = self._region(as_object(place.get("region")), path)
        code, rule = self._rule(row)
        fix = next(objects(row.get("fixes")), {})
        return Finding(
            tool=self._tool,
            code=code,
            severity=ruff.severity(code) if self._tool == "ruff" else self._severity(row, rule),
            path=path,
            line=start[0],
            column=start[1],
            message=self._message(as_object(row.get("message")), rule),
            end_line=end[0],
            end_column=end[1],
            url=as_text(rule.get("helpUri")),
            offered=self._edits(fix, path),
        )

    def _rule(self, row: JsonObject) -> tuple[str, JsonObject]:
        named = as_object(row.get("rule"))
        code = as_text(row.get("ruleId")) or as_text(named.get("id"))
        index = as_number(row.get("ruleIndex", named.get("index")), -1)
        rule = self._order[index] if 0 <= index < len(self._order) else self._rules.get(code, {})
        return code or as_text(rule.get("id")), rule

    def _severity(self, row: JsonObject, rule: JsonObject) -> Severity:
        level = as_text(row.get("level")) or as_text(as_object(rule.get("defaultConfiguration")).get("level"))
        return weight(level or "warning")  # the default of the standard, 3.27.10

    def _message(self, message: JsonObject, rule: JsonObject) -> str:
        """The text; {0} and on stand for the arguments (3.11.5), and a text may be kept with the rule."""
        known = as_object(as_object(rule.get("messageStrings")).get(as_text(message.get("id"))))
        text = as_text(message.get("text")) or as_text(known.get("text"))
        for number, argument in enumerate(as_list(message.get("arguments"))[:20]):
            text = text.replace(f"{{{number}}}", as_text(argument))
        return text

    def _path(self, location: JsonObject) -> str:
        if not location.get("uri"):
            artifacts = [*objects(self._run.get("artifacts"))]
            index = as_number(location.get("index"), -1)
            location = as_object(artifacts[index].get("location")) if 0 <= index < len(artifacts) else {}
        return relative(
            from_uri(as_text(location.get("uri")), self._base(as_text(location.get("uriBaseId")))), self._root
        )

    def _base(self, name: str, deep: int = 0) -> str:
        """The URI that a base's name stands for; bases may build on each other, and %SRCROOT% is often left open."""
        base = as_object(self._bases.get(name))
        uri, outer = as_text(base.get("uri")), as_text(base.get("uriBaseId"))
        if not outer or deep > 8 or "://" in uri:
            return uri
        return f"{self._base(outer, deep + 1)}{uri}"

    def _region(self, region: JsonObject, path: str) -> tuple[tuple[int, int], tuple[int, int]]:
        line = as_number(region.get("startLine"), 1)
        column = as_number(region.get("startColumn"), 1)
        end_line = as_number(region.get("endLine"), line)
        end_column = as_number(region.get("endColumn"))
        return (line, self._columns(path, line, column)), (end_line, self._columns(path, end_line, end_column))

    def _edits(self, fix: JsonObject, path: str) -> tuple[TextEdit, ...]:
        """The fix, if it stays within the finding's own file."""
        edits = []
        for change in objects(fix.get("artifactChanges")):
            if self._path(as_object(change.get("artifactLocation"))) != path:
                return ()
            for part in objects(change.get("replacements")):
                region = as_object(part.get("deletedRegion"))
                if "startLine" not in region:
                    return ()  # by offsets into the text, which not even its encoding is known of
                start, end = self._region(region, path)
                if not end[1]:  # the whole line, without its end (3.30.8)
                    return ()
                edits.append(TextEdit(*start, *end, as_text(as_object(part.get("insertedContent")).get("text"))))
        return tuple(edits)
