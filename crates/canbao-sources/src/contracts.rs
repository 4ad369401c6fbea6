//! The nine extracts: platform names, Chinese headers, kinds and required columns.

use super::contract::{Column, Contract, Kind, Repeats};

/// The key column of extracts with one person a row.
const KEY: Kind = Kind::Certificate { key: "key" };
/// A county's code.
const COUNTY: Kind = Kind::Area(&[6]);
/// No and yes.
const FLAG: Kind = Kind::Code(&["0", "1"]);
/// The platform's insurance types (险种).
const INSUTYPES: Kind = Kind::Code(&["310", "320", "330", "340", "350", "360", "370", "380", "390", "391", "392", "410", "510"]);

const fn required(name: &'static str, headers: &'static [&'static str], kind: Kind) -> Column {
    Column { name, headers, kind, required: true }
}

const fn optional(name: &'static str, headers: &'static [&'static str], kind: Kind) -> Column {
    Column { name, headers, kind, required: false }
}

/// 户籍与居住证人口.
pub static HOUSEHOLD: Contract = Contract {
    name: "household",
    title: "户籍与居住证人口",
    columns: &[
        required("certno", &["证件号码"], KEY),
        optional("psn_cert_type", &["证件类型"], Kind::CertificateType),
        required("psn_name", &["姓名"], Kind::Text),
        optional("gend", &["性别"], Kind::Text),
        required("brdy", &["出生日期"], Kind::Date),
        optional("hshd_no", &["户号"], Kind::Text),
        optional("hshd_rlts", &["与户主关系"], Kind::Text),
        required("resd_admdvs", &["居住地区划"], Kind::Area(&[9, 12])),
        required("regi_type", &["登记类型"], Kind::Code(&["1", "2"])),
        required("surv_stas", &["生存状态"], Kind::Code(&["1", "2", "3", "4", "9"])),
        optional("updt_time", &["更新时间"], Kind::Moment),
    ],
    period: None,
    repeats: Repeats::NewestStands(Some("updt_time")),
    not_yet: None,
};

/// 身份类别.
pub static IDENTITY: Contract = Contract {
    name: "identity",
    title: "身份类别",
    columns: &[
        required("certno", &["证件号码"], KEY),
        optional("psn_cert_type", &["证件类型"], Kind::CertificateType),
        optional("psn_name", &["姓名"], Kind::Text),
        required("psn_idet_type", &["人员身份类别"], Kind::IdentityLabel),
        required("begntime", &["开始", "开始日期"], Kind::Date),
        optional("endtime", &["结束", "结束日期"], Kind::Date),
        optional("dept", &["来源部门"], Kind::Text),
    ],
    period: Some(("begntime", "endtime")),
    repeats: Repeats::FirstStands,
    not_yet: None,
};

/// 参保缴费.
pub static ENROLLMENT: Contract = Contract {
    name: "enrollment",
    title: "参保缴费",
    columns: &[
        required("psn_no", &["人员编号"], Kind::Text),
        required("certno", &["证件号码"], KEY),
        optional("psn_cert_type", &["证件类型"], Kind::CertificateType),
        optional("psn_name", &["姓名"], Kind::Text),
        required("insutype", &["险种"], INSUTYPES),
        required("insu_admdvs", &["参保地区划"], COUNTY),
        optional("psn_type", &["人员类别"], Kind::Text),
        required("psn_insu_stas", &["参保状态"], Kind::Text),
        optional("psn_insu_date", &["参保日期"], Kind::Date),
        required("accrym_begn", &["费款所属期起"], Kind::Month),
        required("accrym_end", &["费款所属期止"], Kind::Month),
        required("clct_flag", &["到账"], FLAG),
        optional("clct_time", &["缴费时间"], Kind::Moment),
        optional("psn_clct_amt", &["个人缴费"], Kind::Amount),
        optional("finsubs_amt", &["财政补助"], Kind::Amount),
        optional("revs_flag", &["冲销"], Kind::Text),
    ],
    period: Some(("accrym_begn", "accrym_end")),
    repeats: Repeats::FirstStands,
    not_yet: None,
};

/// 学籍.
pub static STUDENT: Contract = Contract {
    name: "student",
    title: "学籍",
    columns: &[
        required("certno", &["证件号码"], KEY),
        optional("psn_cert_type", &["证件类型"], Kind::CertificateType),
        optional("psn_name", &["姓名"], Kind::Text),
        optional("school_name", &["学校"], Kind::Text),
        required("school_admdvs", &["学校区划"], Kind::Area(&[6, 9, 12])),
        required("begntime", &["开始", "开始日期"], Kind::Date),
        optional("endtime", &["结束", "结束日期"], Kind::Date),
        optional("updt_time", &["更新时间"], Kind::Moment),
    ],
    period: Some(("begntime", "endtime")),
    repeats: Repeats::NewestStands(Some("updt_time")),
    not_yet: None,
};

/// 税务到账.
pub static PAYMENT: Contract = Contract {
    name: "payment",
    title: "税务到账",
    columns: &[
        required("order_no", &["订单号"], Kind::Text),
        required("certno", &["证件号码"], KEY),
        optional("psn_cert_type", &["证件类型"], Kind::CertificateType),
        optional("psn_name", &["姓名"], Kind::Text),
        required("clct_year", &["缴费年度"], Kind::Year),
        required("pay_time", &["支付时间"], Kind::Moment),
        required("pay_amt", &["支付金额"], Kind::Amount),
        required("pay_stas", &["支付状态"], Kind::Code(&["1", "2"])),
    ],
    period: None,
    repeats: Repeats::FirstStands,
    not_yet: None,
};

/// 个人账户共济代缴.
pub static MUTUAL_AID: Contract = Contract {
    name: "mutual_aid",
    title: "个人账户共济代缴",
    columns: &[
        required("payer_certno", &["代缴人证件号码"], Kind::Certificate { key: "payer_key" }),
        required("payer_admdvs", &["代缴人参保地区划"], COUNTY),
        required("payee_certno", &["参保人证件号码"], Kind::Certificate { key: "payee_key" }),
        required("payee_admdvs", &["参保人参保地区划"], COUNTY),
        required("relation", &["代缴关系"], Kind::Text),
        required("clct_year", &["缴费年度"], Kind::Year),
        required("pay_time", &["支付时间"], Kind::Moment),
        required("pay_amt", &["支付金额"], Kind::Amount),
    ],
    period: None,
    repeats: Repeats::Allowed,
    not_yet: None,
};

/// 任务分解.
pub static TARGET: Contract = Contract {
    name: "target",
    title: "任务分解",
    columns: &[
        required("admdvs", &["区划"], Kind::AreaOrTotal(9)),
        required("name", &["名称"], Kind::Text),
        required("registered", &["户籍人口数"], Kind::Count),
        required("target", &["目标任务数"], Kind::Count),
    ],
    period: None,
    repeats: Repeats::Allowed,
    not_yet: None,
};

/// 结算.
pub static SETTLEMENT: Contract = Contract {
    name: "settlement",
    title: "结算",
    columns: &[
        required("setl_id", &["结算编号"], Kind::Text),
        optional("mdtrt_id", &["就诊编号"], Kind::Text),
        optional("psn_no", &["人员编号"], Kind::Text),
        required("certno", &["证件号码"], KEY),
        optional("psn_cert_type", &["证件类型"], Kind::CertificateType),
        required("insutype", &["险种"], INSUTYPES),
        required("insu_admdvs", &["参保地区划"], COUNTY),
        required("mdtrtarea_admvs", &["就医地"], COUNTY),
        optional("fixmedins_code", &["机构编码"], Kind::Text),
        optional("fixmedins_name", &["机构名称"], Kind::Text),
        required("med_type", &["医疗类别"], Kind::Text),
        optional("dise_codg", &["病种编码"], Kind::Text),
        optional("dise_name", &["病种名称"], Kind::Text),
        required("setl_time", &["结算时间"], Kind::Moment),
        required("medfee_sumamt", &["总费用"], Kind::Amount),
        required("inscp_scp_amt", &["政策范围内金额"], Kind::Amount),
        required("fund_pay_sumamt", &["基金支付"], Kind::Amount),
        optional("acct_pay", &["个人账户支付"], Kind::Amount),
        optional("psn_cash_pay", &["个人现金支付"], Kind::Amount),
        optional("refd_setl_flag", &["退费"], FLAG),
        optional("init_setl_id", &["原结算编号"], Kind::Text),
    ],
    period: None,
    repeats: Repeats::FirstStands,
    not_yet: Some("setl_time"),
};

/// 激励额度使用.
pub static INCENTIVE_USE: Contract = Contract {
    name: "incentive_use",
    title: "激励额度使用",
    columns: &[
        required("certno", &["证件号码"], KEY),
        optional("psn_cert_type", &["证件类型"], Kind::CertificateType),
        required("year", &["年度"], Kind::Year),
        required("used_amt", &["使用额度"], Kind::Amount),
    ],
    period: None,
    repeats: Repeats::Allowed,
    not_yet: None,
};

/// All of them.
pub static CONTRACTS: [&Contract; 9] =
    [&HOUSEHOLD, &IDENTITY, &ENROLLMENT, &STUDENT, &PAYMENT, &MUTUAL_AID, &TARGET, &SETTLEMENT, &INCENTIVE_USE];

/// The contract of this name.
pub fn contract(name: &str) -> Option<&'static Contract> {
    CONTRACTS.into_iter().find(|contract| contract.name == name)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn every_header_means_one_column() {
        for contract in CONTRACTS {
            for (place, column) in contract.columns.iter().enumerate() {
                for header in column.headers.iter().chain([&column.name]) {
                    assert_eq!(contract.place_of_header(header), Some(place), "{} {header}", contract.name);
                }
            }
        }
    }

    #[test]
    fn columns_that_a_contract_refers_to_exist() {
        for contract in CONTRACTS {
            let by = match contract.repeats {
                Repeats::NewestStands(by) => by,
                _ => None,
            };
            let period = contract.period.into_iter().flat_map(|(begin, end)| [begin, end]);
            for name in period.chain(by).chain(contract.not_yet) {
                assert!(contract.column(name).is_some(), "{} {name}", contract.name);
            }
        }
    }

    #[rstest]
    #[case(" CertNo\t", Some(0))]
    #[case("\u{feff}certno", Some(0))]
    #[case("\u{3000}证件号码", Some(0))]
    #[case("证件 号码", None)]
    #[case("certno2", None)]
    fn headers(#[case] header: &str, #[case] place: Option<usize>) {
        assert_eq!(HOUSEHOLD.place_of_header(header), place);
    }
}
