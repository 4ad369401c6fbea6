//! The faults that a pack can have, and the remedy for each.

use crate::period::{BenefitYear, Day};
use crate::suggestion::{near_field, nearest};

use super::listing::list;
use super::{Category, Unit};

/// What is wrong at a position in a pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The bytes are no UTF-8.
    #[error("the bytes from here on are no UTF-8, expected a text file in UTF-8")]
    NotUtf8,
    /// The text is no TOML, or a key or type is not the form's.
    #[error("{0}")]
    Form(String),
    /// A name outside a closed list.
    #[error("`{name}` is no {what}, expected one of {}", list(known.iter().map(String::as_str)))]
    UnknownName {
        /// What was written.
        name: String,
        /// What it should have been.
        what: &'static str,
        /// The names there are.
        known: Vec<String>,
    },
    /// A name given twice where once is enough.
    #[error("{what} `{name}` is named twice, expected once")]
    Twice {
        /// What is named.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// No code of a county or city.
    #[error("`{0}` is no region code, expected the six digits of a county or of a city (which end in 00)")]
    BadRegion(String),
    /// A value of the wrong kind.
    #[error("`{value}` is no value for `{parameter}`, expected {expected}")]
    BadValue {
        /// The parameter.
        parameter: String,
        /// What was written.
        value: String,
        /// What was expected.
        expected: String,
    },
    /// Another unit than the parameter's.
    #[error("`{parameter}` has the unit `{unit}`, expected `{expected}`")]
    WrongUnit {
        /// The parameter.
        parameter: String,
        /// What was written.
        unit: String,
        /// The parameter's unit.
        expected: Unit,
    },
    /// A source that names no passage.
    #[error("the source names no section, expected the passage of the document")]
    NoSection,
    /// A key that a rule of this kind needs.
    #[error("`{parameter}` lacks the key `{key}`")]
    MissingKey {
        /// The parameter or rule.
        parameter: String,
        /// The key.
        key: &'static str,
    },
    /// A key that a rule of this kind does not take.
    #[error("`{parameter}` takes no key `{key}`")]
    SpareKey {
        /// The parameter or rule.
        parameter: String,
        /// The key.
        key: &'static str,
    },
    /// A value that ends before it begins.
    #[error("`{what}` ends on {until}, expected a day not before its first, {from}")]
    EndsBeforeItBegins {
        /// The parameter or window.
        what: String,
        /// The first day.
        from: Day,
        /// The last day.
        until: Day,
    },
    /// Two values at once.
    #[error("`{parameter}` has two values on {from}, expected one: end the other before that day")]
    Overlap {
        /// The parameter.
        parameter: String,
        /// The first day of both.
        from: Day,
    },
    /// A time without a value.
    #[error("`{parameter}` has no value on {on}, expected values without a gap")]
    Gap {
        /// The parameter.
        parameter: String,
        /// The first day without a value.
        on: Day,
    },
    /// A day outside the years in which it makes sense.
    #[error("`{what}` of {year} holds {day}, expected days from {first} to {last}")]
    OutsideYears {
        /// The window.
        what: &'static str,
        /// The benefit year.
        year: BenefitYear,
        /// The day.
        day: Day,
        /// The first day that makes sense.
        first: Day,
        /// The last.
        last: Day,
    },
    /// Two windows at once.
    #[error("the window of {later} begins on {first} and that of {earlier} ends on {last}, expected windows without a common day")]
    WindowsOverlap {
        /// The earlier benefit year.
        earlier: BenefitYear,
        /// The last day of its window.
        last: Day,
        /// The later one.
        later: BenefitYear,
        /// The first day of its window.
        first: Day,
    },
    /// A year missing between two.
    #[error("the pack knows the benefit years {earlier} and {later} and none between them, expected years without a gap")]
    YearGap {
        /// The last year before the gap.
        earlier: BenefitYear,
        /// The first year after it.
        later: BenefitYear,
    },
    /// An extension that extends nothing, or reaches into another year's time.
    #[error("the migrant workers' extension of {year} ends on {until}, expected a day from {first} (after the window) to {last}{}", if *cut { " (before the next window)" } else { "" })]
    BadExtension {
        /// The benefit year.
        year: BenefitYear,
        /// The extension's last day.
        until: Day,
        /// The first day on which it may end.
        first: Day,
        /// The last.
        last: Day,
        /// Whether it is the next window that sets the last day.
        cut: bool,
    },
    /// An entry about one benefit year in force in another.
    #[error("`{parameter}` is {written} in benefit year {year}, expected {year}")]
    OtherYear {
        /// The parameter.
        parameter: &'static str,
        /// The year that it states.
        written: i32,
        /// The benefit year.
        year: BenefitYear,
    },
    /// A subsidy that nobody could receive in full.
    #[error(
        "the subsidy of `{category}` is {amount} yuan, expected more than 0 and at most the personal premium of {year}, {personal} yuan"
    )]
    SubsidyAbovePremium {
        /// Whose subsidy.
        category: Category,
        /// The subsidy.
        amount: String,
        /// The benefit year.
        year: BenefitYear,
        /// The premium.
        personal: String,
    },
    /// Two subsidies of the same amount, and no `order` tells which comes first.
    #[error("the subsidies of `{first}` and `{second}` are both {amount} yuan, expected a different `order` for each")]
    NoOrder {
        /// One category.
        first: Category,
        /// The other.
        second: Category,
        /// The amount.
        amount: String,
    },
    /// Two tests of one category that both apply, and nothing says which counts.
    #[error("the special group `{category}` has the tests `{first}` and `{second}` on {on}, expected one")]
    TwoTests {
        /// The category.
        category: Category,
        /// One test.
        first: String,
        /// The other.
        second: String,
        /// The day.
        on: Day,
    },
    /// Parts that do not add up.
    #[error("the shares of `{parameter}` add up to {sum} yuan, expected {whole} yuan")]
    SharesDiffer {
        /// The whole.
        parameter: &'static str,
        /// What the parts add up to.
        sum: String,
        /// What they should.
        whole: String,
    },
    /// The pack knows no year.
    #[error("the pack knows no benefit year, expected at least one `[[benefit_year]]`")]
    NoYear,
}

impl Fault {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Form(message) => format!("did you mean `{}`?", near_field(message)?),
            Self::UnknownName { name, known, .. } => format!("did you mean `{}`?", nearest(name, known)?),
            Self::NotUtf8 => "save the file as UTF-8".to_owned(),
            Self::WrongUnit { expected, .. } => format!("write the value in {expected}, with `unit = \"{expected}\"`"),
            Self::NoSection => {
                "name the passage, such as `section = \"二(一)\"`, or describe it in brackets: `section = \"（重复参保的处理）\"`"
                    .to_owned()
            }
            Self::MissingKey { key, .. } => format!("add `{key} = …`"),
            Self::SpareKey { key, .. } => format!("take `{key}` away, or choose the rule that takes it"),
            Self::Overlap { from, .. } => {
                format!("an earlier value ends with `until = {}`; a value given twice goes out", from.plus_days(-1))
            }
            Self::Gap { parameter, on } => {
                format!("let an entry of `{parameter}` be in force on {on}: `from` on or before it, no earlier `until`")
            }
            Self::OtherYear { year, .. } => {
                format!("end the entry with `until = {}`, and add one for {year}", year.before(1).last_day())
            }
            Self::YearGap { earlier, .. } => format!("add the `[[benefit_year]]` after {earlier}"),
            Self::SubsidyAbovePremium { .. } => "the value is what is taken off the premium, not what is left to pay".to_owned(),
            Self::NoOrder { .. } => "number them in the order in which the document names them: `order = 1`, `order = 2`".to_owned(),
            Self::TwoTests { .. } => "keep the test that the document states, or end one of them with `until`".to_owned(),
            Self::SharesDiffer { .. } => "mend a share or the whole: the levels of `fiscal_share` bear all of it".to_owned(),
            Self::Twice { .. }
            | Self::BadRegion(_)
            | Self::BadValue { .. }
            | Self::EndsBeforeItBegins { .. }
            | Self::OutsideYears { .. }
            | Self::WindowsOverlap { .. }
            | Self::BadExtension { .. }
            | Self::NoYear => return None,
        };
        Some(text)
    }
}
