//! What can be wrong with a pack, or with asking one.

use std::fmt;
use std::path::PathBuf;

use crate::period::{BadDay, BenefitYear, Day};

use super::Category;

/// Where in a pack: line and column, counted from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Place {
    /// The place of a byte of the text.
    pub(super) fn of(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Self { line, column }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} column {}", self.line, self.column)
    }
}

/// Why a policy cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The pack is not what a pack has to be.
    #[error("{file} {place}: {fault}")]
    Pack {
        /// The pack's name.
        file: String,
        /// Where the fault is.
        place: Place,
        /// What is wrong and what was expected.
        fault: Fault,
    },
    /// The folder or a file in it cannot be read.
    #[error("cannot read the policy packs in `{path}`")]
    Unreadable {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Two packs of one region.
    #[error("{second} is a second pack for region `{code}`, expected one, which is {first}")]
    TwoPacks {
        /// The region.
        code: String,
        /// The pack that was read first.
        first: String,
        /// The other.
        second: String,
    },
    /// No pack has this region.
    #[error("no policy pack for region `{code}`, expected one of {known}")]
    UnknownRegion {
        /// What was asked for.
        code: String,
        /// The regions with a pack.
        known: String,
    },
    /// The date lies in no benefit year that the pack knows.
    #[error("no benefit year of region `{region}` holds {date}, expected a date {known}")]
    NoBenefitYear {
        /// The region.
        region: String,
        /// The logical date.
        date: Day,
        /// The spans of the years that the pack knows.
        known: String,
    },
    /// The pack does not know the year.
    #[error("the pack of region `{region}` has no benefit year {year}, expected one of {known}")]
    UnknownYear {
        /// The region.
        region: String,
        /// What was asked for.
        year: BenefitYear,
        /// The years that the pack knows.
        known: String,
    },
    /// `--set` names a parameter that the pack does not leave open.
    #[error("`{name}` is no parameter without a stated value in the pack of region `{region}`, expected {known}")]
    UnknownParameter {
        /// The region.
        region: String,
        /// What was named.
        name: String,
        /// The parameters that the pack leaves open.
        known: String,
    },
    /// `--set` gives something else than NAME=VALUE.
    #[error("`{0}` sets nothing, expected NAME=VALUE with an amount in yuan")]
    BadSetting(String),
}

/// What is wrong at a place of a pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The text is no TOML, or a key or type is not the form's.
    #[error("{0}")]
    Form(String),
    /// A name outside a closed list.
    #[error("`{name}` is no {what}, expected one of {known}")]
    UnknownName {
        /// What was written.
        name: String,
        /// What it should have been.
        what: &'static str,
        /// The names there are.
        known: String,
    },
    /// No six digits.
    #[error("`{0}` is no region code, expected six digits")]
    BadRegion(String),
    /// No date.
    #[error(transparent)]
    BadDay(#[from] BadDay),
    /// A value of the wrong kind.
    #[error("`{value}` is no value for `{parameter}`, expected {expected}")]
    BadValue {
        /// The parameter.
        parameter: String,
        /// What was written.
        value: String,
        /// What was expected.
        expected: &'static str,
    },
    /// Another unit than the parameter's.
    #[error("`{parameter}` has the unit `{unit}`, expected `{expected}`")]
    WrongUnit {
        /// The parameter.
        parameter: String,
        /// What was written.
        unit: String,
        /// The parameter's unit.
        expected: &'static str,
    },
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
    /// Two subsidies of the same amount, and nothing says which comes first.
    #[error("the subsidies of `{first}` and `{second}` are both {amount} yuan, expected a different `order` for each")]
    NoOrder {
        /// One category.
        first: Category,
        /// The other.
        second: Category,
        /// The amount.
        amount: String,
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
    /// An area that belongs to two cities.
    #[error("the code `{code}` stands in two cities at once, expected it in one")]
    TwoCities {
        /// The code as written.
        code: String,
    },
    /// The pack knows no year.
    #[error("the pack knows no benefit year, expected at least one `[[benefit_year]]`")]
    NoYear,
}
