"""The published datasets (docs/contract.md): their columns, and their rows out of judged persons."""

from benefit import benefit
from incentive import Claims, incentive
from mutual_aid import mutual_aid_check
from policies import DIFFICULTY
from progress import progress
from records import birthday
from values import show_month

COLUMNS = {
    "person": "certno psn_name gend brdy resd_admdvs township regi_type surv_stas student eligible covered_by enrolled_here prior_enrolled "
              "consecutive_years duplicate missed subsidy_category",
    "duplicate_enrollment": "certno psn_name kind psn_no insutype insu_admdvs accrym_begn accrym_end clct_time psn_clct_amt overlap_begn "
                            "overlap_end action reason refund_amt",
    "missed_enrollment": "certno psn_name brdy township kind ledger_difficulty ledger_newborn ledger_migrant ledger_student ledger_lapsed "
                         "subsidy_category personal_amt",
    "subsidy": "certno psn_name township category categories premium_personal subsidy_amt personal_amt payer enrolled_here paid_amt overpaid_amt",
    "benefit_period": "certno psn_no clct_time basis waiting_months benefit_begn benefit_end",
    "incentive": "certno consecutive_years zero_claim_years uplift_consecutive uplift_zero_claim uplift_total capped",
    "progress": "admdvs name registered target eligible enrolled completion_pct enrollment_pct paid_today rank reaches_required stated_total_diff",
    "reconciliation": "certno registered_amt paid_amt expected_amt status",
    "mutual_aid_check": "payer_certno payer_admdvs payee_certno payee_admdvs relation clct_year pay_time pay_amt valid reason",
    "rejects": "source file line column value reason",
}
COLUMNS = {name: columns.split() for name, columns in COLUMNS.items()}
MONEY = ("psn_clct_amt", "refund_amt", "personal_amt", "premium_personal", "subsidy_amt", "paid_amt", "overpaid_amt", "registered_amt",
         "expected_amt", "pay_amt", "uplift_consecutive", "uplift_zero_claim", "uplift_total")
PERCENT = ("completion_pct", "enrollment_pct")


def datasets(case, persons, extracts, cap):
    """The rows of each dataset that this pack and these extracts give; `cap` is critical_illness_cap."""
    people = [p for p in persons if p.in_population]
    with_payment = "payment" in extracts.present
    out = {
        "person": [person_row(p) for p in people],
        "duplicate_enrollment": [duplicate_row(case, p, r) for p in persons for r in p.decisions],
        "missed_enrollment": [missed_row(case, p) for p in people if p.missed],
        "subsidy": [subsidy_row(case, p, with_payment) for p in people if category(p)],
        "benefit_period": [benefit_row(case, p, r) for p in persons for r in p.here],
        "progress": progress(case, people, extracts.rows["target"]),
        "rejects": [vars(r) for r in extracts.rejects],
    }
    if case.policy.incentive:
        claims = Claims(extracts)
        out["incentive"] = [incentive(case, p, claims, cap) for p in persons if p.enrolled_here]
    if with_payment:
        out["reconciliation"] = [reconciliation_row(p) for p in persons if p.here or p.good_payments]
    if case.policy.mutual_aid and "mutual_aid" in extracts.present:  # (docs/contract.md, mutual_aid_check)
        out["mutual_aid_check"] = mutual_aid_check(case, persons, extracts.rows["mutual_aid"])
    return {name: out[name] for name in COLUMNS if name in out}


def category(p):
    return None if p.dead else p.subsidised


def person_row(p):
    return dict(
        certno=p.certno, psn_name=p.name, gend=p.gender, brdy=p.born, resd_admdvs=p.resd, township=p.township, regi_type=p.regi,
        surv_stas=p.surv, student=p.student, eligible=p.eligible, covered_by=p.covered_by, enrolled_here=p.enrolled_here,
        prior_enrolled=p.prior_enrolled, consecutive_years=p.consecutive, duplicate=bool(p.group), missed=p.missed, subsidy_category=category(p))


def missed_row(case, p):
    difficult = set(DIFFICULTY) | set(case.policy.subsidy)
    return dict(
        certno=p.certno, psn_name=p.name, brdy=p.born, township=p.township, kind="lapsed" if p.prior_enrolled else "never",
        ledger_difficulty=bool(difficult & set(p.now)), ledger_newborn=p.born is not None and case.today < birthday(p.born, 1),
        ledger_migrant="migrant_worker" in p.now, ledger_student=p.student, ledger_lapsed=p.prior_enrolled,
        subsidy_category=category(p), personal_amt=p.personal)


def subsidy_row(case, p, with_payment):
    return dict(
        certno=p.certno, psn_name=p.name, township=p.township, category=p.subsidised, categories=";".join(p.now),
        premium_personal=case.policy.premium, subsidy_amt=p.subsidy, personal_amt=p.personal, payer=case.policy.payer.get(p.subsidised),
        enrolled_here=p.enrolled_here, paid_amt=p.paid if with_payment else None,
        overpaid_amt=max(0, p.paid - p.personal) if with_payment else None)


def duplicate_row(case, p, r):
    kind, action, reason, first, last = p.decisions[r]
    refund = r.amount or 0 if action == "pause" and r.insutype == "390" and case.before else 0
    return dict(
        certno=p.certno, psn_name=p.name, kind=kind, psn_no=r.psn_no, insutype=r.insutype, insu_admdvs=r.area,
        accrym_begn=show_month(r.first), accrym_end=show_month(r.last), clct_time=r.paid, psn_clct_amt=r.amount,
        overlap_begn=show_month(first), overlap_end=show_month(last), action=action, reason=reason, refund_amt=refund)


def benefit_row(case, p, r):
    basis, waiting, begin, end = benefit(case, p, r)
    return dict(certno=p.certno, psn_no=r.psn_no, clct_time=r.paid, basis=basis, waiting_months=waiting, benefit_begn=begin, benefit_end=end)


def reconciliation_row(p):
    registered = sum(r.amount or 0 for r in p.here)
    if p.good_payments > 1:
        status = "paid_twice"
    elif p.here and not p.good_payments and (registered > 0 or p.personal > 0):
        status = "registered_unpaid"
    elif p.good_payments and not p.here:
        status = "paid_unregistered"
    elif registered != p.paid or p.paid != p.personal:
        status = "amount_mismatch"
    else:
        status = "matched"
    return dict(certno=p.certno, registered_amt=registered, paid_amt=p.paid, expected_amt=p.personal, status=status)
