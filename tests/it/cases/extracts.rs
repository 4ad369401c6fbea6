//! A case as extracts: the files that an office would send about the case's person.
//!
//! In every extract stands a stranger, too, who lives elsewhere and takes part in nothing, so that none is empty.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use canbao_rules::policy::Policy;
use canbao_rules::rules::{IdentitySpan, Record, Registration, Survival};

use super::facts::{Case, Facts, day, moment};

/// The type and the numbers of the case's people: no resident numbers, whose birth dates would stand above the case's.
pub(super) const KIND: &str = "03";
pub(super) const PERSON: &str = "E0000001";
const STRANGER: &str = "E9999999";
/// An area that was never assigned.
const NOWHERE: u32 = 990_199;

/// The resident number of the payer or payee of a row of mutual aid, whose extract knows no other certificates; of a
/// division that was never assigned.
pub(super) fn party(row: usize, payer: bool) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let body = format!("34039919800101{:03}", 2 * row + usize::from(payer));
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", char::from(b"10X98765432"[(sum % 11) as usize]))
}

/// Writes the case's extracts into a folder.
pub(super) fn write(case: &Case, policy: &Policy, folder: &Path) {
    let facts = Facts::of(case, policy);
    let put = |name: &str, text: String| fs::write(folder.join(format!("{name}.csv")), text).unwrap();
    put("household", household(&facts));
    put("identity", identity(&facts.identities));
    put("student", student(&facts));
    put("enrollment", enrollment(case, &facts, policy));
    put("payment", payment(&facts));
    put("settlement", settlement(&facts));
    put("incentive_use", incentive_use(&facts));
    if !case.aid.is_empty() {
        put("mutual_aid", mutual_aid(case, policy));
    }
}

fn household(facts: &Facts) -> String {
    let mut text = "certno,psn_cert_type,psn_name,brdy,resd_admdvs,regi_type,surv_stas\n".to_owned();
    let _ = writeln!(text, "{STRANGER},{KIND},外人,1970-01-01,{NOWHERE}101,1,1");
    if let Some(home) = facts.residence {
        let born = facts.born.unwrap_or_else(|| day("1980-05-05"));
        let registration = if home.registration == Registration::Permit { "2" } else { "1" };
        let survival = match home.survival {
            Survival::Alive => "1",
            Survival::Dead => "2",
            Survival::Imprisoned => "3",
            Survival::Missing => "4",
            Survival::Unknown => "9",
        };
        let _ = writeln!(text, "{PERSON},{KIND},某人,{born},{}101,{registration},{survival}", home.area);
    }
    text
}

fn identity(spans: &[IdentitySpan]) -> String {
    let mut text = format!("certno,psn_cert_type,psn_idet_type,begntime,endtime\n{STRANGER},{KIND},现役军人,1990-01-01,1992-01-01\n");
    for IdentitySpan { category, begin, end, .. } in spans {
        let end = end.map(|day| day.to_string()).unwrap_or_default();
        let _ = writeln!(text, "{PERSON},{KIND},{},{begin},{end}", category.title());
    }
    text
}

fn student(facts: &Facts) -> String {
    let mut text = format!("certno,psn_cert_type,school_admdvs,begntime,endtime\n{STRANGER},{KIND},{NOWHERE},1980-09-01,1986-07-01\n");
    if let Some(school) = facts.schooling {
        let end = school.end.map(|day| day.to_string()).unwrap_or_default();
        let _ = writeln!(text, "{PERSON},{KIND},{},{},{end}", school.school, school.begin);
    }
    text
}

fn enrollment(case: &Case, facts: &Facts, policy: &Policy) -> String {
    let mut text =
        "psn_no,certno,psn_cert_type,insutype,insu_admdvs,psn_insu_stas,psn_insu_date,accrym_begn,accrym_end,clct_flag,clct_time,\
                    psn_clct_amt,revs_flag\n"
            .to_owned();
    let _ = writeln!(text, "X,{STRANGER},{KIND},390,{NOWHERE},1,,199001,199012,1,,,Z");
    facts.records(case, policy).iter().for_each(|record| put_record(&mut text, (PERSON, KIND), record.psn_no, record));
    for (row, aid) in case.aid.iter().enumerate() {
        for (payer, written) in [(true, &aid.payer), (false, &aid.payee)] {
            let certno = party(row, payer);
            for (place, record) in written.records(policy, payer).iter().enumerate() {
                put_record(&mut text, (&certno, "01"), &format!("{certno}-{place}"), record);
            }
        }
    }
    text
}

fn put_record(text: &mut String, (certno, kind): (&str, &str), psn_no: &str, record: &Record<'_>) {
    let or_empty = |value: Option<String>| value.unwrap_or_default();
    let _ = writeln!(
        text,
        "{psn_no},{certno},{kind},{},{},{},{},{},{},{},{},{},{}",
        record.scheme.as_str(),
        record.area,
        if record.in_force { 1 } else { 2 },
        or_empty(record.employed_since.map(|day| day.to_string())),
        record.months.first,
        record.months.last,
        u8::from(record.collected),
        or_empty(record.paid_at.map(time)),
        or_empty(record.personal.map(|amount| amount.to_string())),
        if record.not_reversed { "Z" } else { "R" },
    );
}

fn payment(facts: &Facts) -> String {
    let mut text =
        format!("order_no,certno,psn_cert_type,clct_year,pay_time,pay_amt,pay_stas\nX,{STRANGER},{KIND},1990,1990-01-01,1.00,1\n");
    for (order, payment) in facts.payments.iter().enumerate() {
        let status = if payment.succeeded { 1 } else { 2 };
        let _ = writeln!(text, "{order},{PERSON},{KIND},{},{},{},{status}", payment.year, time(payment.paid_at), payment.amount);
    }
    text
}

fn settlement(facts: &Facts) -> String {
    let mut text = "setl_id,certno,psn_cert_type,insutype,insu_admdvs,mdtrtarea_admvs,med_type,setl_time,medfee_sumamt,inscp_scp_amt,\
                    fund_pay_sumamt,refd_setl_flag,init_setl_id\n"
        .to_owned();
    // What every refund of a case gives back; it is of no scheme that counts.
    let _ = writeln!(text, "X,{STRANGER},{KIND},510,{NOWHERE},{NOWHERE},11,1990-01-01,1,1,1,,");
    for (id, (on, fund)) in facts.settlements.iter().enumerate() {
        let refund = if fund.fen() < 0 { "1,X" } else { "," };
        let _ = writeln!(text, "{id},{PERSON},{KIND},390,{NOWHERE},{NOWHERE},11,{on},{fund},{fund},{fund},{refund}");
    }
    text
}

fn incentive_use(facts: &Facts) -> String {
    let mut text = format!("certno,psn_cert_type,year,used_amt\n{STRANGER},{KIND},1990,1\n");
    for year in &facts.uses {
        let _ = writeln!(text, "{PERSON},{KIND},{year},100");
    }
    text
}

fn mutual_aid(case: &Case, policy: &Policy) -> String {
    let mut text = "payer_certno,payer_admdvs,payee_certno,payee_admdvs,relation,clct_year,pay_time,pay_amt\n".to_owned();
    for (row, aid) in case.aid.iter().enumerate() {
        let area = |area: Option<u32>| area.unwrap_or(policy.region.area.code());
        let _ = writeln!(
            text,
            "{},{:06},{},{:06},{},{},{},{}",
            party(row, true),
            area(aid.payer.area),
            party(row, false),
            area(aid.payee.area),
            &*aid.relation,
            aid.year.unwrap_or(policy.year.0),
            time(moment(&aid.paid)),
            policy.premium.personal,
        );
    }
    text
}

/// A moment as extracts write it, to the minute.
fn time(moment: canbao_rules::period::Moment) -> String {
    let minutes = (moment.micros() - canbao_rules::period::Moment::at(moment.day(), 0).micros()) / 60_000_000;
    format!("{} {:02}:{:02}", moment.day(), minutes / 60, minutes % 60)
}
