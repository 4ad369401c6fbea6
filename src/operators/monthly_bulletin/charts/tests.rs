use rstest::rstest;

use super::scale::{Scale, cut, width_of};
use super::svg as drawn;
use crate::operators::monthly_bulletin::document::{Categories, Chart, Panel, Point, Series, Shape};
use canbao_rules::Language;
use canbao_rules::period::Day;

fn svg(chart: &Chart) -> String {
    drawn(Language::Chinese, chart).unwrap()
}

fn marks(values: &[f64]) -> Vec<String> {
    Scale::of(values.iter().copied(), 5.0).marks().into_iter().map(|(_, text)| text).collect()
}

#[rstest]
#[case::whole(&[37.0, 4.0], &["0", "10", "20", "30", "40"])]
#[case::thousands(&[8_080.0], &["0", "2,000", "4,000", "6,000", "8,000", "10,000"])]
#[case::parts(&[0.9], &["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])]
#[case::below_zero(&[-30.0, 55.0], &["-40", "-20", "0", "20", "40", "60"])]
#[case::only_below_zero(&[-3.0], &["-3", "-2", "-1", "0"])]
#[case::nothing(&[0.0], &["0.0", "0.2"])]
#[case::round_already(&[100.0], &["0", "20", "40", "60", "80", "100"])]
fn axes_begin_at_zero_and_are_round(#[case] values: &[f64], #[case] texts: &[&str]) {
    assert_eq!(marks(values), texts);
}

#[test]
fn a_long_name_is_cut() {
    assert_eq!(cut("城关镇", 40), "城关镇");
    let short = cut("新疆生产建设兵团第一师阿拉尔市", 100);
    assert!(short.ends_with('…') && width_of(&short) <= 100, "{short}");
}

fn chart(shape: Shape, categories: Categories, points: Vec<Vec<Point>>) -> Chart {
    let series = points.into_iter().enumerate().map(|(at, points)| Series { name: format!("<{at}> & \"年\""), points });
    let panel = Panel {
        title: "结算人次".to_owned(),
        unit: "人次".to_owned(),
        shape,
        categories,
        series: series.collect(),
        mark: (shape == Shape::Bars).then(|| (100.0, "目标".to_owned())),
    };
    Chart { id: "chart", query: "q", title: "甲 & \"乙\" <丙>".to_owned(), panels: vec![panel.clone(), panel], notes: Vec::new() }
}

fn names(names: &[&str]) -> Categories {
    Categories::Names(names.iter().map(|&name| name.to_owned()).collect())
}

#[rstest]
#[case::bars(chart(Shape::Bars, names(&["城关镇", "<头铺>"]), vec![vec![Point::At(97.5), Point::Suppressed]]))]
#[case::columns(chart(Shape::Columns, names(&["1月", "2月"]), vec![vec![Point::At(1.0), Point::Suppressed], vec![Point::Missing, Point::At(7.0)]]))]
#[case::refunds(chart(Shape::Columns, names(&["1月", "2月"]), vec![vec![Point::At(-5.0), Point::At(9.0)]]))]
#[case::days(chart(Shape::Line, Categories::Days(Day::from_ymd(2023, 9, 1).unwrap(), 122), vec![vec![Point::At(3.0); 122]]))]
fn every_shape_is_well_formed(#[case] chart: Chart) {
    let svg_text = svg(&chart);
    crate::operators::monthly_bulletin::testing::well_formed(&svg_text);
    assert!(svg_text.starts_with("<svg role=\"img\" aria-label=\"甲 &amp; &quot;乙&quot; &lt;丙&gt;\" "));
    assert!(!svg_text.contains("NaN") && !svg_text.contains("inf"), "{svg_text}");
    assert_eq!(svg_text, svg(&chart), "the same bytes again");
}

#[test]
fn what_is_suppressed_has_a_mark_and_no_bar() {
    let of = |point| svg(&chart(Shape::Columns, names(&["1月"]), vec![vec![point]]));
    let (bar, mark) = (of(Point::At(7.0)), of(Point::Suppressed));
    assert!(mark.matches("<rect").count() < bar.matches("<rect").count());
    assert!(mark.contains("\n*\n") && !bar.contains("\n*\n"));
}

#[test]
fn two_series_differ_without_colour() {
    let one = svg(&chart(Shape::Columns, names(&["1月"]), vec![vec![Point::At(7.0)]]));
    let two = svg(&chart(Shape::Columns, names(&["1月"]), vec![vec![Point::At(7.0)], vec![Point::At(7.0)]]));
    let lines = |svg: &str| svg.matches("<polyline").count();
    assert!(lines(&two) > lines(&one) + 20, "the second one is hatched");
}
