//! The datasets of `duplicate-cleanup`.

use super::super::spec::ColumnKind::{Day, Int32, Moment, Money, Name, Text};
use super::super::spec::{ColumnSpec, DatasetSpec, column};
use super::{ACTION, CERTNO, DUPLICATE_KIND, DUPLICATE_REASON, INSU_ADMDVS, INSUTYPE, PSN_NO};
use canbao_rules::listed;
use canbao_rules::rules::DuplicateOutcome;

const CASE_NO: ColumnSpec = column("case_no", Text, "案件编号", "待遇年度-顺序号；同一条记录在各期清单中编号不变，同一统筹区内不重复使用");
const PSN_NAME: ColumnSpec = column("psn_name", Name, "姓名", "取自参保核查；均无姓名时为空").or_null();
const ACCRYM_BEGN: ColumnSpec = column("accrym_begn", Text, "费款所属期起", "费款所属的第一个月，yyyyMM");
const ACCRYM_END: ColumnSpec = column("accrym_end", Text, "费款所属期止", "费款所属的最后一个月，yyyyMM");
const CLCT_TIME: ColumnSpec = column("clct_time", Moment, "缴费时间", "当地时间，不带时区；参保缴费数据未载时为空").or_null();
const PSN_CLCT_AMT: ColumnSpec = column("psn_clct_amt", Money, "个人缴费", "元；参保缴费数据未载时为空").or_null();
const REFUND_AMT: ColumnSpec = column("refund_amt", Money, "应退金额", "元；暂停的居民医保记录在待遇年度开始前可退个人缴费，其余为0");
const RESD_ADMDVS: ColumnSpec = column("resd_admdvs", Text, "居住地区划", "9位或12位，取自户籍数据；无户籍或居住证记录时为空").or_null();
const TOWNSHIP: ColumnSpec = column("township", Text, "乡镇（街道）", "居住地区划的前9位；居住地不在本统筹区时为空").or_null();
const TOWNSHIP_NAME: ColumnSpec = column("township_name", Text, "乡镇（街道）名称", "取自任务分解；任务分解中没有时为空").or_null();
const FIRST_SEEN: ColumnSpec = column("first_seen", Day, "首次发现", "首次列入清单的基准日");
const REOPENED_FROM: ColumnSpec =
    column("reopened_from", Text, "原案件编号", "同一条记录曾经了结、后又出现时，此前的案件编号；其余为空").or_null();
const MATCH_KEY: ColumnSpec =
    column("match_key", Text, "跨期匹配码", "仅在证件号码脱敏或以假名发布时有值：由密钥得出的散列，用于下期清单认出同一条记录").or_null();

/// One row a record that a clerk has to see to.
pub static CLEANUP_WORKLIST: DatasetSpec = DatasetSpec {
    name: "cleanup_worklist",
    title: "重复参保清理清单",
    meaning: "建议暂停或待确认的参保记录，每条一行；处理方式为建议，由经办人员决定",
    order: "按乡镇（街道）升序，居住地不在本统筹区的在后；同一乡镇内按参保核查重复参保清单的先后",
    columns: &[
        CASE_NO,
        CERTNO,
        PSN_NAME,
        DUPLICATE_KIND,
        PSN_NO,
        INSUTYPE,
        INSU_ADMDVS,
        ACCRYM_BEGN,
        ACCRYM_END,
        CLCT_TIME,
        PSN_CLCT_AMT,
        column("overlap_begn", Text, "重叠期起", "yyyyMM；与其他任一记录共有的第一个月；无重叠时为空").or_null(),
        column("overlap_end", Text, "重叠期止", "yyyyMM；与其他任一记录共有的最后一个月；无重叠时为空").or_null(),
        column(
            "collides_with",
            Text,
            "与之重叠的记录",
            "暂停的记录：与之重叠的保留记录；待确认的记录：与之重叠的其他记录。险种、参保地、所属期、缴费日期、金额；无重叠时为空",
        )
        .or_null(),
        ACTION,
        DUPLICATE_REASON,
        column("reason_text", Text, "理由说明", "为何列入、建议如何处理"),
        REFUND_AMT,
        column("receiving_area", Text, "接收地区", "与之重叠的保留记录的参保地区划，即须告知的经办机构所在地；多个以分号相连；没有时为空")
            .or_null(),
        RESD_ADMDVS,
        TOWNSHIP,
        TOWNSHIP_NAME,
        FIRST_SEEN,
        column("days_open", Int32, "未了结天数", "基准日与首次发现相距的天数"),
        REOPENED_FROM,
        MATCH_KEY,
    ],
};

/// One row a case that was on an earlier list of the year and is gone.
pub static CLEANUP_SETTLED: DatasetSpec = DatasetSpec {
    name: "cleanup_settled",
    title: "重复参保已了结案件",
    meaning: "本待遇年度曾列入清单、后不再列入的记录，每件一行；各期累计，本期了结的为了结日期等于基准日的行",
    order: "按案件编号升序",
    columns: &[
        CASE_NO,
        CERTNO,
        PSN_NAME,
        DUPLICATE_KIND,
        PSN_NO,
        INSUTYPE,
        INSU_ADMDVS,
        ACCRYM_BEGN,
        ACCRYM_END,
        CLCT_TIME,
        PSN_CLCT_AMT,
        ACTION,
        DUPLICATE_REASON,
        REFUND_AMT,
        RESD_ADMDVS,
        TOWNSHIP,
        TOWNSHIP_NAME,
        FIRST_SEEN,
        column("last_seen", Day, "最后列入", "最后一次列入清单的基准日"),
        column("settled_on", Day, "了结日期", "首次不再列入清单的基准日"),
        column("days_open", Int32, "历时天数", "首次发现与了结日期相距的天数"),
        column("outcome", Text, "结果", listed!("据参保核查：", DuplicateOutcome, "")),
        REOPENED_FROM,
        MATCH_KEY,
    ],
};

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::spec::{IDENTITY, MEANING, TITLE};

    #[test]
    fn every_column_is_named_once_and_explained() {
        for spec in [&CLEANUP_WORKLIST, &CLEANUP_SETTLED] {
            let schema = spec.schema();
            let names: HashSet<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
            assert_eq!(names.len(), spec.columns.len(), "{}", spec.name);
            for field in schema.fields() {
                assert!(!field.metadata()[TITLE].is_empty() && !field.metadata()[MEANING].is_empty(), "{}", field.name());
            }
            let personal = schema.fields().iter().filter(|field| field.metadata().contains_key(IDENTITY));
            assert_eq!(personal.map(|field| field.name().as_str()).collect::<Vec<_>>(), ["certno", "psn_name", "psn_no"]);
        }
    }
}
