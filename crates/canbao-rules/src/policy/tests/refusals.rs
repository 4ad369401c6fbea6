//! What a pack refuses, and how it says so: one text of a shipped pack replaced, and the message.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::super::{Pack, PolicyError};

const WUHE: (&str, &str) = ("340322.toml", super::WUHE);
const LISHUI: (&str, &str) = ("331100.toml", include_str!("../../../../../pipelines/policies/331100.toml"));
const WENSHUI: (&str, &str) = ("141121.toml", include_str!("../../../../../pipelines/policies/141121.toml"));
const ZHOUKOU: (&str, &str) = ("411600.toml", include_str!("../../../../../pipelines/policies/411600.toml"));

/// A pack, a text in it and what stands in its first place instead.
type Broken = ((&'static str, &'static str), &'static str, &'static str);

/// Every fault of each broken pack, with its remedy.
fn refusals(broken: &[Broken]) -> String {
    let mut told = String::new();
    for ((name, text), written, by) in broken {
        assert!(text.contains(written), "{name} has no `{written}`");
        let faults = Pack::check(&text.replacen(written, by, 1), name).expect_err(&format!("{name} with `{by}`"));
        let _ = writeln!(told, "{}", by.trim_start_matches('\n').lines().next().unwrap_or_default());
        tell(&faults, &mut told);
    }
    told
}

fn tell(faults: &[PolicyError], told: &mut String) {
    for fault in faults {
        let _ = writeln!(told, "  {fault}");
        if let Some(hint) = fault.hint() {
            let _ = writeln!(told, "    hint: {hint}");
        }
    }
}

#[test]
fn what_is_no_pack_by_its_form() {
    insta::assert_snapshot!(refusals(&[
        (WUHE, "value = 350", "value = "),
        (WUHE, "name = \"五河县\"", "name = \"五河县"),
        (WUHE, "from = 2023-01-01", "from = 2023-02-30"),
        (WUHE, "[[premium.personal]]", "[[premium.persnal]]"),
        (WUHE, "[[waiting]]", "[[wating]]"),
        (WUHE, "value = 350", "valve = 350"),
        (WUHE, "value = 350", "value = \"350\""),
        (WUHE, "value = 350", "value = 350.5"),
        (WUHE, "[[waiting]]", "[waiting]"),
        (WUHE, "[labels]", "[[labels]]"),
        (WUHE, "[region]", "[regions]"),
        (WUHE, "code = \"340322\"\n", ""),
        (WUHE, "\"孤儿\" = \"orphan\"", "\"特困人员\" = \"orphan\""),
    ]), @r#"
    value = 
      340322.toml line 24 column 9: string values must be quoted, expected literal string
    name = "五河县
      340322.toml line 10 column 12: invalid basic string, expected `"`
    from = 2023-02-30
      340322.toml line 26 column 8: invalid date, expected day between 01 and 28
    [[premium.persnal]]
      340322.toml line 23 column 11: unknown field `persnal`, expected one of `personal`, `fiscal_subsidy`, `fiscal_share`
        hint: did you mean `personal`?
    [[wating]]
      340322.toml line 225 column 3: unknown field `wating`, expected one of `region`, `documents`, `benefit_year`, `premium`, `subsidy`, `difficulty`, `required_share`, `newborn`, `special_start`, `special_group`, `waiting`, `duplicate`, `refund`, `incentive`, `mutual_aid`, `labels`, `disease_families`, `city`
        hint: did you mean `waiting`?
    valve = 350
      340322.toml line 24 column 1: unknown field `valve`, expected one of `value`, `unit`, `from`, `until`, `source`, `reading`, `name`
        hint: did you mean `value`?
    value = "350"
      340322.toml line 24 column 9: invalid type: string "350", expected a whole number
    value = 350.5
      340322.toml line 24 column 9: invalid type: floating point `350.5`, expected a whole number
    [waiting]
      340322.toml line 225 column 1: `waiting` is of the type table, expected a list of tables `[[waiting]]`
    [[labels]]
      340322.toml line 252 column 1: `labels` is of the type array, expected a table `[labels]`
    [regions]
      340322.toml line 1 column 1: the pack lacks the table `[region]`
      340322.toml line 8 column 2: unknown field `regions`, expected one of `region`, `documents`, `benefit_year`, `premium`, `subsidy`, `difficulty`, `required_share`, `newborn`, `special_start`, `special_group`, `waiting`, `duplicate`, `refund`, `incentive`, `mutual_aid`, `labels`, `disease_families`, `city`
        hint: did you mean `region`?

      340322.toml line 8 column 1: missing field `code`
    "特困人员" = "orphan"
      340322.toml line 254 column 1: duplicate key
    "#);
}

#[test]
fn names_that_do_not_exist() {
    insta::assert_snapshot!(refusals(&[
        (WUHE, "category = \"low_income\"", "category = \"lowincome\""),
        (WUHE, "= \"low_income\"\n\"返贫", "= \"low_incom\"\n\"返贫"),
        (WUHE, "\"monitored\", \"low_income_margin\"]", "\"monitord\"]"),
        (WUHE, "document = \"plan\"", "document = \"paln\""),
        (WUHE, "payer = \"township\"", "payer = \"village\""),
        (WUHE, "test = \"in_force\"", "test = \"inforce\""),
        (WENSHUI, "leaving = \"begin\"", "leaving = \"start\""),
        (WUHE, "scheme = \"nth_month\"", "scheme = \"month\""),
        (WUHE, "rule = \"next_day\"", "rule = \"same_day\""),
        (WUHE, "rule = \"before_year\"", "rule = \"before_cover\""),
    ]), @r#"
    category = "lowincome"
      340322.toml line 72 column 12: `lowincome` is no category, expected one of `destitute`, `orphan`, `unsupported_child`, `low_income`, `returned_to_poverty`, `monitored`, `key_entitled`, `severe_disability`, `special_family_planning`, `two_daughter_household`, `low_income_margin`, `demobilised`, `military_spouse`, `released`, `severe_mental_illness`, `retired_fisher`, `migrant_worker`, `employee_lapsed`, `in_service`
        hint: did you mean `low_income`?
    = "low_incom"
      340322.toml line 256 column 10: `low_incom` is no category, expected one of `destitute`, `orphan`, `unsupported_child`, `low_income`, `returned_to_poverty`, `monitored`, `key_entitled`, `severe_disability`, `special_family_planning`, `two_daughter_household`, `low_income_margin`, `demobilised`, `military_spouse`, `released`, `severe_mental_illness`, `retired_fisher`, `migrant_worker`, `employee_lapsed`, `in_service`
        hint: did you mean `low_income`?
    "monitord"]
      340322.toml line 131 column 96: `monitord` is no category, expected one of `destitute`, `orphan`, `unsupported_child`, `low_income`, `returned_to_poverty`, `monitored`, `key_entitled`, `severe_disability`, `special_family_planning`, `two_daughter_household`, `low_income_margin`, `demobilised`, `military_spouse`, `released`, `severe_mental_illness`, `retired_fisher`, `migrant_worker`, `employee_lapsed`, `in_service`
        hint: did you mean `monitored`?
    document = "paln"
      340322.toml line 18 column 73: `paln` is no document of the pack, expected one of `chronic_codes`, `duplicates`, `plan`
        hint: did you mean `plan`?
    payer = "village"
      340322.toml line 114 column 9: `village` is no payer, expected one of `medical_assistance_fund`, `township`
    test = "inforce"
      340322.toml line 156 column 8: `inforce` is no test of a special group, expected one of `in_force`, `begun_this_year`, `after_leaving`, `until_month_end`, `school_registration`
        hint: did you mean `in_force`?
    leaving = "start"
      141121.toml line 143 column 11: `start` is no leaving day, expected one of `begin`, `end`
    scheme = "month"
      340322.toml line 226 column 10: `month` is no waiting scheme, expected one of `not_admitted`, `nth_month`, `arrears`
    rule = "same_day"
      340322.toml line 151 column 8: `same_day` is no start of cover, expected one of `next_day`, `next_month`
    rule = "before_cover"
      340322.toml line 241 column 8: `before_cover` is no ground of refund, expected one of `before_year`, `death_before_cover`
    "#);
}

#[test]
fn values_that_cannot_be() {
    insta::assert_snapshot!(refusals(&[
        (WUHE, "code = \"340322\"", "code = \"34032\""),
        (WUHE, "code = \"340322\"", "code = \"340000\""),
        (WUHE, "name = \"五河县\"", "name = \"\""),
        (WUHE, "unit = \"yuan\"", "unit = \"fen\""),
        (WUHE, "value = 90", "value = 900"),
        (WUHE, "value = 380", "value = -380"),
        (WUHE, "nth_month = 7", "nth_month = 1"),
        (WENSHUI, "months = 3", "months = 0"),
        (LISHUI, "months_of_unbroken_year = 9", "months_of_unbroken_year = 13"),
        (LISHUI, "long_break_months = 6", "long_break_months = 2"),
        (WENSHUI, "value = 95", "value = 950"),
        (WUHE, "section = \"三\"", "section = \" \""),
        (WUHE, "\"孤儿\" =", "\"孤儿 \" ="),
        (WUHE, "from = 2023-01-01", "from = 2023-01-01T08:00:00"),
        (ZHOUKOU, "payee_province = \"41\"", "payee_province = \"411\""),
        (ZHOUKOU, "\"配偶\", ", "\"父母\", "),
        (ZHOUKOU, "relations = [", "relations = [] #"),
        (WUHE, "[\"destitute\", \"orphan\"", "[\"orphan\", \"orphan\""),
    ]), @r#"
    code = "34032"
      340322.toml line 9 column 8: `34032` is no region code, expected the six digits of a county or of a city (which end in 00)
    code = "340000"
      340322.toml line 9 column 8: `340000` is no region code, expected the six digits of a county or of a city (which end in 00)
    name = ""
      340322.toml line 10 column 8: `` is no value for `region.name`, expected words without spaces around them
    unit = "fen"
      340322.toml line 25 column 8: `premium.personal` has the unit `fen`, expected `yuan`
        hint: write the value in yuan, with `unit = "yuan"`
    value = 900
      340322.toml line 139 column 9: `900` is no value for `newborn.days`, expected a whole number from 0 to 366
    value = -380
      340322.toml line 30 column 9: `-380` is no value for `premium.personal`, expected a whole number from 0 to 100000000
    nth_month = 1
      340322.toml line 228 column 13: `1` is no value for `waiting.nth_month`, expected a whole number from 2 to 120
    months = 0
      141121.toml line 144 column 10: `0` is no value for `special_group.after_leaving.employee_lapsed.months`, expected a whole number from 1 to 120
    months_of_unbroken_year = 13
      331100.toml line 174 column 27: `13` is no value for `waiting.months_of_unbroken_year`, expected a whole number from 1 to 12
    long_break_months = 2
      331100.toml line 173 column 21: `2` is no value for `waiting.long_break_months`, expected a number not below `fixed_months`: both are the least, and the larger holds
    value = 950
      141121.toml line 113 column 9: `950` is no value for `required_share`, expected a whole number from 0 to 100
    section = " "
      340322.toml line 18 column 91: the source names no section, expected the passage of the document
        hint: name the passage, such as `section = "二(一)"`, or describe it in brackets: `section = "（重复参保的处理）"`
    "孤儿 " =
      340322.toml line 254 column 1: `孤儿 ` is no value for `label`, expected words without spaces around them
    from = 2023-01-01T08:00:00
      340322.toml line 26 column 8: `2023-01-01T08:00:00` is no value for `date`, expected a date as YYYY-MM-DD
    payee_province = "411"
      411600.toml line 85 column 18: `411` is no value for `mutual_aid.payee_province`, expected the two digits of a province
    "父母", 
      411600.toml line 84 column 20: relation `父母` is named twice, expected once
    relations = [] #
      411600.toml line 85 column 18: `[]` is no value for `mutual_aid.relations`, expected at least one relation
    ["orphan", "orphan"
      340322.toml line 131 column 25: category `orphan` is named twice, expected once
    "#);
}

#[test]
fn keys_that_do_not_go_together() {
    insta::assert_snapshot!(refusals(&[
        (WUHE, "nth_month = 7", ""),
        (WUHE, "scheme = \"nth_month\"", "scheme = \"arrears\""),
        (WUHE, "test = \"in_force\"", "test = \"until_month_end\""),
        (WUHE, "test = \"in_force\"", "test = \"in_force\"\nmonths = 3"),
        (WENSHUI, "leaving = \"begin\"\n", ""),
        (WENSHUI, "test = \"after_leaving\"\ncategory = \"employee_lapsed\"", "test = \"after_leaving\""),
        (LISHUI, "test = \"school_registration\"", "test = \"school_registration\"\ncategory = \"destitute\""),
        (WUHE, "value = 380\nunit", "unit"),
        (WUHE, "rule = \"next_day\"\nfrom = 2024-01-01", "rule = \"next_day\"\nfrom = 2025-01-01"),
        (LISHUI, "[[incentive.since]]\nvalue = 2025\nunit = \"benefit year\"\nfrom = 2025", "[[incentive.since]]\nvalue = 2025\nunit = \"benefit year\"\nfrom = 2027"),
        (WUHE, "value = 640", "value = 650"),
    ]), @r#"
      340322.toml line 226 column 10: `waiting` lacks the key `nth_month`
        hint: add `nth_month = …`
    scheme = "arrears"
      340322.toml line 228 column 13: `waiting` takes no key `nth_month`
        hint: take `nth_month` away, or choose the rule that takes it
    test = "until_month_end"
      340322.toml line 156 column 8: `special_group.until_month_end.destitute` lacks the key `months`
        hint: add `months = …`
    test = "in_force"
      340322.toml line 157 column 10: `special_group.in_force.destitute` takes no key `months`
        hint: take `months` away, or choose the rule that takes it

      141121.toml line 140 column 8: `special_group.after_leaving.employee_lapsed` lacks the key `leaving`
        hint: add `leaving = …`
    test = "after_leaving"
      141121.toml line 140 column 8: `special_group.after_leaving` lacks the key `category`
        hint: add `category = …`
    test = "school_registration"
      331100.toml line 106 column 12: `special_group.school_registration.destitute` takes no key `category`
        hint: take `category` away, or choose the rule that takes it
    unit
      340322.toml line 30 column 8: `premium.personal` lacks the key `value`
        hint: add `value = …`
    rule = "next_day"
      340322.toml line 17 column 8: `special_start` has no value on 2024-01-01, expected values without a gap
        hint: let an entry of `special_start` be in force on 2024-01-01: `from` on or before it, no earlier `until`
    [[incentive.since]]
      331100.toml line 22 column 8: `incentive.since` has no value on 2025-01-01, expected values without a gap
        hint: let an entry of `incentive.since` be in force on 2025-01-01: `from` on or before it, no earlier `until`
      331100.toml line 26 column 8: `incentive.since` has no value on 2026-01-01, expected values without a gap
        hint: let an entry of `incentive.since` be in force on 2026-01-01: `from` on or before it, no earlier `until`
    value = 650
      340322.toml line 36 column 9: the shares of `premium.fiscal_subsidy` add up to 640.00 yuan, expected 650.00 yuan
        hint: mend a share or the whole: the levels of `fiscal_share` bear all of it
    "#);
}

#[test]
fn gaps_and_overlaps_in_time() {
    insta::assert_snapshot!(refusals(&[
        (WUHE, "from = 2023-01-01", "from = 2024-01-01"),
        (WUHE, "from = 2023-01-01", "from = 2023-01-01\nuntil = 2024-01-31"),
        (WUHE, "from = 2023-01-01", "from = 2023-01-01\nuntil = 2023-11-30"),
        (WUHE, "from = 2023-01-01", "from = 2023-01-01\nuntil = 2022-11-30"),
        (WUHE, "value = 90\nunit = \"days\"\nfrom = 2024-01-01", "value = 90\nunit = \"days\"\nfrom = 2024-02-01"),
        (WUHE, "category = \"destitute\"\nname = \"特困人员\"\nvalue", "category = \"low_income\"\nname = \"特困人员\"\nvalue"),
        (WUHE, "first = 2023-09-01", "first = 2024-09-01"),
        (WUHE, "first = 2023-09-01", "first = 2013-09-01"),
        (WUHE, "last = 2023-12-31", "last = 2025-12-31"),
        (WUHE, "until = 2024-02-29", "until = 2023-12-31"),
        (WUHE, "until = 2024-02-29", "until = 2025-02-28"),
        (LISHUI, "last = 2024-12-31,", "last = 2025-09-01,"),
        (LISHUI, "\n[[benefit_year]]\nyear = 2026", "migrant_extension = { until = 2025-09-01, source = { document = \"draft\", section = \"二\" } }\n\n[[benefit_year]]\nyear = 2026"),
        (LISHUI, "year = 2026", "year = 2025"),
        (LISHUI, "year = 2026", "year = 2027"),
        (ZHOUKOU, "year = 2025\nfirst", "year = 2024\nfirst"),
        (ZHOUKOU, "first = 2024-10-10\n", "first = 2014-10-10\n"),
    ]), @r#"
    from = 2024-01-01
      340322.toml line 32 column 8: `premium.personal` has two values on 2024-01-01, expected one: end the other before that day
        hint: an earlier value ends with `until = 2023-12-31`; a value given twice goes out
    from = 2023-01-01
      340322.toml line 33 column 8: `premium.personal` has two values on 2024-01-01, expected one: end the other before that day
        hint: an earlier value ends with `until = 2023-12-31`; a value given twice goes out
    from = 2023-01-01
      340322.toml line 33 column 8: `premium.personal` has no value on 2023-12-01, expected values without a gap
        hint: let an entry of `premium.personal` be in force on 2023-12-01: `from` on or before it, no earlier `until`
    from = 2023-01-01
      340322.toml line 27 column 9: `premium.personal` ends on 2022-11-30, expected a day not before its first, 2023-01-01
    value = 90
      340322.toml line 17 column 8: `newborn.days` has no value on 2024-01-01, expected values without a gap
        hint: let an entry of `newborn.days` be in force on 2024-01-01: `from` on or before it, no earlier `until`
    category = "low_income"
      340322.toml line 78 column 8: `subsidy.low_income` has two values on 2024-01-01, expected one: end the other before that day
        hint: an earlier value ends with `until = 2023-12-31`; a value given twice goes out
    first = 2024-09-01
      340322.toml line 18 column 39: `benefit_year.window` ends on 2023-12-31, expected a day not before its first, 2024-09-01
    first = 2013-09-01
      340322.toml line 18 column 20: `benefit_year.window` of 2024 holds 2013-09-01, expected days from 2023-01-01 to 2024-12-31
    last = 2025-12-31
      340322.toml line 18 column 39: `benefit_year.window` of 2024 holds 2025-12-31, expected days from 2023-01-01 to 2024-12-31
    until = 2023-12-31
      340322.toml line 19 column 31: the migrant workers' extension of 2024 ends on 2023-12-31, expected a day from 2024-01-01 (after the window) to 2024-12-31
    until = 2025-02-28
      340322.toml line 19 column 31: the migrant workers' extension of 2024 ends on 2025-02-28, expected a day from 2024-01-01 (after the window) to 2024-12-31
    last = 2025-09-01,
      331100.toml line 27 column 20: the window of 2026 begins on 2025-09-01 and that of 2025 ends on 2025-09-01, expected windows without a common day
    migrant_extension = { until = 2025-09-01, source = { document = "draft", section = "二" } }
      331100.toml line 24 column 31: the migrant workers' extension of 2025 ends on 2025-09-01, expected a day from 2025-01-01 (after the window) to 2025-08-31 (before the next window)
    year = 2025
      331100.toml line 26 column 8: `benefit_year` has two values on 2025-01-01, expected one: end the other before that day
        hint: an earlier value ends with `until = 2024-12-31`; a value given twice goes out
    year = 2027
      331100.toml line 26 column 8: the pack knows the benefit years 2025 and 2027 and none between them, expected years without a gap
        hint: add the `[[benefit_year]]` after 2025
      331100.toml line 27 column 20: `benefit_year.window` of 2027 holds 2025-09-01, expected days from 2026-01-01 to 2027-12-31
    year = 2024
      411600.toml line 86 column 8: `mutual_aid.year` is 2024 in benefit year 2025, expected 2025
        hint: end the entry with `until = 2024-12-31`, and add one for 2025
    first = 2014-10-10
      411600.toml line 87 column 9: `mutual_aid` of 2025 holds 2014-10-10, expected days from 2024-01-01 to 2025-12-31
    "#);
}

#[test]
fn rules_that_both_apply_with_no_order_between_them() {
    insta::assert_snapshot!(refusals(&[
        (WUHE, "order = 2\n", ""),
        (WUHE, "order = 4", "order = 2"),
        (WUHE, "test = \"in_force\"\ncategory = \"retired_fisher\"", "test = \"begun_this_year\"\ncategory = \"released\""),
        (WUHE, "test = \"in_force\"\ncategory = \"retired_fisher\"", "test = \"in_force\"\ncategory = \"released\""),
        (WUHE, "[[waiting]]", "[[waiting]]\nscheme = \"not_admitted\"\nfrom = 2024-01-01\nsource = { document = \"plan\", section = \"三\" }\n\n[[waiting]]"),
        (WUHE, "[[special_start]]", "[[special_start]]\nrule = \"next_month\"\nfrom = 2024-01-01\nsource = { document = \"plan\", section = \"三\" }\n\n[[special_start]]"),
        (ZHOUKOU, "[[mutual_aid]]", "[[mutual_aid]]\nrelations = [\"配偶\"]\npayee_province = \"41\"\nyear = 2025\nfirst = 2024-10-10\nlast = 2024-12-31\nfrom = 2025-01-01\nsource = { document = \"page\", section = \"第1段\" }\n\n[[mutual_aid]]"),
    ]), @r#"
      340322.toml line 91 column 12: the subsidies of `low_income` and `key_entitled` are both 320.00 yuan, expected a different `order` for each
        hint: number them in the order in which the document names them: `order = 1`, `order = 2`
    order = 2
      340322.toml line 92 column 12: the subsidies of `low_income` and `key_entitled` are both 320.00 yuan, expected a different `order` for each
        hint: number them in the order in which the document names them: `order = 1`, `order = 2`
    test = "begun_this_year"
      340322.toml line 219 column 8: the special group `released` has the tests `begun_this_year` and `in_force` on 2024-01-01, expected one
        hint: keep the test that the document states, or end one of them with `until`
    test = "in_force"
      340322.toml line 222 column 8: `special_group.in_force.released` has two values on 2024-01-01, expected one: end the other before that day
        hint: an earlier value ends with `until = 2023-12-31`; a value given twice goes out
    [[waiting]]
      340322.toml line 234 column 8: `waiting` has two values on 2024-01-01, expected one: end the other before that day
        hint: an earlier value ends with `until = 2023-12-31`; a value given twice goes out
    [[special_start]]
      340322.toml line 157 column 8: `special_start` has two values on 2024-01-01, expected one: end the other before that day
        hint: an earlier value ends with `until = 2023-12-31`; a value given twice goes out
    [[mutual_aid]]
      411600.toml line 98 column 8: `mutual_aid` has two values on 2025-01-01, expected one: end the other before that day
        hint: an earlier value ends with `until = 2024-12-31`; a value given twice goes out
    "#);
}

#[test]
fn amounts_above_the_premium() {
    insta::assert_snapshot!(refusals(&[
        (WUHE, "value = 380\nunit = \"yuan\"\npayer", "value = 381\nunit = \"yuan\"\npayer"),
        (WUHE, "value = 380\nunit = \"yuan\"\npayer", "value = 0\nunit = \"yuan\"\npayer"),
        (WUHE, "value = 380\nunit = \"yuan\"\nfrom", "value = 310\nunit = \"yuan\"\nfrom"),
    ]), @"
    value = 381
      340322.toml line 64 column 9: the subsidy of `destitute` is 381.00 yuan, expected more than 0 and at most the personal premium of 2024, 380.00 yuan
        hint: the value is what is taken off the premium, not what is left to pay
    value = 0
      340322.toml line 64 column 9: the subsidy of `destitute` is 0.00 yuan, expected more than 0 and at most the personal premium of 2024, 380.00 yuan
        hint: the value is what is taken off the premium, not what is left to pay
    value = 310
      340322.toml line 64 column 9: the subsidy of `destitute` is 380.00 yuan, expected more than 0 and at most the personal premium of 2024, 310.00 yuan
        hint: the value is what is taken off the premium, not what is left to pay
      340322.toml line 74 column 9: the subsidy of `low_income` is 320.00 yuan, expected more than 0 and at most the personal premium of 2024, 310.00 yuan
        hint: the value is what is taken off the premium, not what is left to pay
      340322.toml line 94 column 9: the subsidy of `key_entitled` is 320.00 yuan, expected more than 0 and at most the personal premium of 2024, 310.00 yuan
        hint: the value is what is taken off the premium, not what is left to pay
      340322.toml line 103 column 9: the subsidy of `severe_disability` is 320.00 yuan, expected more than 0 and at most the personal premium of 2024, 310.00 yuan
        hint: the value is what is taken off the premium, not what is left to pay
      340322.toml line 112 column 9: the subsidy of `special_family_planning` is 380.00 yuan, expected more than 0 and at most the personal premium of 2024, 310.00 yuan
        hint: the value is what is taken off the premium, not what is left to pay
      340322.toml line 122 column 9: the subsidy of `two_daughter_household` is 380.00 yuan, expected more than 0 and at most the personal premium of 2024, 310.00 yuan
        hint: the value is what is taken off the premium, not what is left to pay
    ");
}

#[test]
fn terms_of_settlement_statistics() {
    let city = |codes: &str| -> &'static str {
        let source = "source = { document = \"plan\", section = \"（区划）\" }";
        format!("[[city]]\nname = \"某市\"\ncodes = [{codes}]\nfrom = 2024-01-01\n{source}\n\n[[disease_families]]").leak()
    };
    insta::assert_snapshot!(refusals(&[
        (WUHE, "M005 =", "M0055555 ="),
        (WUHE, "M005 =", "m005 ="),
        (WUHE, "M005 = \"恶性肿瘤\"", "M005 = \" \""),
        (WUHE, "from = 2018-05-31", "from = 2018-05-31\nuntil = 2018-05-30"),
        (WUHE, "[[disease_families]]", city("\"34\"")),
        (WUHE, "[[disease_families]]", city("\"340322\", \"410100\"")),
        (WUHE, "[[disease_families]]", city("\"340322\", \"340322\"")),
        (WUHE, "[[disease_families]]", city("")),
    ]), @r#"
    M0055555 =
      340322.toml line 285 column 22: `M0055555` is no value for `disease_families`, expected the code of a family: up to six places in capitals
    m005 =
      340322.toml line 285 column 18: `m005` is no value for `disease_families`, expected the code of a family: up to six places in capitals
    M005 = " "
      340322.toml line 285 column 18: ` ` is no value for `disease_families.M005`, expected words without spaces around them
    from = 2018-05-31
      340322.toml line 287 column 9: `disease_families` ends on 2018-05-30, expected a day not before its first, 2018-05-31
    [[city]]
      340322.toml line 286 column 10: `34` is no value for `city.codes`, expected the six digits of an area, or the first four of several
    [[city]]
      340322.toml line 286 column 20: `410100` is no value for `city.codes`, expected a code of the same province as the first
    [[city]]
      340322.toml line 286 column 20: code of a city `340322` is named twice, expected once
    [[city]]
      340322.toml line 287 column 8: `city` lacks the key `codes`
        hint: add `codes = …`
    "#);
}

#[test]
fn a_pack_without_year() {
    let (before, rest) = super::WUHE.split_once("[[benefit_year]]").unwrap();
    let (_, after) = rest.split_once("# ---- premium").unwrap();
    let mut told = String::new();
    tell(&Pack::check(&format!("{before}# ---- premium{after}"), "340322.toml").unwrap_err(), &mut told);
    insta::assert_snapshot!(told, @"  340322.toml line 9 column 8: the pack knows no benefit year, expected at least one `[[benefit_year]]`");
}

#[test]
fn all_faults_are_told_at_once_by_their_place() {
    let broken = super::WUHE
        .replace("unit = \"days\"", "unit = \"hours\"")
        .replace("code = \"340322\"", "code = \"340000\"")
        .replace("nth_month = 7", "nth_month = 0")
        .replace("category = \"monitored\"", "category = \"monitord\"")
        .replace("value = 320", "value = 3200");
    let mut told = String::new();
    tell(&Pack::check(&broken, "340322.toml").unwrap_err(), &mut told);
    insta::assert_snapshot!(told, @r#"
    340322.toml line 9 column 8: `340000` is no region code, expected the six digits of a county or of a city (which end in 00)
    340322.toml line 74 column 9: the subsidy of `low_income` is 3200.00 yuan, expected more than 0 and at most the personal premium of 2024, 380.00 yuan
      hint: the value is what is taken off the premium, not what is left to pay
    340322.toml line 82 column 12: `monitord` is no category, expected one of `destitute`, `orphan`, `unsupported_child`, `low_income`, `returned_to_poverty`, `monitored`, `key_entitled`, `severe_disability`, `special_family_planning`, `two_daughter_household`, `low_income_margin`, `demobilised`, `military_spouse`, `released`, `severe_mental_illness`, `retired_fisher`, `migrant_worker`, `employee_lapsed`, `in_service`
      hint: did you mean `monitored`?
    340322.toml line 94 column 9: the subsidy of `key_entitled` is 3200.00 yuan, expected more than 0 and at most the personal premium of 2024, 380.00 yuan
      hint: the value is what is taken off the premium, not what is left to pay
    340322.toml line 103 column 9: the subsidy of `severe_disability` is 3200.00 yuan, expected more than 0 and at most the personal premium of 2024, 380.00 yuan
      hint: the value is what is taken off the premium, not what is left to pay
    340322.toml line 140 column 8: `newborn.days` has the unit `hours`, expected `days`
      hint: write the value in days, with `unit = "days"`
    340322.toml line 178 column 12: `monitord` is no category, expected one of `destitute`, `orphan`, `unsupported_child`, `low_income`, `returned_to_poverty`, `monitored`, `key_entitled`, `severe_disability`, `special_family_planning`, `two_daughter_household`, `low_income_margin`, `demobilised`, `military_spouse`, `released`, `severe_mental_illness`, `retired_fisher`, `migrant_worker`, `employee_lapsed`, `in_service`
      hint: did you mean `monitored`?
    340322.toml line 228 column 13: `0` is no value for `waiting.nth_month`, expected a whole number from 2 to 120
    "#);
    insta::assert_snapshot!(Pack::parse(&broken, "340322.toml").unwrap_err(), @"340322.toml line 9 column 8: `340000` is no region code, expected the six digits of a county or of a city (which end in 00) (and 7 more faults)");
}

#[test]
fn a_byte_order_mark_and_carriage_returns_are_no_fault() {
    let text = format!("\u{feff}{}", super::WUHE.replace('\n', "\r\n"));
    assert_eq!(Pack::parse(&text, "340322.toml").unwrap().years().len(), 1);
}

#[test]
fn bytes_that_are_no_utf8_are_placed() {
    // 中 and 县 in GB18030
    let bytes = [b"# ".as_slice(), &[0xD6, 0xD0], b"\n[region]\nname = \"", &[0xCF, 0xD8], b"\"\n"].concat();
    let message = super::super::text_of("990100.toml", bytes).unwrap_err().to_string();
    assert!(
        message.ends_with("990100.toml line 1 column 3: the bytes from here on are no UTF-8, expected a text file in UTF-8"),
        "{message}"
    );
}

proptest! {
    #[test]
    fn no_text_is_more_than_refused(at in 0usize..12_000, cut in 0usize..40, put in "[\\[\\]{}=\"'#,.0-9a-zé县\\n -]{0,6}") {
        let chars: Vec<char> = super::WUHE.chars().collect();
        let at = at.min(chars.len());
        let rest = &chars[(at + cut).min(chars.len())..];
        let text: String = chars[..at].iter().copied().chain(put.chars()).chain(rest.iter().copied()).collect();
        if let Err(faults) = Pack::check(&text, "340322.toml") {
            prop_assert!(!faults.is_empty());
            prop_assert!(faults.iter().all(|fault| fault.to_string().starts_with("340322.toml line ")));
        }
    }
}
