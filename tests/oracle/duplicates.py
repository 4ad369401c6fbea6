"""Records of one person whose months overlap: which to keep, which to pause, what a person has to confirm."""

import os

from records import DAY, earliest_paid

# The open reading that can be switched (READINGS.md, confirm): ORACLE_CONFIRM=connected
CONFIRM_ONLY_CONNECTED = os.environ.get("ORACLE_CONFIRM") == "connected"


def overlapping(records):
    """Those that share a month with another one."""
    return [r for r in records if any(r is not o and r.shares_a_month(o) for o in records)]


def duplicates(case, person):
    """The person's group, and {record: (kind, action, reason, first and last month shared)}."""
    group = overlapping(person.valid)
    decided = {}
    for part in connected(group) if CONFIRM_ONLY_CONNECTED else [group]:
        judge(case, part, person, decided)
    kind = kind_of(group)
    out = {r: (kind, *decided[r], *shared_months(r, group)) for r in group}
    if case.before and case.policy.death_refund and person.dead:
        for r in person.here:
            out[r] = ("deceased", "pause", "death_before_cover", *(out[r][3:] if r in out else (None, None)))
    return group, out


def kind_of(group):
    schemes = {r.insutype for r in group}
    if len(schemes) > 1:
        return "cross_scheme"
    if len({r.area for r in group}) > 1:
        return "cross_region_employee" if schemes == {"310"} else "cross_region_resident"
    return "double_payment"


def shared_months(r, group):
    spans = [(max(r.first, o.first), min(r.last, o.last)) for o in group if r is not o and r.shares_a_month(o)]
    return min(first for first, _ in spans), max(last for _, last in spans)


def judge(case, records, person, decided):
    """Decides on `records`, of which none has been set aside yet; writes (action, reason) into `decided`."""
    live = overlapping(records)
    if not live:
        return
    reason, kept = rule(case, live, person)
    if not kept:
        decided.update((r, ("confirm", reason)) for r in live)
        return
    others = []
    for r in live:
        if any(r is k for k in kept):
            decided[r] = ("keep", reason)
        elif any(r.shares_a_month(k) for k in kept):
            decided[r] = ("pause", reason)
        else:
            decided[r] = ("keep", reason)
            others.append(r)
    judge(case, kept, person, decided)
    judge(case, others, person, decided)


def rule(case, live, person):
    """(reason, records to keep; none where a person has to confirm) of the first rule that applies."""
    schemes, areas = {r.insutype for r in live}, {r.area for r in live}
    if len(schemes) > 1:
        if employee_run(case, person.records) < case.policy.employee_months:
            return "flexible_employment", []
        return "employee_12_months", [r for r in live if r.insutype == "310"]
    if len(areas) > 1 and schemes == {"310"}:
        latest = max(joined(r) for r in live)
        return "latest_employment", one_area([r for r in live if joined(r) == latest])
    if len(areas) > 1:
        return by_place(live, person)
    return "first_payment", [min(live, key=earliest_paid)]


def by_place(live, person):
    if person.student:
        kept = [r for r in live if place_matches(r.area, person.school_area)]
        if kept:
            return "school_place", one_area(kept)
    kept = [r for r in live if place_matches(r.area, person.home_area)]
    return "residence_place" if kept else "place_unknown", one_area(kept)


def place_matches(area, place):
    return place is not None and (area == place or area.endswith("00") and area[:4] == place[:4])


def joined(r):
    """Sorts by psn_insu_date; without one it is older than any."""
    return r.joined is not None, r.joined or DAY.min


def one_area(kept):
    """Where the kept records lie in several areas: those of the area with the earliest payment."""
    if not kept:
        return kept
    area = min(kept, key=earliest_paid).area
    return [r for r in kept if r.area == area]


def employee_run(case, records):
    """Months of employee cover without a gap up to the logical date's month or the last accrual month, if earlier."""
    months = set()
    for r in records:
        if r.insutype == "310" and case.paid_for(r):
            months.update(m for m in range(r.first, r.last + 1) if m // 12 < case.year or r.status == "1")
    if not months:
        return 0
    end = min(case.month, max(months))
    run = 0
    while end - run in months:
        run += 1
    return run


def connected(group):
    """The group in parts, no record of one sharing a month with one of another."""
    parts, left = [], list(group)
    while left:
        part, edge = [], [left.pop(0)]
        while edge:
            r = edge.pop()
            part.append(r)
            near = [o for o in left if o.shares_a_month(r)]
            left = [o for o in left if not any(o is n for n in near)]
            edge += near
        parts.append(part)
    return parts
