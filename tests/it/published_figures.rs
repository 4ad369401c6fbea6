//! What 淮北市 published of settlements across provinces for January to September 2023, from a synthetic extract that is
//! made to have these sums: every figure to the digit, by the real binary.

use serde_json::Value;

use crate::support::TestContext;

const REGION: [&str; 2] = ["--region", "340600"];

/// The rows of a query over what the context has published.
fn rows(context: &TestContext, sql: &str) -> Vec<Vec<String>> {
    context.query("out", sql).lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn run(context: &TestContext, date: &str) -> Value {
    let arguments = ["run", "settlement-statistics", "--data", "data", "--publish", "out", "--state", "state", "--date", date, "--json"];
    context.succeed(&[&arguments[..], &REGION].concat()).json()
}

/// Person-times, total, in scope and fund of the five diseases across provinces, of both insurances, in fen.
fn five_diseases(context: &TestContext, periods: &str) -> [i64; 4] {
    let sql = format!(
        "SELECT SUM(person_times) AS n, SUM(medfee_sumamt) AS fee, SUM(inscp_scp_amt) AS scope, SUM(fund_pay_sumamt) AS fund \
         FROM chronic_statistics WHERE scope = 'cross_province' AND insutype = 'all' AND {periods} \
         AND dise_codg IN ('M039', 'M016', 'M005', 'M078', 'M083')"
    );
    let row = rows(context, &sql).remove(0);
    let fen = |text: &str| canbao_rules::money::Yuan::parse(text).unwrap().fen();
    [row[0].parse().unwrap(), fen(&row[1]), fen(&row[2]), fen(&row[3])]
}

#[test]
fn the_published_figures_come_out_to_the_digit() {
    let context = TestContext::new();
    let arguments = ["sample", "data", "--what", "settlement", "--like", "huaibei-2023", "--seed", "1"];
    context.succeed(&[&arguments[..], &REGION].concat());

    run(&context, "2022-12-31");
    let last_quarter = five_diseases(&context, "span = 'month' AND period IN ('2022-10', '2022-11', '2022-12')");
    let report = run(&context, "2023-09-30");
    let settlement = &report["sources"][0];
    let counts = ["rows_read", "rows_used", "rows_rejected"].map(|name| settlement[name].as_u64().unwrap());
    assert_eq!(counts[0], counts[1] + counts[2]);

    let care = rows(
        &context,
        "SELECT care, person_times, fund_pay_sumamt, person_times_growth_pct, fund_pay_growth_pct FROM settlement_statistics \
         WHERE period = '2023-09' AND span = 'ytd' AND scope = 'cross_province' AND insutype = 'all' \
         AND care IN ('inpatient', 'outpatient', 'chronic') ORDER BY care",
    );
    assert_eq!(care[2], ["outpatient", "80800", "10105100.00", "323.04", "207.84"], "8.08 万人次, 1010.51 万元");
    assert_eq!(care[1], ["inpatient", "28100", "392150600.00", "117.83", "92.48"], "2.81 万人次, 39215.06 万元");
    assert_eq!(care[0][..3], ["chronic", "2000", "860200.00"], "0.2 万人次, 86.02 万元");

    let this_year = five_diseases(&context, "span = 'ytd' AND period = '2023-09'");
    let [person_times, fee, scope, fund]: [i64; 4] = std::array::from_fn(|place| last_quarter[place] + this_year[place]);
    assert_eq!((person_times, fee, fund), (233, 14_310_000, 9_030_000), "233 人次, 14.31 万元, 9.03 万元");
    assert_eq!((scope + 5_000) / 10_000, 1_389, "13.89 万元");
    assert_eq!(canbao_rules::Percent::of(fund, scope).unwrap().to_string(), "65.00");
}
