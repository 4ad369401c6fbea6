"""OpenFisca parameters out of canbao's policy pack (TOML): the same figures, with the days from which they hold."""

import tomllib

from openfisca_core.parameters import ParameterNode

# Whatever no document dates holds from here on; nobody's enrollment is older.
ALWAYS = "1900-01-01"


def dated(entries, key="value"):
    return {"values": {str(entry["from"]): {"value": plain(entry[key])} for entry in entries}}


def always(value):
    return {"values": {ALWAYS: {"value": plain(value)}}}


def plain(value):
    """Days as text: OpenFisca knows no dates among parameters."""
    return value if isinstance(value, (bool, int, float, str, list, type(None))) else value.isoformat()


def years(pack, of):
    """One value a benefit year, from its 1 January."""
    return {"values": {f"{year['year']}-01-01": {"value": plain(of(year))} for year in pack["benefit_year"]}}


def parameters_of(pack, today):
    """The tree that the formulas ask. `pack` is the path of the pack, `today` the logical date."""
    with open(pack, "rb") as f:
        pack = tomllib.load(f)
    by_category = {}
    for entry in pack["subsidy"]:
        by_category.setdefault(entry["category"], []).append(entry)
    ranked = sorted(by_category, key=lambda category: by_category[category][-1]["order"])
    groups = [(group["category"], group["test"]) for group in pack["special_group"]]
    if unknown := {test for _, test in groups} - {"in_force", "begun_this_year"}:
        raise ValueError(f"no formula for special groups by `{unknown.pop()}`")
    waiting = pack["waiting"]
    if [entry["scheme"] for entry in waiting] != ["nth_month"]:
        raise ValueError("no formula for another wait than `nth_month`")
    if [entry["rule"] for entry in pack["special_start"]] != ["next_day"]:
        raise ValueError("no formula for another start of special groups than `next_day`")
    tree = {
        "today": always(today),
        "region": always(int(pack["region"]["code"])),
        "premium": {"personal": dated(pack["premium"]["personal"])},
        "window": {"first": years(pack, lambda y: y["window"]["first"]), "last": years(pack, lambda y: y["window"]["last"])},
        "migrant_until": years(pack, lambda y: y["migrant_extension"]["until"]),
        "newborn": {"days": dated(pack["newborn"]["days"]), "birthday": dated(pack["newborn"]["birthday"])},
        "waiting": {"nth_month": dated(waiting, "nth_month")},
        "special": {
            "in_force": always([category for category, test in groups if test == "in_force"]),
            "begun_this_year": always([category for category, test in groups if test == "begun_this_year"]),
        },
        "difficulty": dated(pack["difficulty"], "categories"),
        "subsidy": {
            "ranked": always(ranked),
            "amount": {category: dated(entries) for category, entries in by_category.items()},
            "payer": {category: always(entries[-1].get("payer", "")) for category, entries in by_category.items()},
        },
    }
    return ParameterNode("", data=tree)


def labels_of(pack):
    """Label of the identity extract → category."""
    with open(pack, "rb") as f:
        return tomllib.load(f)["labels"]
