"""Tiny counties for the oracle's own tests: extracts written as text, audited on the spot."""

import datetime
import os
import tempfile

from audit import audit
from values import check_character

DAY = datetime.date
HOUSEHOLD = "certno,psn_name,brdy,resd_admdvs,regi_type,surv_stas"
ENROLLMENT = "psn_no,certno,insutype,insu_admdvs,psn_insu_stas,accrym_begn,accrym_end,clct_flag,clct_time,psn_clct_amt,psn_insu_date"
IDENTITY = "certno,psn_idet_type,begntime,endtime"


def number(born, serial=1):
    body = f"340399{born:%Y%m%d}{serial:03}"
    return body + check_character(body)


ADULT = number(DAY(1980, 5, 6))
STRANGER = number(DAY(1970, 1, 1), 9)


class County:
    """One adult at home in the county and one stranger's record, unless texts say otherwise."""

    def __init__(self, region="340322", cap=None, year=None, **texts):
        self.region, self.cap, self.year = region, cap, year
        self.texts = {"household": f"{HOUSEHOLD}\n{ADULT},王一,1980-05-06,{home(region)}101,1,1\n",
                      "enrollment": f"{ENROLLMENT}\nP0,{STRANGER},390,340399,1,202401,202412,1,,380,\n"}
        self.texts.update(texts)

    def on(self, *day):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in self.texts.items():
                with open(os.path.join(folder, name + ".csv"), "wb") as f:
                    f.write(text if isinstance(text, bytes) else text.encode())
            return audit(folder, DAY(*day), self.region, self.cap, self.year)


def home(region):
    """A county of the region."""
    return {"340600": "340621", "331100": "331121", "411600": "411625"}.get(region, region)


def enrolled(*rows, who=ADULT):
    """An extract in which `who` has these records, each made by `record`."""
    return {"enrollment": ENROLLMENT + "\n" + "".join(line(who, *row) for row in rows)}


def line(who, no, scheme, area, begin, end, paid, amount, joined):
    return f"{no},{who},{scheme},{area},1,{begin},{end},1,{paid},{amount},{joined}\n"


def record(no, scheme="390", area="340322", begin="202401", end="202412", paid="2023-10-01", amount="380", joined=""):
    return no, scheme, area, begin, end, paid, amount, joined


def identity(*rows, who=ADULT):
    """An extract in which `who` has these (label, begin, end)."""
    return {"identity": IDENTITY + "\n" + "".join(f"{who},{label},{begin},{end}\n" for label, begin, end in rows)}


def actions(result):
    return {r["psn_no"]: (r["action"], r["reason"]) for r in result.datasets["duplicate_enrollment"]}
