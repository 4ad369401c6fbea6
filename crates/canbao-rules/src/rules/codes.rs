//! The coded values that facts and decisions bear: each code with its words and its meaning, in one place.
//!
//! The order of a list is the order in which datasets sort and list its codes.

use crate::vocabulary;

vocabulary! {
    /// The extract that a fact comes from.
    pub enum Source {
        /// Who lives here, by household or residence permit.
        Household = "household", "户籍与居住证人口", "households and permits";
        /// In which categories people are.
        Identity = "identity", "身份类别", "identity categories";
        /// Who is enrolled, and what was paid.
        Enrollment = "enrollment", "参保缴费", "enrollment";
        /// Who is at which school.
        Student = "student", "学籍", "school registers";
        /// What arrived at the tax office.
        Payment = "payment", "税务到账", "tax payments";
        /// What was paid for relatives from personal accounts.
        MutualAid = "mutual_aid", "个人账户共济代缴", "paying for relatives";
        /// What the funds paid for care.
        Settlement = "settlement", "结算", "settlements";
        /// In which years a raised cap was used.
        IncentiveUse = "incentive_use", "激励额度使用", "incentives used";
    }
}

vocabulary! {
    /// Why an input row is not used.
    pub enum RejectReason {
        /// A certificate number of type 01 that is none.
        BadCertno = "bad_certno", "证件号码有误", "bad certificate number";
        /// A good number whose birth date is after the logical date; gates do not count it.
        NotBornYet = "not_born_yet", "出生日期晚于基准日", "not born yet";
        /// No day, no month, or a period that ends before it begins.
        BadDate = "bad_date", "日期有误", "bad date";
        /// No number of the kind the column holds.
        BadNumber = "bad_number", "数字有误", "bad number";
        /// Not in the code list, or a division code of a wrong length.
        BadCode = "bad_code", "代码有误", "bad code";
        /// A required column is empty.
        MissingValue = "missing_value", "必填项为空", "missing value";
        /// A record that cannot be split into the header's columns, or a line that does not decode.
        BadRow = "bad_row", "列数不符或无法解码", "bad row";
        /// Another row stands for this one; gates do not count it.
        Superseded = "superseded", "被更新的行取代或重复", "superseded";
        /// A label that the region's pack does not know.
        UnknownIdentityType = "unknown_identity_type", "身份类别无法识别", "unknown identity type";
        /// A refund of a settlement that is not among the used rows.
        OrphanRefund = "orphan_refund", "退费找不到原结算", "refund without its settlement";
    }
}

impl RejectReason {
    /// Whether a gate on the share of rejects counts it.
    pub const fn counts_in_gates(self) -> bool {
        !matches!(self, Self::NotBornYet | Self::Superseded)
    }
}

vocabulary! {
    /// The scheme of an enrollment record or of a settlement. Other kinds of insurance play no part.
    pub enum Scheme {
        /// Basic medical insurance of employees.
        Employee = "310", "职工医保", "employee", title "职工基本医疗保险", heading "职工" / "Employees";
        /// Basic medical insurance of urban and rural residents.
        Resident = "390", "居民医保", "resident", title "城乡居民基本医疗保险", heading "居民" / "Residents";
    }
}

vocabulary! {
    /// `regi_type`: on what ground the police know the person here.
    pub enum Registration {
        /// Registered with a household here.
        Household = "1", "户籍", "household";
        /// Has a residence permit for here.
        Permit = "2", "居住证", "residence permit";
    }
}

vocabulary! {
    /// `surv_stas`: whether the person lives.
    pub enum Survival {
        /// Alive.
        Alive = "1", "正常", "alive";
        /// Dead.
        Dead = "2", "死亡", "dead";
        /// Imprisoned.
        Imprisoned = "3", "收监", "imprisoned";
        /// Missing.
        Missing = "4", "失踪", "missing";
        /// Not known; counts as alive.
        Unknown = "9", "不明", "unknown";
    }
}

vocabulary! {
    /// What is wrong with a whole group of records that share months.
    pub enum DuplicateKind {
        /// Records of both schemes.
        CrossScheme = "cross_scheme", "跨制度", "both schemes", heading "跨制度（职工与居民）" / "Both schemes";
        /// Employee records of several areas.
        CrossRegionEmployee = "cross_region_employee", "职工跨地区", "employees, two regions",
            heading "职工跨地区" / "Employees, two regions";
        /// Resident records of several areas.
        CrossRegionResident = "cross_region_resident", "居民跨地区", "residents, two regions",
            heading "居民跨地区" / "Residents, two regions";
        /// Records of one scheme and one area.
        DoublePayment = "double_payment", "同地重复缴费", "paid twice", heading "同地重复缴费" / "Paid twice";
        /// No duplicate: the person died before the year began.
        Deceased = "deceased", "待遇开始前死亡", "died before cover", heading "待遇开始前死亡" / "Died before cover";
    }
}

vocabulary! {
    /// What is proposed for a record of a group.
    pub enum DuplicateAction {
        /// The record stands.
        Keep = "keep", "保留", "keep";
        /// The record should be paused.
        Pause = "pause", "暂停", "pause";
        /// The person or a clerk has to say which record stands.
        Confirm = "confirm", "由本人或经办人员确认", "to be confirmed", heading "待确认" / "To be confirmed";
    }
}

vocabulary! {
    /// The rule that judged a record of a group last.
    pub enum DuplicateReason {
        /// Across schemes: employed for long enough without a gap.
        Employee12Months = "employee_12_months", "职工连续参保满12个月", "employed long enough without a gap";
        /// Across schemes: not employed for long enough without a gap.
        FlexibleEmployment = "flexible_employment", "灵活就业由本人选择", "flexible employment, the person chooses";
        /// Employees in several areas: the latest employment.
        LatestEmployment = "latest_employment", "最近就业地", "place of the latest employment";
        /// Residents in several areas: at school in one of them.
        SchoolPlace = "school_place", "就读地", "place of the school";
        /// Residents in several areas: at home in one of them.
        ResidencePlace = "residence_place", "居住地", "place of residence";
        /// Residents in several areas: neither at school nor at home in one of them.
        PlaceUnknown = "place_unknown", "居住地不明", "place unknown";
        /// One scheme, one area: the record paid first.
        FirstPayment = "first_payment", "首次缴费", "first payment";
        /// Died before the year began.
        DeathBeforeCover = "death_before_cover", "待遇开始前死亡", "died before cover";
    }
}

vocabulary! {
    /// How a case of duplicate enrollment ended that is no longer on the clean-up list.
    pub enum DuplicateOutcome {
        /// The record is there, and is now the one to keep.
        Kept = "kept", "记录仍有效且现建议保留", "record kept", heading "保留该记录" / "Record kept";
        /// The record is there, and shares no month with another any more.
        NoLongerDuplicate = "no_longer_duplicate", "记录仍有效且已不在重复之列", "no longer duplicate",
            heading "不再重复" / "No longer duplicate";
        /// The record is no longer valid: paused, reversed, or not in the extract.
        RecordGone = "record_gone", "记录已不是有效参保", "record gone", heading "记录已停保或退费" / "Record gone";
        /// The audit does not tell.
        Unknown = "unknown", "看不出", "unknown", heading "结果不明" / "Unknown";
    }
}

vocabulary! {
    /// Whether a missed person was enrolled the year before.
    pub enum MissedKind {
        /// Enrolled last year and not this year.
        Lapsed = "lapsed", "断保（上年度参保）", "lapsed";
        /// Not enrolled last year.
        Never = "never", "其他", "never enrolled";
    }
}

vocabulary! {
    /// The ledgers in which missed persons are listed; one person may stand in several of them, or in none.
    pub enum Ledger {
        /// In a category of difficulty, or subsidised.
        Difficulty = "difficulty", "困难群众", "difficulty";
        /// Not yet one year old.
        Newborn = "newborn", "新生儿", "newborn";
        /// A migrant worker.
        Migrant = "migrant", "外出务工人员", "migrant";
        /// A student.
        Student = "student", "在校学生", "student";
        /// Enrolled last year and not this year.
        Lapsed = "lapsed", "断保人员", "lapsed";
    }
}

vocabulary! {
    /// Whether registration and payment agree.
    pub enum ReconciliationStatus {
        /// They agree, and with what is owed.
        Matched = "matched", "一致", "matched";
        /// Registered, and nothing arrived.
        RegisteredUnpaid = "registered_unpaid", "有登记无到账", "registered, not paid";
        /// Something arrived, and nobody is registered.
        PaidUnregistered = "paid_unregistered", "有到账无登记", "paid, not registered";
        /// The amounts differ.
        AmountMismatch = "amount_mismatch", "金额不符", "amounts differ";
        /// More than one payment arrived.
        PaidTwice = "paid_twice", "重复缴款", "paid twice";
    }
}

vocabulary! {
    /// Why cover begins when it does. The first that fits holds.
    pub enum BenefitBasis {
        /// A newborn paid for soon after birth.
        NewbornFromBirth = "newborn_from_birth", "新生儿自出生起", "newborn, from birth";
        /// Paid by the window's end, or at a time unknown.
        Concentrated = "concentrated", "集中缴费期", "paid in the window";
        /// A newborn paid for later, before the first birthday.
        NewbornAfterPayment = "newborn_after_payment", "新生儿自缴费次日起", "newborn, from the day after payment";
        /// A returning migrant worker.
        MigrantExtension = "migrant_extension", "返乡务工人员延长期", "extension for returning migrants";
        /// One of the pack's special groups.
        SpecialGroup = "special_group", "特殊群体", "special group";
        /// A late payer who has to wait.
        Waiting = "waiting", "等待期", "waiting";
        /// No cover in the year.
        None = "none", "不享受", "none";
    }
}

vocabulary! {
    /// The first test that a payment for a relative fails.
    pub enum MutualAidRefusal {
        /// Not one of the relations.
        Relation = "relation", "关系不在范围", "no listed relation";
        /// The payer's area is not of the region, or the payee's not of the province.
        OutOfProvince = "out_of_province", "不在规定地区", "out of the region or the province";
        /// The payer has no valid employee record.
        PayerNotEmployee = "payer_not_employee", "代缴人无职工医保", "the payer is no employee";
        /// The payee has a valid employee record.
        PayeeIsEmployee = "payee_is_employee", "参保人有职工医保", "the payee is an employee";
        /// Paid for another year.
        Year = "year", "年度不符", "another year";
        /// Paid outside the window.
        Window = "window", "不在缴费期", "outside the window";
    }
}

vocabulary! {
    /// Where care was given, seen from the place of insurance.
    pub enum Scope {
        /// In another province.
        CrossProvince = "cross_province", "跨省", "other provinces", heading "跨省" / "Other provinces";
        /// In another city of the province.
        InProvince = "in_province", "省内跨市", "elsewhere in the province", heading "省内异地" / "Elsewhere in the province";
        /// In the same city.
        Local = "local", "本市", "local", heading "本地" / "Local";
    }
}

vocabulary! {
    /// What kind of care a settlement paid for.
    pub enum Care {
        /// In hospital.
        Inpatient = "inpatient", "住院", "inpatient", heading "住院" / "Inpatient";
        /// Ordinary outpatient care.
        Outpatient = "outpatient", "普通门诊", "outpatient", heading "普通门诊" / "Outpatient";
        /// Outpatient care of chronic and special diseases.
        Chronic = "chronic", "门诊慢特病", "chronic disease", heading "门诊慢特病" / "Chronic disease";
        /// Bought at a designated pharmacy.
        Pharmacy = "pharmacy", "药店购药", "pharmacy", heading "定点药店" / "Pharmacy";
        /// Everything else.
        Other = "other", "其他", "other", heading "其他" / "Other";
    }
}

vocabulary! {
    /// Over which months a row of the settlement statistics counts.
    pub enum StatisticsSpan {
        /// The month alone.
        Month = "month", "当月", "month";
        /// From January to the month.
        Ytd = "ytd", "当年1月至当月累计", "year to date", heading "年内累计" / "year to date";
    }
}

vocabulary! {
    /// The rules, in the order in which they decide about a person.
    pub enum Rule {
        /// Whether a record counts for the year.
        Validity = "validity", "参保记录是否有效", "whether the record counts";
        /// Which categories are in force.
        Categories = "categories", "有效的身份类别", "categories in force";
        /// At school on the date.
        Student = "student", "是否在读学生", "whether a student";
        /// Who should be enrolled.
        Eligibility = "eligibility", "是否应参保", "who should be enrolled";
        /// Enrollment in earlier years.
        History = "history", "以前年度参保", "enrollment in earlier years";
        /// Who is enrolled twice.
        Duplicates = "duplicates", "重复参保", "duplicate enrollment";
        /// Registration against payment.
        Reconciliation = "reconciliation", "登记与税务到账对账", "registration against payment";
        /// Who pays less.
        Subsidy = "subsidy", "资助参保", "subsidy";
        /// Who is missed.
        Missed = "missed", "是否漏保及五本台账", "missed, and in which ledgers";
        /// From when a record covers.
        BenefitPeriod = "benefit_period", "待遇享受期", "benefit period";
        /// Rewards for staying enrolled.
        Incentive = "incentive", "连续参保与零报销激励", "incentives for staying enrolled";
        /// Paying for relatives.
        MutualAid = "mutual_aid", "个人账户共济代缴", "paying for relatives";
    }
}
