"""What canbao's rules are given, as vectors: the rows of the extracts that canbao used, without its decisions.

The rows that canbao rejected are left out by its own `rejects`, so that both sides judge the same rows; reading, checking
and joining is not what `openfisca_rules.py` compares.
"""

import re
import unicodedata

import numpy
import polars as pl

from measure import parts

WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
PLAIN = r"^\d{17}[\dX]$"
NEVER = numpy.datetime64("9999-12-31", "D")


def check_character(digits):
    return "10X98765432"[sum(int(d) * w for d, w in zip(digits, WEIGHTS)) % 11]


def respelled(kind, certno):
    """The person's key for one of the rare spellings: the number in its 18 places, or type and number of another certificate."""
    text = unicodedata.normalize("NFKC", certno).strip().upper()
    if re.fullmatch(r"\d{17}[\dX]\d\d", text) and kind in ("01", "09"):
        return text[:18]
    if kind == "01":
        return text[:6] + "19" + text[6:] + check_character(text[:6] + "19" + text[6:]) if re.fullmatch(r"\d{15}", text) else text
    return f"{kind}:{certno.strip()}"


def used_rows(data, source, rejects, columns):
    """The columns of the rows that canbao used, as trimmed text; empty is null."""
    frames = []
    for path in map(str, parts(data, source)):
        file = path[len(data):].lstrip("/")
        with open(path, "rb") as f:
            lines = f.read().split(b"\n")
        refused = set(rejects.filter((pl.col("source") == source) & (pl.col("file") == file))["line"].to_list())
        kept = [line for number, line in enumerate(lines, 1) if number not in refused and line]
        header = kept[0].decode("utf-8-sig").split(",")
        frame = pl.read_csv(b"\n".join(kept), infer_schema=False, columns=[c for c in columns if c in header])
        frames.append(frame.select(pl.col(c).str.strip_chars() if c in frame.columns else pl.lit(None, pl.String).alias(c) for c in columns))
    frame = pl.concat(frames).with_columns(pl.when(pl.all() != "").then(pl.all()))
    return frame


def keyed(frame):
    """With `key`, by which rows belong to one person."""
    kind = pl.col("psn_cert_type").fill_null("01")
    plain = (kind == "01") & pl.col("certno").str.contains(PLAIN)
    odd = frame.filter(~plain).select(kind.alias("kind"), "certno").unique()
    odd = odd.with_columns(respelled=pl.Series([respelled(*row) for row in odd.iter_rows()], dtype=pl.String))
    return (frame.with_columns(kind=kind).join(odd, on=["kind", "certno"], how="left")
            .with_columns(key=pl.when(plain).then("certno").otherwise("respelled")).drop("kind", "respelled"))


def day(name):
    return pl.col(name).str.slice(0, 10).str.to_date("%Y-%m-%d")


def month(name):
    return (pl.col(name).str.slice(0, 4).cast(pl.Int32) * 12 + pl.col(name).str.slice(4, 2).cast(pl.Int32) - 1).alias(name)


def cents(name):
    return (pl.col(name).cast(pl.Float64) * 100).round().cast(pl.Int32).fill_null(0)


def number(name, places=None):
    return (pl.col(name) if places is None else pl.col(name).str.slice(0, places)).cast(pl.Int32).fill_null(0)


def gather(data, rejects, labels, index, slots, year, today):
    """(vectors of records, vectors of residents, keys of residents, psn_no and payment day of records, counts of used rows).

    `labels` and `index` give the number of a category. Residents without records come first: OpenFisca counts a group's
    members only up to the last group that has one.
    """
    cert = ["certno", "psn_cert_type"]
    home = keyed(used_rows(data, "household", rejects, [*cert, "brdy", "resd_admdvs", "surv_stas"]))
    pupil = keyed(used_rows(data, "student", rejects, [*cert, "school_admdvs", "begntime", "endtime"]))
    label = keyed(used_rows(data, "identity", rejects, [*cert, "psn_idet_type", "begntime", "endtime"]))
    paid = keyed(used_rows(data, "payment", rejects, [*cert, "clct_year", "pay_time", "pay_amt", "pay_stas"]))
    record = keyed(used_rows(data, "enrollment", rejects, [*cert, "psn_no", "insutype", "insu_admdvs", "psn_insu_stas", "accrym_begn", "accrym_end",
                                                           "clct_flag", "clct_time", "psn_clct_amt", "revs_flag"]))
    used = {"household": len(home), "student": len(pupil), "identity": len(label), "payment": len(paid), "enrollment": len(record)}
    record = record.filter(pl.col("insutype").is_in(["310", "390"])).select(
        "key", "psn_no", scheme=number("insutype"), area=number("insu_admdvs"), insured=pl.col("psn_insu_stas") == "1",
        collected=pl.col("clct_flag") == "1", standing=pl.col("revs_flag").fill_null("Z") == "Z", paid_on=day("clct_time"),
        first_month=month("accrym_begn"), last_month=month("accrym_end"), personal_amount=cents("psn_clct_amt"))

    people = pl.concat([f.select("key") for f in (home, pupil, paid, record)]).unique().join(
        record.select("key", has=pl.lit(True)).unique("key"), on="key", how="left").sort(pl.col("has").fill_null(False), "key")
    people = people.select("key").with_row_index("at")
    by_number = pl.col("key").str.contains(PLAIN)
    home = home.select("key", listed_by_police=pl.lit(True), survival=number("surv_stas"), home=number("resd_admdvs", 6), stated=day("brdy"))
    pupil = pupil.select("key", school=number("school_admdvs", 6), school_begin=day("begntime"), school_end=day("endtime"))
    paid = paid.filter((pl.col("pay_stas") == "1") & (number("clct_year") == year) & (day("pay_time") <= today)).group_by("key").agg(
        payments=pl.len().cast(pl.Int32), paid_amount=cents("pay_amt").sum())
    label = label.select("key", category=pl.col("psn_idet_type").replace_strict({name: index[c] for name, c in labels.items()}, return_dtype=pl.Int32),
                         begin=day("begntime"), end=day("endtime")).with_columns(slot=pl.int_range(pl.len()).over("key"))
    if (most := label["slot"].max() or 0) >= slots:
        raise SystemExit(f"a person has {most + 1} rows in identity, there are {slots} slots for them")
    people = people.join(home, on="key", how="left").join(pupil, on="key", how="left").join(paid, on="key", how="left").with_columns(
        born=pl.when(by_number).then(pl.col("key").str.slice(6, 8).str.to_date("%Y%m%d", strict=False)).otherwise("stated"))
    for slot in range(slots):
        people = people.join(label.filter(pl.col("slot") == slot).select("key", **{f"identity_{slot}": "category", f"identity_{slot}_begin": "begin",
                                                                                    f"identity_{slot}_end": "end"}), on="key", how="left")
    people = people.sort("at")
    record = record.join(people.select("key", "at"), on="key", how="left", maintain_order="left")

    def vector(frame, name):
        values = frame[name]
        if values.dtype == pl.Date:
            days = values.to_numpy().astype("M8[D]")
            return numpy.where(numpy.isnat(days), NEVER, days) if name.endswith("_end") else days
        return values.fill_null(False if values.dtype == pl.Boolean else 0).to_numpy()

    of_record = {name: vector(record, name) for name in record.columns if name not in ("key", "psn_no", "at")}
    of_person = {name: vector(people, name) for name in people.columns if name not in ("key", "at", "stated")}
    return of_record, of_person, people["key"], record.select("key", "psn_no", "paid_on", "at"), used
