//! The rows of the statistics: every group and span with its measures, this year's beside the year before's.

use std::cmp::Ordering;
use std::ops::RangeInclusive;

use super::calendar::{MONTHS, Slot};
use super::cells::{GroupCells, INSURED, Sums};
use super::{Column, Overflow};
use canbao_rules::Percent;
use canbao_rules::period::Month;
use canbao_rules::rules::{Care, Scheme, Scope, StatisticsSpan};

/// The largest amount in fen that a published sum can hold.
const LARGEST: i128 = 999_999_999_999_999_999;

/// The months of the span that ends with `month` (both from 0).
fn months_of(span: StatisticsSpan, month: usize) -> RangeInclusive<usize> {
    match span {
        StatisticsSpan::Month => month..=month,
        StatisticsSpan::Ytd => 0..=month,
    }
}

/// Which insurance a row counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Insured {
    By(Scheme),
    Either,
}

impl Insured {
    pub const ALL: [Self; INSURED] = [Self::By(Scheme::Employee), Self::By(Scheme::Resident), Self::Either];

    /// The word of the datasets.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::By(insurance) => insurance.as_str(),
            Self::Either => "all",
        }
    }
}

/// What tells a row from the others of its dataset; ordered as the rows are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub period: Month,
    pub span: StatisticsSpan,
    pub scope: Scope,
    pub care: Care,
    pub insured: Insured,
    /// The disease family; `None` where there is no code, and throughout in the statistics by care.
    pub disease: Option<String>,
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        // Rows without a code come last.
        let key = |key: &Self| (key.period, key.span, key.scope, key.care, key.insured, key.disease.is_none());
        key(self).cmp(&key(other)).then_with(|| self.disease.cmp(&other.disease))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Key {
    /// The month as the datasets write it: yyyy-MM.
    pub fn period_text(&self) -> String {
        format!("{:04}-{:02}", self.period.year(), self.period.number())
    }
}

/// The measures of a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub person_times: i64,
    pub persons: i64,
    /// Fen.
    pub medfee: i64,
    /// Fen.
    pub in_scope: i64,
    /// Fen.
    pub fund: i64,
    pub person_times_prev: i64,
    /// Fen.
    pub fund_prev: i64,
}

impl Figures {
    /// Fund pay of what is in scope.
    pub fn in_policy(&self) -> Option<Percent> {
        Percent::of(self.fund, self.in_scope)
    }

    /// By how much person-times grew.
    pub fn person_times_growth(&self) -> Option<Percent> {
        Percent::growth(self.person_times, self.person_times_prev)
    }

    /// By how much fund pay grew.
    pub fn fund_growth(&self) -> Option<Percent> {
        Percent::growth(self.fund, self.fund_prev)
    }

    /// Each measure in hundredths of its unit, in the order of the datasets' columns; `None` for a percentage without
    /// a base.
    pub fn measures(&self) -> [(Column, Option<i128>); 10] {
        let whole = |count: i64| Some(i128::from(count) * 100);
        let fen = |amount: i64| Some(i128::from(amount));
        let percent = |share: Option<Percent>| share.map(|share| share.hundredths().into());
        [
            (Column::PersonTimes, whole(self.person_times)),
            (Column::Persons, whole(self.persons)),
            (Column::Medfee, fen(self.medfee)),
            (Column::InScope, fen(self.in_scope)),
            (Column::Fund, fen(self.fund)),
            (Column::InPolicyPct, percent(self.in_policy())),
            (Column::PersonTimesPrev, whole(self.person_times_prev)),
            (Column::FundPrev, fen(self.fund_prev)),
            (Column::PersonTimesGrowthPct, percent(self.person_times_growth())),
            (Column::FundGrowthPct, percent(self.fund_growth())),
        ]
    }

    /// One of [`Figures::measures`].
    pub fn measure(&self, wanted: Column) -> Option<i128> {
        self.measures().into_iter().find(|(column, _)| *column == wanted).and_then(|(_, value)| value)
    }
}

/// Adds the rows of one group for all months that are written.
pub(super) fn rows_of(
    cells: &GroupCells,
    months: &[Month],
    key: impl Fn(Month, StatisticsSpan, Insured) -> Key,
    rows: &mut Vec<(Key, Figures)>,
) -> Result<(), Overflow> {
    for (month, &period) in months.iter().enumerate().take(MONTHS) {
        for span in StatisticsSpan::ALL {
            for insured in Insured::ALL {
                let sum = |slot: fn(usize) -> Slot| {
                    let mut sum = Sums::default();
                    for insurance in Scheme::ALL.into_iter().filter(|&by| insured == Insured::Either || insured == Insured::By(by)) {
                        let slots = months_of(span, month).map(|month| usize::from(slot(month).number()));
                        slots.for_each(|slot| sum.add(&cells.sums[insurance as usize][slot]));
                    }
                    sum
                };
                let (now, before) = (sum(Slot::this_year), sum(Slot::year_before));
                if now.rows + before.rows == 0 {
                    continue;
                }
                let heads = &cells.heads[match insured {
                    Insured::By(insurance) => insurance as usize,
                    Insured::Either => INSURED - 1,
                }];
                let persons = match span {
                    StatisticsSpan::Month => heads.month[month],
                    StatisticsSpan::Ytd => heads.ytd[month],
                };
                let key = key(period, span, insured);
                let fits = |column, fen: i128| match i64::try_from(fen) {
                    Ok(fits) if fen.abs() <= LARGEST => Ok(fits),
                    _ => Err(Overflow { column, key: key.clone() }),
                };
                let [medfee, in_scope, fund] = now.amounts;
                let figures = Figures {
                    person_times: now.times,
                    persons: i64::try_from(persons).unwrap_or(i64::MAX),
                    medfee: fits(Column::Medfee, medfee)?,
                    in_scope: fits(Column::InScope, in_scope)?,
                    fund: fits(Column::Fund, fund)?,
                    person_times_prev: before.times,
                    fund_prev: fits(Column::FundPrev, before.amounts[2])?,
                };
                rows.push((key, figures));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn key(period: Month, span: StatisticsSpan, insured: Insured) -> Key {
        Key { period, span, scope: Scope::Local, care: Care::Other, insured, disease: None }
    }

    fn months(count: i32) -> Vec<Month> {
        (0..count).map(|month| Month::from_index(2023 * 12 + month)).collect()
    }

    fn sums(rows: u64, times: i64, fen: i128) -> Sums {
        Sums { rows, times, amounts: [fen; 3] }
    }

    fn told(cells: &GroupCells, count: i32) -> Vec<String> {
        let mut rows = Vec::new();
        rows_of(cells, &months(count), key, &mut rows).unwrap();
        let tell = |(key, figures): &(Key, Figures)| {
            let Figures { person_times, fund, person_times_prev, fund_prev, .. } = figures;
            let (period, span, insured) = (key.period_text(), key.span.as_str(), key.insured.as_str());
            format!("{period} {span} {insured}: {person_times} {fund} {person_times_prev} {fund_prev}")
        };
        rows.iter().map(tell).collect()
    }

    #[test]
    fn a_row_stands_for_each_span_with_rows_this_year_or_the_year_before() {
        let mut cells = GroupCells::default();
        cells.sums[0][0] = sums(2, 0, 0);
        cells.sums[1][MONTHS + 1] = sums(1, 1, 7);
        let expected = [
            "2023-01 month 310: 0 0 0 0",
            "2023-01 month all: 0 0 0 0",
            "2023-01 ytd 310: 0 0 0 0",
            "2023-01 ytd all: 0 0 0 0",
            "2023-02 month 390: 0 0 1 7",
            "2023-02 month all: 0 0 1 7",
            "2023-02 ytd 310: 0 0 0 0",
            "2023-02 ytd 390: 0 0 1 7",
            "2023-02 ytd all: 0 0 1 7",
        ];
        assert_eq!(told(&cells, 2), expected);
        assert_eq!(told(&GroupCells::default(), 12), Vec::<String>::new());
    }

    #[test]
    fn a_sum_that_does_not_fit_is_an_error_and_its_parts_are_none() {
        let mut cells = GroupCells::default();
        cells.sums[0][0] = sums(1, 1, LARGEST);
        cells.sums[1][0] = sums(1, 1, -1);
        assert_eq!(told(&cells, 1).len(), 6);
        cells.sums[1][0] = sums(1, 1, 1);
        let overflow = rows_of(&cells, &months(1), key, &mut Vec::new()).unwrap_err();
        assert_eq!((overflow.column, overflow.key.insured), (Column::Medfee, Insured::Either));
        cells.sums[1][0] = sums(1, 1, -2 * LARGEST - 1);
        assert!(rows_of(&cells, &months(1), key, &mut Vec::new()).is_err());
    }

    #[rstest]
    #[case::growth(Figures { person_times: 28_100, person_times_prev: 12_900, ..Figures::default() }, None, Some(11_783), None)]
    #[case::decline(Figures { fund: 1, fund_prev: 3, in_scope: 8, ..Figures::default() }, Some(1250), None, Some(-6667))]
    #[case::half_away_from_zero(Figures { fund: 799_999, fund_prev: 800_000, ..Figures::default() }, None, None, Some(0))]
    #[case::half_away_from_zero_below(Figures { person_times: 7999, person_times_prev: 8000, ..Figures::default() }, None, Some(-1), None)]
    #[case::a_base_below_zero(Figures { fund: 5, fund_prev: -5, in_scope: -1, ..Figures::default() }, None, None, None)]
    #[case::too_large(Figures { fund: 10_000_000, in_scope: 1, ..Figures::default() }, None, None, None)]
    #[case::just_not_too_large(Figures { fund: 99_999, in_scope: 1, ..Figures::default() }, Some(999_990_000), None, None)]
    fn percentages(#[case] figures: Figures, #[case] in_policy: Option<i64>, #[case] times: Option<i64>, #[case] fund: Option<i64>) {
        let percents = [figures.in_policy(), figures.person_times_growth(), figures.fund_growth()];
        assert_eq!(percents.map(|percent| percent.map(Percent::hundredths)), [in_policy, times, fund]);
    }

    #[test]
    fn rows_without_a_code_come_last() {
        let of = |disease: Option<&str>| Key {
            disease: disease.map(str::to_owned),
            ..key(months(1)[0], StatisticsSpan::Month, Insured::Either)
        };
        let mut keys = [of(None), of(Some("M083")), of(Some("M039")), Key { scope: Scope::CrossProvince, ..of(None) }];
        keys.sort();
        let diseases: Vec<_> = keys.iter().map(|key| key.disease.as_deref()).collect();
        assert_eq!(diseases, [None, Some("M039"), Some("M083"), None]);
    }
}
