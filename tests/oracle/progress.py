"""How far each township is against its target, and the region as a whole."""

from fractions import Fraction


def percentage(part, whole):
    """In hundredths of a per cent, half away from zero; None where it cannot be told."""
    if not whole:
        return None
    exact = Fraction(part * 10000, whole)
    return int(abs(exact) + Fraction(1, 2)) * (1 if exact >= 0 else -1)


def progress(case, people, rows):
    """The townships of `target` and those of the region in which persons live, then TOTAL."""
    targets = {row.value["admdvs"]: row.value for row in rows if row.value["admdvs"] != "TOTAL"}
    stated = next((row.value for row in reversed(rows) if row.value["admdvs"] == "TOTAL"), None)
    out = []
    for township in sorted(set(targets) | {p.township for p in people if case.policy.holds(p.home_area)}):
        target = targets.get(township, {})
        row = figures(case, [p for p in people if p.township == township], target.get("target"))
        row.update(admdvs=township, name=target.get("name"), registered=target.get("registered"), stated_total_diff=None)
        out.append(row)
    add_ranks(out)
    out.append(total(case, people, targets, stated))
    return out


def figures(case, some, target):
    eligible = sum(p.eligible for p in some)
    enrolled = [p for p in some if p.enrolled_here]
    of_eligible = sum(p.eligible for p in enrolled)
    required = case.policy.required_share_pct
    return dict(
        target=target, eligible=eligible, enrolled=len(enrolled), completion_pct=percentage(len(enrolled), target),
        enrollment_pct=percentage(of_eligible, eligible), paid_today=sum(any(r.paid and r.paid.date() == case.today for r in p.here) for p in enrolled),
        reaches_required=100 * of_eligible >= required * eligible if required is not None and eligible else None)


def add_ranks(rows):
    """By unrounded completion, best first; ties share."""
    exact = [Fraction(row["enrolled"], row["target"]) if row["target"] else None for row in rows]
    for row, own in zip(rows, exact):
        row["rank"] = None if own is None else 1 + sum(other is not None and other > own for other in exact)


def total(case, people, targets, stated):
    """Everybody; without a target extract its sums are not known (docs/rules.md, Settled readings)."""
    sums = {column: sum(t[column] for t in targets.values()) if targets else None for column in ("registered", "target")}
    row = figures(case, people, sums["target"])
    row.update(admdvs="TOTAL", name=stated and stated["name"], registered=sums["registered"], rank=None,
               stated_total_diff=stated["target"] - (sums["target"] or 0) if stated else None)
    return row
