//! The units of figures.

use crate::vocabulary;

vocabulary! {
    /// The unit of a figure, as packs and plans write it.
    pub enum Unit {
        /// Money.
        Yuan = "yuan", "元", "yuan";
        /// Days by the calendar.
        Days = "days", "天", "days";
        /// Months by the calendar.
        Months = "months", "个月", "months";
        /// Years, or years of age.
        Years = "years", "年", "years";
        /// Hundredths of a whole.
        Percent = "percent", "%", "percent";
        /// A benefit year by its number.
        BenefitYear = "benefit year", "年度", "benefit year";
    }
}
