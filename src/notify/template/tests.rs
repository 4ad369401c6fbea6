//! What a template may say, and what is found before an event needs it.

use rstest::rstest;

use super::super::example::{bare, full};
use super::*;

/// Without `loop`, which the engine itself provides.
const OURS: usize = VARIABLES.len() - 1;

/// A fault with its hint on a line of its own.
fn shown(fault: TemplateFault) -> String {
    fault.hint.map_or(fault.problem.clone(), |hint| format!("{}\nhint: {hint}", fault.problem))
}

#[test]
fn the_variables_are_those_that_events_have() {
    let event = full(Kind::Missed);
    let view = serde_json::to_value(View::of(&event)).unwrap();
    let names: Vec<&str> = view.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, VARIABLES[..OURS]);
}

#[test]
fn default_messages_pass_the_check() {
    for kind in Kind::ALL {
        for lang in [Language::Chinese, Language::English] {
            let template = default_template(kind, lang);
            assert_eq!(check_template(template), Ok(()), "{kind:?} {lang}");
        }
    }
}

#[test]
fn bad_templates_are_refused() {
    let bad = [
        "{{ title",
        "{% whatever %}",
        "{{ titel }}",
        "{{ password }}",
        "{% if kind == 'never' %}{{ stge }}{% endif %}x",
        "{{ title }}{% if missed %}{{ missed.counts }}{% endif %}",
        "{{ title }}\n{{ missed.count }}",
        "{{ title|shout }}",
        "{% if kind == 'gate' %}{{ findings|length }}{% endif %}",
        "{% include 'x' %}",
    ];
    let told: Vec<String> = bad.iter().map(|template| format!("{template:?}: {}", shown(check_template(template).unwrap_err()))).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    "{{ title": cannot be read: syntax error: unexpected end of input, expected end of variable block (line 1)
    "{% whatever %}": cannot be read: syntax error: unknown statement whatever (line 1)
    "{{ titel }}": knows no variable `titel`
    hint: did you mean `title`?
    "{{ password }}": knows no variable `password`
    hint: its variables are kind, pipeline, title, region, logical_date, occurrence, run_id, attempt, stage, error, hint, findings, rejects, missed, will_retry_at, snapshot, host, version
    "{% if kind == 'never' %}{{ stge }}{% endif %}x": knows no variable `stge`
    hint: did you mean `stage`?
    "{{ title }}{% if missed %}{{ missed.counts }}{% endif %}": fails for an event of kind `missed`: undefined value (line 1)
    hint: ask first, as in `{% if missed %}{{ missed.count }}{% endif %}`
    "{{ title }}\n{{ missed.count }}": fails for an event of kind `failure`: undefined value (line 2)
    hint: ask first, as in `{% if missed %}{{ missed.count }}{% endif %}`
    "{{ title|shout }}": fails for an event of kind `failure`: unknown filter: filter shout is unknown (line 1)
    "{% if kind == 'gate' %}{{ findings|length }}{% endif %}": says nothing of an event of kind `failure`
    "{% include 'x' %}": cannot be read: syntax error: unknown statement include (line 1)
    "#);
}

#[rstest]
#[case("{{ title }}{% for finding in findings %}{{ loop.index }}. {{ finding }}{% endfor %}")]
#[case("{% set day = logical_date %}{{ day }} {{ error|default('', true)|upper }}")]
#[case("{% if missed %}{{ missed.first }}–{{ missed.last }}{% else %}{{ occurrence }}{% endif %} {{ range(2)|length }}")]
#[case("{{ '**' if kind == 'failure' }}{{ pipeline }}")]
fn good_templates_pass(#[case] template: &str) {
    assert_eq!(check_template(template), Ok(()));
}

#[test]
fn what_an_event_does_not_have_prints_as_nothing() {
    let text = render("[{{ stage }}|{{ error }}|{{ findings|length }}|{{ missed }}]", &bare(Kind::Failure), Reader::Plain);
    assert_eq!(text.as_deref(), Ok("[||0|]"));
}

#[test]
fn values_are_not_taken_for_markdown() {
    let error = "no row for 340399199002280016 in `a_b.csv`\n# <@all> [click](http://x) **now**";
    let event = Event { error: Some(error.into()), ..full(Kind::Failure) };
    let text = render("**{{ error }}**", &event, Reader::Markdown);
    assert_eq!(text.as_deref(), Ok("**no row for 340399＊＊＊＊＊＊＊＊0016 in `a_b.csv` # ＜@all> [click］(http://x) ＊＊now＊＊**"));
    let text = render("{{ error }}", &event, Reader::Plain);
    assert_eq!(text.as_deref(), Ok("no row for 340399********0016 in `a_b.csv`\n# <@all> [click](http://x) **now**"));
    let text = render("{{ '<@manager>'|safe }} {{ title }}", &event, Reader::Markdown);
    assert_eq!(text.as_deref(), Ok("<@manager> 参保稽核"));
}

#[test]
fn numbers_are_masked_wherever_they_come_from() {
    let event = Event { pipeline: "340399199002280016".to_owned(), ..full(Kind::Failure) };
    let text = render("{{ pipeline }} 34039919900228018X {{ '340399' ~ '900228018' }}", &event, Reader::Plain);
    assert_eq!(text.as_deref(), Ok("340399********0016 340399********018X 340399*****8018"));
}
