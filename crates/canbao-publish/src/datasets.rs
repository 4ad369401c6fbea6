//! The datasets of the built-in operators, column by column, as the contract lists them.
//!
//! Titles and meanings are written for the bureau that opens the files, so they are Chinese, and they
//! state no figure of any policy: figures are the pack's.

use super::spec::ColumnKind::{Bool, Certno, Day, Int32, Int64, Moment, Money, Name, Percent, PersonNo, RawValue, Text, TextList};
use super::spec::{ColumnSpec, DatasetSpec, column};
use canbao_rules::listed;
use canbao_rules::policy::{Category, Payer};
use canbao_rules::rules::{
    BenefitBasis, Care, DuplicateAction, DuplicateKind, DuplicateReason, MissedKind, MutualAidRefusal, ReconciliationStatus, Registration,
    RejectReason, Scheme, Scope, StatisticsSpan, Survival,
};

mod bulletin;
mod cleanup;

pub use bulletin::BULLETIN_FIGURES;
pub use cleanup::{CLEANUP_SETTLED, CLEANUP_WORKLIST};

/// Every dataset that `settlement-statistics` publishes.
pub static SETTLEMENT: [&DatasetSpec; 4] = [&SETTLEMENT_STATISTICS, &CHRONIC_STATISTICS, &SETTLEMENT_REVISIONS, &REJECTS];

/// Every dataset that `enrollment-audit` can publish, in the order of the contract.
pub static ENROLLMENT_AUDIT: [&DatasetSpec; 10] = [
    &PERSON,
    &DUPLICATE_ENROLLMENT,
    &MISSED_ENROLLMENT,
    &SUBSIDY,
    &BENEFIT_PERIOD,
    &INCENTIVE,
    &PROGRESS,
    &RECONCILIATION,
    &MUTUAL_AID_CHECK,
    &REJECTS,
];

const BY_PERSON: &str = "按证件号码升序：居民身份证在前，其他证件按证件类型、证件号码排在其后";
const BY_PERSON_THEN_PAYMENT: &str = "按证件号码升序：居民身份证在前，其他证件按证件类型、证件号码排在其后；同一人按缴费时间（未载时间的在后），再按人员编号、险种、参保地区划、费款所属期";

const CERTNO: ColumnSpec = column("certno", Certno, "证件号码", "居民身份证号码为18位（15位、全角、残疾人证号已统一）；其他证件为原号码");
const PSN_NAME: ColumnSpec = column("psn_name", Name, "姓名", "依次取自户籍、学籍、参保缴费、身份类别数据；均无姓名时为空").or_null();
const INSUTYPE: ColumnSpec = column("insutype", Text, "险种", listed!("", titles of Scheme, ""));
const INSU_ADMDVS: ColumnSpec = column("insu_admdvs", Text, "参保地区划", "6位行政区划代码");
const PSN_NO: ColumnSpec = column("psn_no", PersonNo, "人员编号", "医保信息平台的人员编号");
const CLCT_TIME: ColumnSpec = column("clct_time", Moment, "缴费时间", "当地时间，不带时区；参保缴费数据未载时为空").or_null();
const TOWNSHIP: ColumnSpec = column("township", Text, "乡镇（街道）", "居住地区划的前9位；无户籍或居住证记录时为空").or_null();
const SUBSIDY_CATEGORY: ColumnSpec = column(
    "subsidy_category",
    Text,
    "资助类别",
    listed!("基准日有效、资助金额最高的类别；", Category::terms_until(Category::TwoDaughterHousehold), "、", "；无资助类别或已死亡时为空"),
)
.or_null();
const DUPLICATE_KIND: ColumnSpec = column("kind", Text, "重复类型", listed!(DuplicateKind));
const ACTION: ColumnSpec = column("action", Text, "建议处理", listed!(DuplicateAction));
const DUPLICATE_REASON: ColumnSpec = column("reason", Text, "理由", listed!(DuplicateReason));
const ENROLLED_HERE: ColumnSpec = column("enrolled_here", Bool, "在本统筹区参加居民医保", "在本统筹区有待遇年度有效的居民医保参保缴费记录");

/// One row a person: who was seen, who should be enrolled, who is.
pub static PERSON: DatasetSpec = DatasetSpec {
    name: "person",
    title: "一人一档",
    meaning: "户籍与居住证人口、本地学校学生、本统筹区居民医保参保人，每人一行",
    order: BY_PERSON,
    columns: &[
        CERTNO,
        PSN_NAME,
        column("gend", Text, "性别", "户籍数据所载代码；无户籍记录时由居民身份证第17位判断，1 男，2 女；均无时为空").or_null(),
        column("brdy", Day, "出生日期", "以居民身份证号码为准；其他证件取自户籍数据；均无时为空").or_null(),
        column("resd_admdvs", Text, "居住地区划", "9位或12位，取自户籍数据；无户籍或居住证记录时为空").or_null(),
        TOWNSHIP,
        column("regi_type", Text, "登记类型", listed!("", Registration, "；无户籍或居住证记录时为空")).or_null(),
        column("surv_stas", Text, "生存状态", listed!("", Survival, "；无户籍记录时为空，按正常对待")).or_null(),
        column("student", Bool, "在读学生", "基准日在学籍有效期内，不限学校所在地"),
        column("eligible", Bool, "应参保", "在世，且为本地户籍、持本地居住证或在本地学校就读；现役军人除外"),
        column("covered_by", TextList, "待遇年度有效参保", "每项为 险种@参保地区划，按字符升序；没有时为空列表"),
        ENROLLED_HERE,
        column("prior_enrolled", Bool, "上年度参保", "上一年度有有效参保缴费记录，不限险种与地区"),
        column("consecutive_years", Int32, "连续参保年数", "年；截至上一年度，职工与居民均计"),
        column("duplicate", Bool, "重复参保", "有两条以上所属期重叠的有效记录；仅因死亡列出的单条记录不计"),
        column("missed", Bool, "漏保", "应参保而待遇年度没有任何有效参保记录"),
        SUBSIDY_CATEGORY,
    ],
};

/// One row a record of a duplicate group, with the proposed action.
pub static DUPLICATE_ENROLLMENT: DatasetSpec = DatasetSpec {
    name: "duplicate_enrollment",
    title: "重复参保清单",
    meaning: "所属期相互重叠的有效参保记录，每条一行；处理方式为建议，由经办人员决定",
    order: BY_PERSON_THEN_PAYMENT,
    columns: &[
        CERTNO,
        PSN_NAME,
        DUPLICATE_KIND,
        PSN_NO,
        INSUTYPE,
        INSU_ADMDVS,
        column("accrym_begn", Text, "费款所属期起", "费款所属的第一个月，yyyyMM"),
        column("accrym_end", Text, "费款所属期止", "费款所属的最后一个月，yyyyMM"),
        CLCT_TIME,
        column("psn_clct_amt", Money, "个人缴费", "元；参保缴费数据未载时为空").or_null(),
        column("overlap_begn", Text, "重叠期起", "yyyyMM；与其他任一记录共有的第一个月，不截至待遇年度；无重叠时为空").or_null(),
        column("overlap_end", Text, "重叠期止", "yyyyMM；与其他任一记录共有的最后一个月，不截至待遇年度；无重叠时为空").or_null(),
        ACTION,
        DUPLICATE_REASON,
        column("refund_amt", Money, "应退金额", "元；暂停的居民医保记录在待遇年度开始前可退个人缴费，其余为0"),
    ],
};

/// One row an eligible person who is not covered.
pub static MISSED_ENROLLMENT: DatasetSpec = DatasetSpec {
    name: "missed_enrollment",
    title: "漏保清单",
    meaning: "应参保而待遇年度没有任何有效参保记录的人员，每人一行，附五本台账",
    order: BY_PERSON,
    columns: &[
        CERTNO,
        PSN_NAME,
        column("brdy", Day, "出生日期", "以居民身份证号码为准；其他证件取自户籍数据；均无时为空").or_null(),
        TOWNSHIP,
        column("kind", Text, "漏保类型", listed!(MissedKind)),
        column("ledger_difficulty", Bool, "困难群众台账", "基准日属于困难群众或受资助类别"),
        column("ledger_newborn", Bool, "新生儿台账", "基准日未满一周岁"),
        column("ledger_migrant", Bool, "外出务工人员台账", "基准日属于外出务工人员"),
        column("ledger_student", Bool, "在校学生台账", "基准日为在读学生"),
        column("ledger_lapsed", Bool, "断保人员台账", "上年度参保，待遇年度未参保"),
        SUBSIDY_CATEGORY,
        column("personal_amt", Money, "个人应缴", "元；扣除资助后的个人缴费标准"),
    ],
};

/// One row a person with a subsidised category in force.
pub static SUBSIDY: DatasetSpec = DatasetSpec {
    name: "subsidy",
    title: "资助参保清单",
    meaning: "基准日有受资助类别且在世的人员，每人一行；多个类别取资助金额最高者，不叠加",
    order: BY_PERSON,
    columns: &[
        CERTNO,
        PSN_NAME,
        TOWNSHIP,
        column("category", Text, "资助类别", "资助金额最高的类别，代码同一人一档的资助类别"),
        column("categories", Text, "全部身份类别", "基准日有效的全部类别，不论有无资助，以分号相连"),
        column("premium_personal", Money, "个人缴费标准", "元"),
        column("subsidy_amt", Money, "资助金额", "元"),
        column("personal_amt", Money, "个人应缴", "元；个人缴费标准减资助金额"),
        column("payer", Text, "资助资金来源", listed!("", Payer, "；文件未写明时为空")).or_null(),
        ENROLLED_HERE,
        column("paid_amt", Money, "实缴金额", "元；待遇年度税务到账成功金额合计，截至基准日；无税务到账数据时为空").or_null(),
        column("overpaid_amt", Money, "多缴金额", "元；实缴超过个人应缴的部分，不少于0；无税务到账数据时为空").or_null(),
    ],
};

/// One row a valid resident record: from when to when it covers.
pub static BENEFIT_PERIOD: DatasetSpec = DatasetSpec {
    name: "benefit_period",
    title: "待遇享受期",
    meaning: "本统筹区待遇年度有效的居民医保参保缴费记录，每条一行",
    order: BY_PERSON_THEN_PAYMENT,
    columns: &[
        CERTNO,
        PSN_NO,
        CLCT_TIME,
        column("basis", Text, "依据", listed!(BenefitBasis)),
        column("waiting_months", Int32, "等待期", "月；依据不是 waiting 时为0"),
        column("benefit_begn", Day, "待遇开始日", "当日起享受；待遇年度内不享受时为空").or_null(),
        column("benefit_end", Day, "待遇结束日", "当日止；待遇年度内不享受时为空").or_null(),
    ],
};

/// One row a person enrolled here, in packs that reward steady enrollment.
pub static INCENTIVE: DatasetSpec = DatasetSpec {
    name: "incentive",
    title: "连续参保与零报销激励",
    meaning: "在本统筹区参加居民医保的人员，每人一行：大病保险封顶线的提高额度",
    order: BY_PERSON,
    columns: &[
        CERTNO,
        column("consecutive_years", Int32, "连续参保年数", "年；截至上一年度，只计居民医保，不限地区"),
        column("zero_claim_years", Int32, "零报销年数", "年；有居民医保参保且当年基金支付不大于0的年数，使用过激励额度后重新计算"),
        column("uplift_consecutive", Money, "连续参保提高额度", "元"),
        column("uplift_zero_claim", Money, "零报销提高额度", "元"),
        column("uplift_total", Money, "提高额度合计", "元；不超过文件规定的上限"),
        column("capped", Bool, "已达上限", "合计因上限而减少；大病保险封顶线未知时为空").or_null(),
    ],
};

/// One row a township, then the total.
pub static PROGRESS: DatasetSpec = DatasetSpec {
    name: "progress",
    title: "参保进度",
    meaning: "每个乡镇（街道）一行，最后一行 TOTAL 为全部人员的合计",
    order: "按区划代码升序，TOTAL 在最后",
    columns: &[
        column("admdvs", Text, "区划", "9位行政区划代码；TOTAL 为合计"),
        column("name", Text, "名称", "取自任务分解；任务分解中没有时为空").or_null(),
        column("registered", Int64, "户籍人口数", "人；取自任务分解，TOTAL 为各行之和；任务分解中没有时为空").or_null(),
        column("target", Int64, "目标任务数", "人；取自任务分解，TOTAL 为各行之和；任务分解中没有时为空").or_null(),
        column("eligible", Int64, "应参保人数", "人"),
        column("enrolled", Int64, "已参保人数", "人；在本统筹区有待遇年度有效的居民医保参保缴费记录"),
        column("completion_pct", Percent, "任务完成率", "百分比；已参保人数比目标任务数；无任务数时为空").or_null(),
        column("enrollment_pct", Percent, "参保率", "百分比；应参保且已参保人数比应参保人数；应参保人数为0时为空").or_null(),
        column("paid_today", Int64, "当日缴费人数", "人；缴费时间在基准日当天"),
        column("rank", Int32, "完成率名次", "按未舍入的完成率从高到低，相同者并列；无任务数及合计行为空").or_null(),
        column("reaches_required", Bool, "参保率达标", "参保率不低于文件要求；文件未要求时为空").or_null(),
        column("stated_total_diff", Int64, "文件合计差额", "人；仅合计行：任务分解所载目标合计减各行之和；未载合计时为空").or_null(),
    ],
};

/// One row a person: what was registered against what the tax office received.
pub static RECONCILIATION: DatasetSpec = DatasetSpec {
    name: "reconciliation",
    title: "登记与税务到账对账",
    meaning: "待遇年度有本统筹区有效居民医保记录或成功缴款的人员，每人一行",
    order: BY_PERSON,
    columns: &[
        CERTNO,
        column("registered_amt", Money, "登记金额", "元；本统筹区有效居民医保记录的个人缴费合计"),
        column("paid_amt", Money, "到账金额", "元；成功缴款合计，截至基准日"),
        column("expected_amt", Money, "应缴金额", "元；扣除资助后的个人缴费标准"),
        column("status", Text, "对账结果", listed!(ReconciliationStatus)),
    ],
};

/// One row a good row of `mutual_aid`.
pub static MUTUAL_AID_CHECK: DatasetSpec = DatasetSpec {
    name: "mutual_aid_check",
    title: "个人账户共济代缴核验",
    meaning: "个人账户共济代缴的每条可读记录一行，附核验结果",
    order: "按输入数据中的先后",
    columns: &[
        column("payer_certno", Certno, "代缴人证件号码", "职工医保个人账户所有人"),
        column("payer_admdvs", Text, "代缴人参保地区划", "6位行政区划代码"),
        column("payee_certno", Certno, "参保人证件号码", "由他人代缴的居民医保参保人"),
        column("payee_admdvs", Text, "参保人参保地区划", "6位行政区划代码"),
        column("relation", Text, "代缴关系", "代缴人与参保人的关系，输入数据原文"),
        column("clct_year", Int32, "缴费年度", "年"),
        column("pay_time", Moment, "支付时间", "当地时间，不带时区"),
        column("pay_amt", Money, "支付金额", "元"),
        column("valid", Bool, "符合规定", "通过全部核验"),
        column("reason", Text, "不符合的原因", listed!("第一个未通过的核验：", MutualAidRefusal, "；符合规定时为空")).or_null(),
    ],
};

const PERIOD: ColumnSpec = column("period", Text, "月份", "yyyy-MM");
const SPAN: ColumnSpec = column("span", Text, "期间", listed!(StatisticsSpan));
const SCOPE: ColumnSpec = column("scope", Text, "就医范围", listed!("按参保地与就医地区划：", Scope, ""));
const CARE: ColumnSpec = column("care", Text, "医疗类别", listed!(Care));
const STATISTICS_INSUTYPE: ColumnSpec = column("insutype", Text, "险种", listed!("", titles of Scheme, "，all 两者合计"));
const DISE_CODG: ColumnSpec = column("dise_codg", Text, "病种", "病种编码前4位（大写）；M07800 单列；结算数据未载编码时为空").or_null();

/// The measures of settlement statistics.
const PERSON_TIMES: ColumnSpec = column("person_times", Int64, "人次", "结算每笔加1，退费每笔减1");
const PERSONS: ColumnSpec = column("persons", Int64, "人数", "人；期间内人次大于0的证件号码，每人只计一次");
const MEDFEE_SUMAMT: ColumnSpec = column("medfee_sumamt", Money, "总费用", "元；退费按原符号计入");
const INSCP_SCP_AMT: ColumnSpec = column("inscp_scp_amt", Money, "政策范围内金额", "元；退费按原符号计入");
const FUND_PAY_SUMAMT: ColumnSpec = column("fund_pay_sumamt", Money, "基金支付", "元；退费按原符号计入");
const IN_POLICY_PCT: ColumnSpec =
    column("in_policy_pct", Percent, "政策范围内报销比例", "百分比；基金支付比政策范围内金额；后者不大于0时为空").or_null();
const PERSON_TIMES_PREV: ColumnSpec =
    column("person_times_prev", Int64, "上年同期人次", "基准日不是月末时，该月及其累计比到上年同一日；上年同期没有结算时为0");
const FUND_PAY_PREV: ColumnSpec = column("fund_pay_prev", Money, "上年同期基金支付", "元；期间同上年同期人次");
const PERSON_TIMES_GROWTH_PCT: ColumnSpec =
    column("person_times_growth_pct", Percent, "人次同比增长", "百分比，下降为负；上年同期人次不大于0时为空").or_null();
const FUND_PAY_GROWTH_PCT: ColumnSpec =
    column("fund_pay_growth_pct", Percent, "基金支付同比增长", "百分比，下降为负；上年同期基金支付不大于0时为空").or_null();

/// One row a month, span, scope, kind of care and insurance.
pub static SETTLEMENT_STATISTICS: DatasetSpec = DatasetSpec {
    name: "settlement_statistics",
    title: "医保结算统计",
    meaning: "本统筹区参保人的结算，按月份、期间、就医范围、医疗类别、险种各一行；本期和上年同期都没有结算的不列；未经小单元格抑制，仅供内部使用",
    order: "按月份、期间（当月、累计）、就医范围（跨省、省内跨市、本市）、医疗类别（住院、普通门诊、门诊慢特病、药店、其他）、险种（310、390、合计）",
    columns: &[
        PERIOD,
        SPAN,
        SCOPE,
        CARE,
        STATISTICS_INSUTYPE,
        PERSON_TIMES,
        PERSONS,
        MEDFEE_SUMAMT,
        INSCP_SCP_AMT,
        FUND_PAY_SUMAMT,
        IN_POLICY_PCT,
        PERSON_TIMES_PREV,
        FUND_PAY_PREV,
        PERSON_TIMES_GROWTH_PCT,
        FUND_PAY_GROWTH_PCT,
    ],
};

/// One row a month, span, scope, insurance and disease family.
pub static CHRONIC_STATISTICS: DatasetSpec = DatasetSpec {
    name: "chronic_statistics",
    title: "门诊慢特病统计",
    meaning: "本统筹区参保人的门诊慢特病结算，按月份、期间、就医范围、险种、病种各一行；本期和上年同期都没有结算的不列；未经小单元格抑制，仅供内部使用",
    order: "按月份、期间（当月、累计）、就医范围（跨省、省内跨市、本市）、险种（310、390、合计）、病种编码升序（无编码的在后）",
    columns: &[
        PERIOD,
        SPAN,
        SCOPE,
        STATISTICS_INSUTYPE,
        DISE_CODG,
        column("dise_name", Text, "病种名称", "政策包中的名称；没有时取结算时间最晚的一笔所载名称；均无时为空").or_null(),
        PERSON_TIMES,
        PERSONS,
        MEDFEE_SUMAMT,
        INSCP_SCP_AMT,
        FUND_PAY_SUMAMT,
        IN_POLICY_PCT,
        PERSON_TIMES_PREV,
        FUND_PAY_PREV,
        PERSON_TIMES_GROWTH_PCT,
        FUND_PAY_GROWTH_PCT,
    ],
};

/// One row a published figure that is another one now.
pub static SETTLEMENT_REVISIONS: DatasetSpec = DatasetSpec {
    name: "settlement_revisions",
    title: "结算统计修订",
    meaning: "与基准日更早的最近一次发布相比，已结束月份中发生变化的指标，每项一行；没有更早的发布或没有变化时为空表",
    order: "按数据集（医保结算统计、门诊慢特病统计），再按其行与列的先后",
    columns: &[
        column("dataset", Text, "数据集", "settlement_statistics 医保结算统计，chronic_statistics 门诊慢特病统计"),
        PERIOD,
        SPAN,
        SCOPE,
        CARE,
        STATISTICS_INSUTYPE,
        column("dise_codg", Text, "病种", "同门诊慢特病统计；医保结算统计为空").or_null(),
        column("measure", Text, "指标", "发生变化的列名"),
        column("old_value", Money, "原值", "人次、人数，或元，或百分比，随指标而定；原为空时为空").or_null(),
        column("new_value", Money, "新值", "单位同原值；现为空时为空").or_null(),
        column("compared_with", Text, "对比的发布", "快照名称"),
    ],
};

/// One row an input row that was not used.
pub static REJECTS: DatasetSpec = DatasetSpec {
    name: "rejects",
    title: "未采用的数据行",
    meaning: "每条未采用的输入行一行，附第一个问题；采用的行与本表的行合计等于读入的行",
    order: "按数据在契约中的先后、文件、行号升序",
    columns: &[
        column("source", Text, "数据", "如 household、enrollment"),
        column("file", Text, "文件", "数据目录下的路径，以 / 分隔"),
        column("line", Int64, "行号", "记录开始的行，标题行为1；工作簿为工作表的行，Parquet 为行序加1"),
        column("column", Text, "列", "有问题的列，平台名称；bad_row 与 superseded 为空").or_null(),
        column("value", RawValue, "原值", "输入数据原文；bad_row 与 superseded 为空").or_null(),
        column("reason", Text, "原因", listed!(RejectReason)),
    ],
};

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::spec::{IDENTITY, MEANING, TITLE};

    #[test]
    fn every_column_is_named_once_and_explained() {
        for spec in ENROLLMENT_AUDIT.into_iter().chain(SETTLEMENT) {
            let schema = spec.schema();
            let names: HashSet<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
            assert_eq!(names.len(), spec.columns.len(), "{}", spec.name);
            for field in schema.fields() {
                assert!(!field.metadata()[TITLE].is_empty(), "{}.{}", spec.name, field.name());
                assert!(!field.metadata()[MEANING].is_empty(), "{}.{}", spec.name, field.name());
            }
        }
    }

    #[test]
    fn personal_columns_are_marked() {
        let marked = |spec: &DatasetSpec| -> Vec<String> {
            let schema = spec.schema();
            let fields = schema.fields().iter().filter_map(|f| Some(format!("{}:{}", f.name(), f.metadata().get(IDENTITY)?)));
            fields.collect()
        };
        assert_eq!(marked(&DUPLICATE_ENROLLMENT), ["certno:certno", "psn_name:name", "psn_no:psn_no"]);
        assert_eq!(marked(&MUTUAL_AID_CHECK), ["payer_certno:certno", "payee_certno:certno"]);
        assert_eq!(marked(&REJECTS), ["value:value"]);
        for of_no_person in [&PROGRESS, &SETTLEMENT_STATISTICS, &CHRONIC_STATISTICS, &SETTLEMENT_REVISIONS] {
            assert!(marked(of_no_person).is_empty());
        }
    }
}
