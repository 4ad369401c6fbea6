"""Who paid a relative's premium out of a personal account, and whether they might (周口)."""

NOBODY = ()


def employed(case, records):
    return any(r.insutype == "310" and case.valid(r) for r in records)


def first_fault(case, value, records):
    """The first test that fails, by the name of its reason; None where the payment is valid."""
    aid = case.policy.mutual_aid
    if value["relation"] not in aid.relations:
        return "relation"
    if not case.policy.holds(value["payer_admdvs"]) or value["payee_admdvs"][:2] != aid.province:
        return "out_of_province"
    if not employed(case, records.get(value["payer_certno"], NOBODY)):
        return "payer_not_employee"
    if employed(case, records.get(value["payee_certno"], NOBODY)):
        return "payee_is_employee"
    if value["clct_year"] != case.year:
        return "year"
    if not aid.begin <= value["pay_time"].date() <= aid.end:
        return "window"
    return None


def mutual_aid_check(case, persons, rows):
    """One row for each good input row."""
    records = {p.key: p.records for p in persons}
    out = []
    for row in rows:
        value, reason = row.value, first_fault(case, row.value, records)
        out.append(dict(value, payer_certno=value["payer_certno"][1], payee_certno=value["payee_certno"][1], valid=reason is None, reason=reason))
    return out
