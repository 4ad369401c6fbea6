"""Settlements and their refunds, uses of the reward, and premiums paid out of a relative's account."""

from counties.edges import DAY, ONE

INSURANCE = ["390", "390", "390", "310", "310", "320", "510"]
AMOUNTS = ["0", "0.00", "0.01", "-0.01", "12.5", "100", "100", "2500.75", "-100", "9999999999999.99"]
STRANGERS = ["姑姑", "父亲", "其他", "配 偶", "本人", "spouse"]


class Claims:
    def __init__(self, people):
        self.people, self.pen, self.edges = people, people.pen, people.edges
        self.r, self.chance = people.r, people.chance
        self.today, self.year = people.today, people.year
        self.rows = people.rows
        self.settled = 0

    # ------------------------------------------------ settlements

    def settlements(self, share):
        for who in self.people.all:
            if self.chance(share):
                for _ in range(self.r.choice([1, 1, 1, 2, 3])):
                    self.settlement(who)

    def days(self):
        """New years and the logical date, both sides."""
        y = self.year
        days = [DAY(y - 1, 1, 1), DAY(y - 2, 12, 31), DAY(y - 1, 12, 31), DAY(y, 1, 1), DAY(y - 1, 6, 15), DAY(y - 1, 6, 15), DAY(y - 1, 3, 1)]
        return days + [self.today, self.today - ONE, self.today + ONE]

    def settlement(self, who):
        """One settlement, now and then with a refund; a refund may itself be refunded."""
        paid = self.r.choice(AMOUNTS)
        day = self.r.choice(self.days())
        row = self.settle(who, day, paid)
        if not self.chance(0.35):
            return
        back = self.r.choice([paid, paid, "0.01"])
        later = self.r.choice([day, day + ONE, self.today, self.today + ONE, DAY(self.year, 1, 1)])
        named = self.original(row["setl_id"])
        refund = self.settle(who, later, negative(back), refd_setl_flag=self.r.choice(["1", "1", " 1 "]), init_setl_id=named, insutype=row["insutype"])
        if self.chance(0.15):  # the refund taken back, or the refund of an orphan
            self.settle(who, later, negative(negative(back)), refd_setl_flag="1", init_setl_id=refund["setl_id"], insutype=row["insutype"])
        if self.people.contested and self.chance(0.1):  # a refund under its original's number (docs/rules.md, Settled readings)
            self.settle(who, later, negative(back), refd_setl_flag="1", setl_id=row["setl_id"], init_setl_id=row["setl_id"])
        if self.people.contested and self.chance(0.1):  # two refunds that name each other
            other = self.settle(who, later, back, refd_setl_flag="1", init_setl_id=refund["setl_id"])
            refund["init_setl_id"] = other["setl_id"]

    def original(self, setl_id):
        """What a refund names: its original, as a rule."""
        own = f"S{self.settled + 1:09}"
        return self.r.choice([setl_id] * 14 + ["", "S-unknown", own, setl_id.lower()])

    def settle(self, who, day, fund, **cells):
        r = self.r
        self.settled += 1
        row = self.people.base(who)
        row.update(
            setl_id=f"S{self.settled:09}", mdtrt_id=r.choice(["", f"M{self.settled}"]), psn_no=f"P{who['place']:05}", insutype=r.choice(INSURANCE),
            insu_admdvs=r.choice(self.edges.areas), mdtrtarea_admvs=r.choice(self.edges.areas), fixmedins_code=r.choice(["", "H340399001"]),
            fixmedins_name=r.choice(["", "第一,人民医院"]), med_type=r.choice(["21", "11", "1401", "41", "99"]), dise_codg=r.choice(["", "M03900"]),
            dise_name=r.choice(["", "高血压"]), setl_time=self.pen.time(self.pen.moment(day)), medfee_sumamt="300", inscp_scp_amt="+200.5",
            fund_pay_sumamt=fund, acct_pay=r.choice(["", "0", "1.5"]), psn_cash_pay=r.choice(["", "99"]), refd_setl_flag=r.choice(["", "0"]),
            init_setl_id=r.choice(["", "", "S-noise"]))
        row.update(cells)
        self.rows["settlement"].append(row)
        return row

    # ------------------------------------------------ uses of the reward

    def uses(self, share):
        for who in self.people.all:
            if self.chance(share):
                for _ in range(self.r.choice([1, 1, 2])):
                    year = self.r.choice([self.year - 3, self.year - 2, self.year - 1, self.year - 1, self.year, self.year + 1])
                    self.rows["incentive_use"].append(dict(self.people.base(who), year=str(year), used_amt=self.pen.amount(self.r.choice([5000, 1, 0, -1]))))

    # ------------------------------------------------ mutual aid

    def mutual_aid(self, count):
        numbered = [who for who in self.people.all if who["kind"] == "01"]
        employees = [who for who in numbered if who.get("employed")] or numbered
        for _ in range(count):
            payer = self.r.choice(employees if self.chance(0.8) else numbered)
            payee = payer if self.chance(0.03) else self.r.choice(numbered)
            self.rows["mutual_aid"].append(self.aid(payer, payee))

    def aid(self, payer, payee):
        r, policy, edges = self.r, self.edges.policy, self.edges
        rule = policy.mutual_aid
        relations = list(rule.relations) if rule else ["配偶", "父母", "外孙子女"]
        begin, end = (rule.begin, rule.end) if rule else (policy.window_begin, policy.window_end)
        days = [begin - ONE, end + ONE, self.today] + [begin, begin, end, end, begin + 20 * ONE] * 2
        province = edges.region[:2]
        return dict(
            payer_certno=self.pen.spelled(payer["number"]), payer_admdvs=r.choice(edges.here if self.chance(0.85) else edges.areas),
            payee_certno=self.pen.spelled(payee["number"]), payee_admdvs=r.choice(edges.here + [f"{province}0105", f"{province}9999"])
            if self.chance(0.85) else r.choice(edges.areas), relation=r.choice(relations if self.chance(0.88) else STRANGERS),
            clct_year=str(r.choice([self.year] * 10 + [self.year - 1, self.year + 1])), pay_time=self.pen.time(self.pen.moment(r.choice(days))),
            pay_amt=self.pen.amount(r.choice([self.people.premium, 60, 0])))


def negative(amount):
    return amount[1:] if amount.startswith("-") else "-" + amount
