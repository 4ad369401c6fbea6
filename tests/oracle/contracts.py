"""The declared columns of each extract and their Chinese headers, as docs/contract.md lists them."""

INSURANCE = "code 310 320 330 340 350 360 370 380 390 391 392 410 510"

# column, kind, required; in the order of docs/contract.md
DECLARED = {
    "household": [("certno", "certno", True), ("psn_cert_type", "text", False), ("psn_name", "text", True), ("gend", "text", False),
                  ("brdy", "date", True), ("hshd_no", "text", False), ("hshd_rlts", "text", False), ("resd_admdvs", "area 9 12", True),
                  ("regi_type", "code 1 2", True), ("surv_stas", "code 1 2 3 4 9", True), ("updt_time", "time", False)],
    "identity": [("certno", "certno", True), ("psn_cert_type", "text", False), ("psn_name", "text", False), ("psn_idet_type", "label", True),
                 ("begntime", "date", True), ("endtime", "date after begntime", False), ("dept", "text", False)],
    "enrollment": [("psn_no", "text", True), ("certno", "certno", True), ("psn_cert_type", "text", False), ("psn_name", "text", False),
                   ("insutype", INSURANCE, True), ("insu_admdvs", "area 6", True), ("psn_type", "text", False), ("psn_insu_stas", "text", True),
                   ("psn_insu_date", "date", False), ("accrym_begn", "month", True), ("accrym_end", "month after accrym_begn", True),
                   ("clct_flag", "code 0 1", True), ("clct_time", "time", False), ("psn_clct_amt", "amount", False),
                   ("finsubs_amt", "amount", False), ("revs_flag", "text", False)],
    # updt_time: a student row may carry it (docs/contract.md, Input extracts)
    "student": [("certno", "certno", True), ("psn_cert_type", "text", False), ("psn_name", "text", False), ("school_name", "text", False),
                ("school_admdvs", "area 6 9 12", True), ("begntime", "date", True), ("endtime", "date after begntime", False),
                ("updt_time", "time", False)],
    "payment": [("order_no", "text", True), ("certno", "certno", True), ("psn_cert_type", "text", False), ("psn_name", "text", False),
                ("clct_year", "year", True), ("pay_time", "time", True), ("pay_amt", "amount", True), ("pay_stas", "code 1 2", True)],
    "mutual_aid": [("payer_certno", "certno", True), ("payer_admdvs", "area 6", True), ("payee_certno", "certno", True),
                   ("payee_admdvs", "area 6", True), ("relation", "text", True), ("clct_year", "year", True), ("pay_time", "time", True),
                   ("pay_amt", "amount", True)],
    "target": [("admdvs", "area 9 TOTAL", True), ("name", "text", True), ("registered", "count", True), ("target", "count", True)],
    "settlement": [("setl_id", "text", True), ("mdtrt_id", "text", False), ("psn_no", "text", False), ("certno", "certno", True),
                   ("psn_cert_type", "text", False), ("insutype", INSURANCE, True), ("insu_admdvs", "area 6", True),
                   ("mdtrtarea_admvs", "area 6", True), ("fixmedins_code", "text", False), ("fixmedins_name", "text", False),
                   ("med_type", "text", True), ("dise_codg", "text", False), ("dise_name", "text", False), ("setl_time", "time", True),
                   ("medfee_sumamt", "amount", True), ("inscp_scp_amt", "amount", True), ("fund_pay_sumamt", "amount", True),
                   ("acct_pay", "amount", False), ("psn_cash_pay", "amount", False), ("refd_setl_flag", "code 0 1", False),
                   ("init_setl_id", "text", False)],
    "incentive_use": [("certno", "certno", True), ("psn_cert_type", "text", False), ("year", "year", True), ("used_amt", "amount", True)],
}

CHINESE = {
    "certno": ["证件号码"], "psn_cert_type": ["证件类型"], "psn_name": ["姓名"], "gend": ["性别"], "brdy": ["出生日期"], "hshd_no": ["户号"],
    "hshd_rlts": ["与户主关系"], "resd_admdvs": ["居住地区划"], "regi_type": ["登记类型"], "surv_stas": ["生存状态"], "updt_time": ["更新时间"],
    "psn_idet_type": ["人员身份类别"], "begntime": ["开始日期", "开始"], "endtime": ["结束日期", "结束"], "dept": ["来源部门"],
    "psn_no": ["人员编号"], "insutype": ["险种"], "insu_admdvs": ["参保地区划"], "psn_type": ["人员类别"], "psn_insu_stas": ["参保状态"],
    "psn_insu_date": ["参保日期"], "accrym_begn": ["费款所属期起"], "accrym_end": ["费款所属期止"], "clct_flag": ["到账"], "clct_time": ["缴费时间"],
    "psn_clct_amt": ["个人缴费"], "finsubs_amt": ["财政补助"], "revs_flag": ["冲销"], "school_name": ["学校"], "school_admdvs": ["学校区划"],
    "order_no": ["订单号"], "clct_year": ["缴费年度"], "pay_time": ["支付时间"], "pay_amt": ["支付金额"], "pay_stas": ["支付状态"],
    "payer_certno": ["代缴人证件号码"], "payer_admdvs": ["代缴人参保地区划"], "payee_certno": ["参保人证件号码"],
    "payee_admdvs": ["参保人参保地区划"], "relation": ["代缴关系"],
    "admdvs": ["区划"], "name": ["名称"], "registered": ["户籍人口数"], "target": ["目标任务数"],
    "setl_id": ["结算编号"], "mdtrt_id": ["就诊编号"], "mdtrtarea_admvs": ["就医地"], "fixmedins_code": ["机构编码"], "fixmedins_name": ["机构名称"],
    "med_type": ["医疗类别"], "dise_codg": ["病种编码"], "dise_name": ["病种名称"], "setl_time": ["结算时间"], "medfee_sumamt": ["总费用"],
    "inscp_scp_amt": ["政策范围内金额"], "fund_pay_sumamt": ["基金支付"], "acct_pay": ["个人账户支付"], "psn_cash_pay": ["个人现金支付"],
    "refd_setl_flag": ["退费"], "init_setl_id": ["原结算编号"],
    "year": ["年度"], "used_amt": ["使用额度"],
}

# Of rows equal in every declared column the first stands.
REPEATABLE = ("enrollment", "identity", "payment", "settlement")
# Of a person's rows the newest stands.
NEWEST_WINS = ("household", "student")
# Without these there is no audit.
NEEDED = ("household", "enrollment")
