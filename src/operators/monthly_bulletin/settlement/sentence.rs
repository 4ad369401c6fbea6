//! The sentence that newspapers print: how many came, what the fund paid, and how that compares with a year before.

use super::super::BulletinInput;
use super::super::document::{Missing, Reference, Text, Value};
use super::super::quantity::{amount, percent, visits};
use canbao_rules::Percent;
use canbao_rules::money::Yuan;

/// What one clause tells.
#[derive(Debug, Clone)]
pub struct Clause {
    /// What it is about, as it begins.
    pub about: String,
    /// Visits and what the fund paid; `None` where they are suppressed.
    pub figures: Option<(i64, Yuan)>,
    /// Growth of both; `None` where it is suppressed.
    pub growth: Option<(Value, Value)>,
    /// The query and the row that they come from.
    pub from: (&'static str, String),
}

impl Clause {
    fn at(&self, column: &str) -> Reference {
        Reference::cell(self.from.0, self.from.1.as_str(), column)
    }
}

/// All clauses as one sentence.
pub fn sentence(input: &BulletinInput<'_>, opening: &str, clauses: &[Clause]) -> Text {
    let lang = input.lang;
    let largest = clauses.iter().filter_map(|clause| clause.figures).map(|(visits, _)| visits.saturating_abs()).max().unwrap_or(0);
    let mut text = Text::plain(opening);
    for (at, clause) in clauses.iter().enumerate() {
        if at > 0 {
            text.words(lang.pick("；", "; "));
        }
        text.words(clause.about.clone());
        match clause.figures {
            None => {
                text.words(lang.pick("的人次和金额不予公布", ": not published"));
            }
            Some((count, fund)) => {
                text.words(lang.pick("", ": ")).figure(visits(lang, count, largest), clause.at("person_times"));
                text.words(lang.pick("，医保基金支付", ", paid by the fund ")).figure(amount(lang, fund), clause.at("fund_pay_sumamt"));
                text.append(comparison(input, clause));
            }
        }
    }
    text.words(lang.pick("。", "."));
    text
}

/// Against the same span a year before: both figures in one phrase where they go the same way.
fn comparison(input: &BulletinInput<'_>, clause: &Clause) -> Text {
    let lang = input.lang;
    let mut text = Text::default();
    let (count_at, fund_at) = (clause.at("person_times_growth_pct"), clause.at("fund_pay_growth_pct"));
    let Some((count, fund)) = &clause.growth else {
        text.words(lang.pick("，与去年同期的比较不予公布", "; the comparison with the year before is not published"));
        return text;
    };
    match (count, fund) {
        (Value::Percent(count), Value::Percent(fund))
            if count.cmp(&Percent::ZERO) == fund.cmp(&Percent::ZERO) && *count != Percent::ZERO =>
        {
            let up = *count > Percent::ZERO;
            let zh = if up { "，与去年同期相比，分别增长" } else { "，与去年同期相比，分别下降" };
            let en = if up { ", compared with the year before up by " } else { ", compared with the year before down by " };
            text.words(lang.pick(zh, en)).figure(size(*count), count_at).words(lang.pick("和", " and "));
            text.figure(size(*fund), fund_at);
        }
        (Value::Missing(Missing::NoBase), Value::Missing(Missing::NoBase)) => {
            text.words(lang.pick("，去年同期没有此类结算，不作比较", "; there were none the year before to compare with"));
        }
        _ => {
            text.words(lang.pick("，与去年同期相比，人次", ", compared with the year before visits are "));
            text.append(one(input, count, count_at)).words(lang.pick("，基金支付", " and fund pay is "));
            text.append(one(input, fund, fund_at));
        }
    }
    text
}

/// One figure's growth.
fn one(input: &BulletinInput<'_>, growth: &Value, from: Reference) -> Text {
    let lang = input.lang;
    let mut text = Text::default();
    match growth {
        Value::Percent(share) if *share == Percent::ZERO => text.figure(lang.pick("持平", "unchanged"), from),
        Value::Percent(share) if *share > Percent::ZERO => text.words(lang.pick("增长", "up by ")).figure(size(*share), from),
        Value::Percent(share) => text.words(lang.pick("下降", "down by ")).figure(size(*share), from),
        Value::Missing(Missing::NegativeBase) => {
            text.words(lang.pick("因去年同期为负数无法比较", "not comparable, as it was negative then"))
        }
        Value::Missing(Missing::TooLarge) => text.words(lang.pick("增幅过大，无法列出", "up by more than can be stated")),
        _ => text.words(lang.pick("因去年同期没有数据无法比较", "not comparable, as there was none then")),
    };
    text
}

fn size(grown: Percent) -> String {
    percent(grown.abs())
}
