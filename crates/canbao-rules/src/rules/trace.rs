//! Why a rule decided as it did: the rows it looked at, the parameters it used, the steps it took, what it concluded.
//!
//! A rule reports its steps to a [`Trace`] while it decides; the trace has no influence on the decision. For a whole
//! county the trace is [`NoTrace`] and the calls compile to nothing; for one person it is a recorder. So an explanation
//! always comes from the very code that decided.
//!
//! A [`Step`] holds values, not words: [`words`](crate::explanation::words) makes sentences of
//! it. The values of a conclusion have the names of the dataset's columns.

use crate::money::Yuan;
use crate::period::{BenefitYear, Day, Month, MonthSpan};
use crate::policy::{Area, Category, CategorySet, Parameter, Payer};

use super::codes::{
    BenefitBasis, DuplicateAction, DuplicateKind, DuplicateReason, MissedKind, MutualAidRefusal, ReconciliationStatus, Rule, Scheme,
    Survival,
};
use super::facts::Row;
pub use super::value::Value;

/// Receives the steps of rules.
pub trait Trace {
    /// A rule begins: about one input row, or about the person.
    fn begin(&mut self, rule: Rule, about: Option<Row>);

    /// The rule looks at a row.
    fn saw(&mut self, row: Row);

    /// The rule uses a parameter.
    fn used(&mut self, parameter: Parameter);

    /// A step; made only if the trace keeps it.
    fn note(&mut self, kind: StepKind, step: impl FnOnce() -> Step);

    /// A question with its answer, which is given back.
    fn test(&mut self, holds: bool, step: impl FnOnce() -> Step) -> bool {
        self.note(StepKind::Test(holds), step);
        holds
    }

    /// An intermediate value.
    fn value(&mut self, step: impl FnOnce() -> Step) {
        self.note(StepKind::Value, step);
    }

    /// What was decided.
    fn conclude(&mut self, step: impl FnOnce() -> Step) {
        self.note(StepKind::Conclusion, step);
    }
}

/// Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTrace;

impl Trace for NoTrace {
    #[inline(always)]
    fn begin(&mut self, _rule: Rule, _about: Option<Row>) {}

    #[inline(always)]
    fn saw(&mut self, _row: Row) {}

    #[inline(always)]
    fn used(&mut self, _parameter: Parameter) {}

    #[inline(always)]
    fn note(&mut self, _weight: StepKind, _step: impl FnOnce() -> Step) {}
}

/// What a step is in the course of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// A question, and whether it holds.
    Test(bool),
    /// An intermediate value.
    Value,
    /// What was decided.
    Conclusion,
}

macro_rules! steps {
    ($($(#[doc = $doc:literal])+ $variant:ident { $($field:ident: $type:ty),* } = $name:literal;)+) => {
        /// One step of a decision, with the values it was taken on.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[expect(missing_docs, reason = "a field is what its step's doc and its own name say")]
        pub enum Step {
            $($(#[doc = $doc])+ $variant { $($field: $type),* },)+
        }

        impl Step {
            /// The name for programs.
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $name,)+
                }
            }

            /// The values by their names.
            pub fn values(&self) -> Vec<(&'static str, Value)> {
                match self {
                    $(Self::$variant { $($field),* } => vec![$((stringify!($field), $field.clone().into())),*],)+
                }
            }
        }
    };
}

steps! {
    /// `psn_insu_stas` is 1.
    Insured {} = "insured";
    /// `clct_flag` is 1.
    Collected {} = "collected";
    /// `revs_flag` is Z or empty.
    NotReversed {} = "not_reversed";
    /// Paid by the logical date, or at a time unknown.
    PaidByDate { paid: Option<Day>, on: Day } = "paid_by_date";
    /// The accrual months touch the year.
    TouchesYear { months: MonthSpan, year: BenefitYear } = "touches_year";
    /// Before the year begins: an employee's record that reaches the date's month or the last one.
    EmployeeReaches { months: MonthSpan, month: Month } = "employee_reaches";
    /// Whether a record counts for the year, and whether as a resident's of this region.
    Valid { insutype: Scheme, insu_admdvs: Area, valid: bool, valid_here: bool } = "valid";

    /// Begun by the date and not ended before it.
    InForce { category: Category, begin: Day, end: Option<Day>, on: Day } = "in_force";
    /// The categories in force.
    Categories { categories: CategorySet } = "categories";

    /// At a school, whichever, on the date.
    AtSchool { school: Option<Area>, begin: Option<Day>, end: Option<Day>, on: Day } = "at_school";
    /// Student or not.
    Student { student: bool } = "student";

    /// Alive, or not known to be otherwise.
    Alive { surv_stas: Option<Survival> } = "alive";
    /// At home in the region by household or permit.
    LivesHere { area: Option<Area>, region: Area } = "lives_here";
    /// At a school of the region on the date.
    StudiesHere { school: Option<Area>, region: Area, on: Day } = "studies_here";
    /// In military service.
    InService {} = "in_service";
    /// Whether the person should be enrolled.
    Eligible { eligible: bool } = "eligible";

    /// A record that counted for these earlier years.
    EnrolledFor { first: i32, last: i32 } = "enrolled_for";
    /// Enrollment before the year.
    History { prior_enrolled: bool, consecutive_years: u32 } = "history";

    /// Dead, and the year has not begun, and the pack pays back.
    DiedBeforeYear { first: Day, on: Day } = "died_before_year";
    /// Valid records of the person.
    ValidRecords { count: usize } = "valid_records";
    /// The group: records that share a month with another one.
    Group { count: usize, kind: DuplicateKind } = "group";
    /// Records that a rule judges together.
    Judged { count: usize } = "judged";
    /// Employed for so many months without a gap up to this month.
    Steady { until: Option<Month>, months: i32 } = "steady";
    /// The latest employment.
    LatestEmployment { since: Option<Day> } = "latest_employment";
    /// A record serves the place of the school.
    AtPlaceOfSchool { place: Area } = "at_place_of_school";
    /// A record serves the place of residence.
    AtPlaceOfResidence { place: Area } = "at_place_of_residence";
    /// Where several areas fit: that of the first payment.
    AreaPaidFirst { area: Area } = "area_paid_first";
    /// The record paid first.
    PaidFirst { record: Row } = "paid_first";
    /// No duplicate.
    NoDuplicate { duplicate: bool } = "no_duplicate";
    /// What is proposed for a record.
    Finding {
        record: Row, kind: DuplicateKind, action: DuplicateAction, reason: DuplicateReason,
        overlap_begn: Option<Month>, overlap_end: Option<Month>, refund_amt: Yuan
    } = "finding";

    /// What valid resident records here say was paid.
    Registered { records: u32, registered_amt: Yuan } = "registered";
    /// What the tax office received for the year up to the date.
    Received { payments: u32, paid_amt: Yuan } = "received";
    /// What is owed after the subsidy.
    Owed { expected_amt: Yuan } = "owed";
    /// Whether they agree.
    Reconciled { registered_amt: Yuan, paid_amt: Yuan, expected_amt: Yuan, status: ReconciliationStatus } = "reconciled";

    /// Dead: no subsidy.
    Dead {} = "dead";
    /// The premium before any subsidy.
    Premium { premium_personal: Yuan } = "premium";
    /// A subsidy for a category in force.
    SubsidyOf { category: Category, amount: Yuan } = "subsidy_of";
    /// The highest subsidy.
    Award { category: Category, subsidy_amt: Yuan, personal_amt: Yuan, payer: Option<Payer> } = "award";
    /// No subsidy.
    NoAward { subsidy_category: Option<Category> } = "no_award";

    /// Should be enrolled.
    ShouldEnroll {} = "should_enroll";
    /// Covered by a valid record, of whatever scheme and place.
    Covered { records: usize } = "covered";
    /// In the difficulty ledger.
    InDifficulty { categories: CategorySet } = "in_difficulty";
    /// Not yet at the birthday up to which a child counts as newborn.
    Newborn { born: Option<Day>, birthday: Option<Day>, on: Day } = "newborn";
    /// A migrant worker.
    Migrant {} = "migrant";
    /// A student.
    IsStudent {} = "is_student";
    /// Enrolled the year before.
    EnrolledBefore {} = "enrolled_before";
    /// Not missed.
    NotMissed { missed: bool } = "not_missed";
    /// Missed, in these ledgers.
    Missed {
        kind: MissedKind, ledger_difficulty: bool, ledger_newborn: bool, ledger_migrant: bool, ledger_student: bool,
        ledger_lapsed: bool, personal_amt: Yuan
    } = "missed";

    /// The record says when it was paid.
    PaymentTimeKnown { paid: Option<Day> } = "payment_time_known";
    /// Born in the year or the one before.
    BornLately { born: Option<Day>, year: BenefitYear } = "born_lately";
    /// Paid within the days after birth.
    PaidSoonAfterBirth { born: Day, paid: Day, until: Day } = "paid_soon_after_birth";
    /// Born since the window opened.
    BornSinceWindow { born: Day, opened: Day } = "born_since_window";
    /// Paid by the window's last day.
    PaidByWindowEnd { paid: Day, last: Day } = "paid_by_window_end";
    /// Paid after the days after birth, by the birthday.
    PaidByBirthday { paid: Day, after: Day, birthday: Day } = "paid_by_birthday";
    /// Paid by the last day for returning migrant workers.
    PaidInExtension { paid: Day, until: Day } = "paid_in_extension";
    /// In force on the day of payment.
    InForceWhenPaid { category: Category, paid: Day } = "in_force_when_paid";
    /// In force on the day of payment and begun in its year.
    BegunInYearOfPayment { category: Category, begin: Day, paid: Day } = "begun_in_year_of_payment";
    /// Begun by the day of payment, which is at most some months after the day of leaving.
    PaidSoonAfterLeaving { category: Category, begin: Day, left: Option<Day>, until: Option<Day>, paid: Day } = "paid_soon_after_leaving";
    /// Paid from the begin to the end of a month after it.
    PaidByMonthEnd { category: Category, begin: Day, until: Day, paid: Day } = "paid_by_month_end";
    /// Registered at a school here, and paid at most some months later.
    PaidSoonAfterRegistration { school: Area, begin: Day, until: Day, paid: Day } = "paid_soon_after_registration";
    /// None of the category's rows is there.
    NoSuchIdentity { category: Category } = "no_such_identity";
    /// No row of a school is there.
    NoSchool {} = "no_school";
    /// Other late payers are let in.
    LateAdmitted {} = "late_admitted";
    /// From the n-th month, the month of payment being the first.
    FromNthMonth { nth: i32 } = "from_nth_month";
    /// Some valid record of an earlier year exists.
    EverEnrolled { first: Option<i32> } = "ever_enrolled";
    /// A year with fewer months paid in time than make it whole.
    YearBroken { year: BenefitYear, months: i32, least: i32 } = "year_broken";
    /// A broken year that was paid for later.
    YearRepaid { year: BenefitYear } = "year_repaid";
    /// The wait: the fixed months, one more for each broken year, one less for each repaid one, at least the least.
    Wait { fixed: i32, broken: i32, repaid: i32, least: i32, months: i32 } = "wait";
    /// The day from which the basis covers, before the year's limits.
    CoversFrom { day: Day } = "covers_from";
    /// What a record gives.
    Benefit { basis: BenefitBasis, waiting_months: i32, benefit_begn: Option<Day>, benefit_end: Option<Day> } = "benefit";

    /// Years in a row with a resident record.
    ResidentYears { consecutive_years: u32 } = "resident_years";
    /// Years in a row that are rewarded.
    RewardedYears { rewarded: i64, unrewarded: i32, since: BenefitYear } = "rewarded_years";
    /// The last use of a raise; years without a claim count after it.
    LastUse { year: Option<i32>, first: i32 } = "last_use";
    /// The funds paid nothing in a year with a resident record.
    YearWithoutClaim { year: BenefitYear, fund: Yuan } = "year_without_claim";
    /// The largest raise; unknown where the cap is.
    LargestRaise { cap: Option<Yuan>, most: Option<Yuan> } = "largest_raise";
    /// The raise.
    Uplift {
        consecutive_years: u32, zero_claim_years: u32, uplift_consecutive: Yuan, uplift_zero_claim: Yuan,
        uplift_total: Yuan, capped: Option<bool>
    } = "uplift";

    /// One of the relations.
    RelationListed { relation: String } = "relation_listed";
    /// The payer's area is of the region.
    PayerHere { payer_admdvs: Area } = "payer_here";
    /// The payee's area is of the province.
    PayeeInProvince { payee_admdvs: Area, province: u32 } = "payee_in_province";
    /// The payer has a valid employee record.
    PayerEmployee {} = "payer_employee";
    /// The payee has none.
    PayeeNoEmployee {} = "payee_no_employee";
    /// Paid for the year.
    AidYear { clct_year: i32, year: BenefitYear } = "aid_year";
    /// Paid in the window.
    AidWindow { paid: Day, first: Day, last: Day } = "aid_window";
    /// Whether the payment is valid.
    Aid { valid: bool, reason: Option<MutualAidRefusal> } = "aid";
}
