"""What was spent as text for a terminal: tables with a small chart, and the proof of every price."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any, TextIO

from haikuterm.core.guard import visible_line
from haikuterm.core.ledger import BYS, Attempt, By, Group, Ledger, Proof, grouped, prove
from haikuterm.core.money import Total
from haikuterm.ui import present
from haikuterm.ui.arguments import Arguments

EIGHTHS = " ▏▎▍▌▋▊▉"
BAR = 24  # columns of the longest bar
NAMES = {
    "input": "input",
    "cache_read": "cache read",
    "cache_write_5m": "cache write, 5 min",
    "cache_write_1h": "cache write, 1 h",
    "output": "output",
}
NOTHING = "Nothing is in the ledger yet.\n"


def run(words: Sequence[str], ledger: Ledger, root: str, out: TextIO, *, plain: bool) -> int:
    """What `haikuterm cost` or `haikuterm audit` prints; returns the exit code: 1 for a price that does not hold.

    words: of the command line, from the command on. root: of the repository, whose last session is audited if none is
    named. plain: no bars. Raises StoreError, and SystemExit as argparse does.
    """
    args = _parser().parse_args(words)
    rows = ledger.attempts()
    if args.command == "cost":
        out.write(spending_json(rows, args.by) if args.json else spending(rows, args.by, plain=plain))
        return 0
    found = chosen(rows, args.session, root)
    if args.session and not found:
        out.write(f"No session begins with {visible_line(args.session)}. `haikuterm cost --by session` lists them.\n")
        return 1
    text, sound = audit(found)
    out.write(text)
    return 0 if sound else 1


def _parser() -> Arguments:
    parser = Arguments(prog="haikuterm")
    commands = parser.add_subparsers(dest="command", required=True)
    cost = commands.add_parser("cost", help="what was spent", description="What was spent, grouped, with a chart.")
    cost.add_argument("--by", choices=BYS, default="day", help="what to group by (day)")
    cost.add_argument("--json", action="store_true", help="for programs; amounts are exact text")
    about = "Tokens times rate of every request of a session, and the sum derived again."
    proof = commands.add_parser("audit", help="the proof of every price", description=about)
    proof.add_argument("session", nargs="?", default="", help="how its id begins; the last one here if none is given")
    return parser


def spending(rows: Sequence[Attempt], by: By, *, plain: bool) -> str:
    """What was spent, grouped, with a bar for each group; plain: digits only, no bars (NO_COLOR, TERM=dumb)."""
    groups = grouped(rows, by)
    if not groups:
        return NOTHING
    names = [_name(group.key, by) for group in groups]
    wide, amounts = max(map(present.cells, names)), [present.total(group.total) for group in groups]
    most = max(group.total.usd for group in groups)
    whole = sum((group.total.usd for group in groups), Decimal(0))
    lines = []
    for name, amount, group in zip(names, amounts, groups, strict=True):
        share = group.total.usd / whole if whole else Decimal(0)
        drawn = (
            f"{share:>4.0%}" if plain else f"{bar(group.total.usd / most if most else Decimal(0)):<{BAR}} {share:>4.0%}"
        )
        pad = " " * (wide - present.cells(name))
        lines.append(f"{name}{pad}  {amount:>{max(map(len, amounts))}}  {drawn}  {_counts(group)}".rstrip())
    return "\n".join([*lines, f"all: {_sum(rows)}"]) + "\n"


def bar(share: Decimal) -> str:
    """A bar of at most BAR columns, to an eighth of a column; something is drawn for everything above nothing."""
    eighths = max(int(share > 0), round(share * BAR * 8))
    whole, rest = divmod(eighths, 8)
    return "█" * whole + EIGHTHS[rest].strip()


def _name(key: str, by: By) -> str:
    if by == "model":
        return present.alias(key)
    return visible_line(key) or "(before this was kept)"


def _counts(group: Group) -> str:
    total = group.total
    refused = f", {group.refused} refused" if group.refused else ""
    requests = f"{total.requests} request{'s' * (total.requests != 1)}"
    return f"{requests}{refused}, {present.tokens(total.usage.prompt)} in, {present.tokens(total.usage.output)} out"


def _sum(rows: Sequence[Attempt]) -> str:
    total = Total()
    for row in rows:
        total = total.plus(row.charge) if row.counts else total
    exact = format(total.usd.normalize(), "f") if total.usd else "0"
    unpriced = f", {total.unpriced} unpriced and not in it" if total.unpriced else ""
    return f"{'~' * total.estimated}${exact} for {total.requests} request{'s' * (total.requests != 1)}{unpriced}"


def spending_json(rows: Sequence[Attempt], by: By) -> str:
    """The same for programs: a JSON list, amounts as exact text."""
    return json.dumps([_group_json(group, by) for group in grouped(rows, by)], indent=2) + "\n"


def _group_json(group: Group, by: By) -> dict[str, Any]:
    total = group.total
    return {
        by: group.key,
        "usd": format(total.usd, "f"),
        "estimated": total.estimated,
        "requests": total.requests,
        "unpriced": total.unpriced,
        "refused": group.refused,
        "usage": asdict(total.usage),
    }


def chosen(rows: Sequence[Attempt], session: str, root: str) -> tuple[Attempt, ...]:
    """The rows of one session: that whose id begins so, or the last one of this root, or the last one at all."""
    if session:
        return tuple(row for row in rows if row.session.startswith(session))
    here = [row for row in rows if row.root == root] or rows
    return tuple(row for row in rows if row.session == here[-1].session) if here else ()


def audit(rows: Sequence[Attempt]) -> tuple[str, bool]:
    """Every row with its classes, rates and products, and whether all sums are those of the ledger."""
    if not rows:
        return NOTHING, True
    proofs = [prove(row) for row in rows]
    lines = [line for number, proof in enumerate(proofs, 1) for line in _proof(number, proof)]
    wrong = [number for number, proof in enumerate(proofs, 1) if proof.difference]
    paid = [proof for proof in proofs if proof.row.counts]
    proved = sum((proof.derived for proof in paid), Decimal(0))
    kept = sum((proof.usd or Decimal(0) for proof in paid if proof.row.rates), Decimal(0))
    lines += ["", f"ledger   {_exact(kept)}", f"derived  {_exact(proved)}", f"differ   {_exact(kept - proved)}"]
    bare = [proof for proof in paid if not proof.row.rates]
    old = sum((proof.usd for proof in bare if proof.usd is not None), Decimal(0))
    unpriced = sum(proof.usd is None for proof in bare)
    if len(bare) > unpriced:
        lines.append(
            f"{len(bare) - unpriced} more, {_exact(old)}: their rates were not kept, so there is nothing to compare"
        )
    if unpriced:
        lines.append(f"{unpriced} more went to a model without a known price")
    about = [proof.row.known for proof in paid if proof.row.charge.estimated]
    if any(known != "said" for known in about):
        lines.append("~ marks numbers that the server never said: the exact ones are in its own bill")
    if "said" in about:
        lines.append("~$ alone marks Anthropic's list prices: this cloud sets its own, and bills those")
    lines.append(
        f"wrong: request {', '.join(map(str, wrong))}" if wrong else "every price is its tokens times its rates"
    )
    return "\n".join(lines) + "\n", not wrong


def _proof(number: int, proof: Proof) -> list[str]:
    """One request: a line about it, and one for each class of its tokens."""
    row, charge = proof.row, proof.row.charge
    served = f" by {visible_line(charge.served)}" if charge.served not in ("", charge.model) else ""
    head = f"{number}. {_when(row)} {visible_line(charge.model)}{served}, {visible_line(charge.purpose)}"
    about = [
        _state(row),
        f"prices of {visible_line(row.prices)}" if row.prices else "",
        visible_line(charge.request_id),
    ]
    lines = [", ".join([head, *(part for part in about if part)])]
    mark = "~" if charge.estimated else ""
    for share in proof.shares:
        unsaid = "~" * (row.known in ("unknown", "open") or (row.known == "begun" and share.name == "output"))
        product = f"{unsaid}{share.tokens:,} x ${share.rate:f} / 1M = {_exact(share.usd)}"
        lines.append(f"     {NAMES[share.name]:<18} {product}")
    if row.known == "nothing":
        return lines
    amount = "unpriced" if proof.usd is None else mark + _exact(proof.usd)
    wrong = f", but its parts make {_exact(proof.derived)}" if proof.difference else ""
    return [*lines, f"     {'sum':<18} {amount}{wrong}"]


def _when(row: Attempt) -> str:
    return datetime.fromtimestamp(row.at).strftime("%Y-%m-%d %H:%M:%S")


def _state(row: Attempt) -> str:
    """What became of it, in words."""
    how = row.refusal or row.error or row.stop
    match row.known:
        case "said":
            return visible_line(how)
        case "begun":
            return f"{visible_line(how)}, output estimated"
        case "unknown":
            return f"{visible_line(how)}, usage unknown: it may have been billed or not, input estimated"
        case "nothing":
            return f"{visible_line(how)}, nothing billed"
        case _:
            return "still under way"


def _exact(amount: Decimal) -> str:
    return f"${format(amount.normalize(), 'f')}" if amount else "$0"
