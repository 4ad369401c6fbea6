//! Every default message as people see it, and the bodies as the receivers document them.

use insta::assert_snapshot;
use rstest::rstest;

use super::super::event::Kind;
use super::super::example::{bare, examples, full};
use super::*;

fn target(shape: Shape) -> Target {
    Target::new("https://example.com/hook?key=secret-key".parse().unwrap(), shape)
}

fn body(event: &Event, target: &Target) -> Value {
    serde_json::from_str(&message(event, target).unwrap()).unwrap()
}

/// What a person reads, as it is sent to WeCom.
fn wecom(event: &Event, lang: Language) -> String {
    let body = body(event, &target(Shape::WeCom).with_lang(lang));
    assert_eq!(body["msgtype"], "markdown");
    assert_eq!(body.as_object().unwrap().len(), 2);
    body["markdown"]["content"].as_str().unwrap().to_owned()
}

/// The default messages of a kind.
fn messages(kind: Kind) -> String {
    let mut shown = String::new();
    for lang in [Language::Chinese, Language::English] {
        for (what, event) in [("full", full(kind)), ("bare", bare(kind))] {
            shown.push_str(&format!("== {lang} {what}\n{}\n\n", wecom(&event, lang)));
        }
    }
    shown
}

#[test]
fn messages_of_a_failure() {
    assert_snapshot!(messages(Kind::Failure), @"
    == zh full
    ### 运行失败：参保稽核（2024-02-29）
    > 流程：enrollment-audit，统筹区 340322
    > 应运行时间：2024-03-01 06:30 Asia/Shanghai
    > 停在环节：read
    > 原因：`data/household.csv` has no column `certno`
    > 办法：expected `certno` or `证件号码` in its first line

    **不用处理**：系统将于 2024-03-01 06:40 Asia/Shanghai 自动重试。
    这次没有发布新数据，此前已发布的数据不受影响。
    yibao-01，运行编号 018df6c5-6b40-7c3a-9d1e-2f4b6a8c0e12，第 2 次尝试，canbao 0.1.0

    == zh bare
    ### 运行失败：参保稽核（2024-02-29）
    > 流程：enrollment-audit
    > 应运行时间：2024-03-01 06:30 Asia/Shanghai

    **需要处理**：系统不会再自动重试。按上面的原因处理后，在服务器上运行 `canbao run enrollment-audit --date 2024-02-29`。
    这次没有发布新数据，此前已发布的数据不受影响。
    yibao-01，canbao 0.1.0

    == en full
    ### Run failed: 参保稽核 (2024-02-29)
    > pipeline: enrollment-audit, region 340322
    > due: 2024-03-01 06:30 Asia/Shanghai
    > stopped at stage: read
    > cause: `data/household.csv` has no column `certno`
    > remedy: expected `certno` or `证件号码` in its first line

    **Nothing to do**: it is tried again at 2024-03-01 06:40 Asia/Shanghai.
    Nothing new was published; what was published before still stands.
    yibao-01, run 018df6c5-6b40-7c3a-9d1e-2f4b6a8c0e12, attempt 2, canbao 0.1.0

    == en bare
    ### Run failed: 参保稽核 (2024-02-29)
    > pipeline: enrollment-audit
    > due: 2024-03-01 06:30 Asia/Shanghai

    **Something to do**: it is not tried again by itself. Mend the cause, then run `canbao run enrollment-audit --date 2024-02-29` on the server.
    Nothing new was published; what was published before still stands.
    yibao-01, canbao 0.1.0
    ");
}

#[test]
fn messages_of_a_gate() {
    assert_snapshot!(messages(Kind::Gate), @"
    == zh full
    ### 数据未过关，没有发布：参保稽核（2024-02-29）
    > 流程：enrollment-audit，统筹区 340322
    > 应运行时间：2024-03-01 06:30 Asia/Shanghai
    > 未过关：rejects of `household`: 23.10 % of 48,210 rows, at most 20 %
    > 未过关：rows of `progress`: 3, at least 10
    > 办法：mend the extracts, or change the pipeline's `[[gate]]`, and run again
    > 未采用的行：.canbao/held/enrollment-audit/2024-02-29

    **需要处理**：系统不会自动重试。请与来源部门核对数据，换好后在服务器上运行 `canbao run enrollment-audit --date 2024-02-29`。
    这次没有发布新数据，此前已发布的数据不受影响。
    yibao-01，运行编号 018df6c5-6b40-7c3a-9d1e-2f4b6a8c0e12，第 2 次尝试，canbao 0.1.0

    == zh bare
    ### 数据未过关，没有发布：参保稽核（2024-02-29）
    > 流程：enrollment-audit
    > 应运行时间：2024-03-01 06:30 Asia/Shanghai

    **需要处理**：系统不会自动重试。请与来源部门核对数据，换好后在服务器上运行 `canbao run enrollment-audit --date 2024-02-29`。
    这次没有发布新数据，此前已发布的数据不受影响。
    yibao-01，canbao 0.1.0

    == en full
    ### Held by a gate, not published: 参保稽核 (2024-02-29)
    > pipeline: enrollment-audit, region 340322
    > due: 2024-03-01 06:30 Asia/Shanghai
    > broken: rejects of `household`: 23.10 % of 48,210 rows, at most 20 %
    > broken: rows of `progress`: 3, at least 10
    > remedy: mend the extracts, or change the pipeline's `[[gate]]`, and run again
    > rejected rows: .canbao/held/enrollment-audit/2024-02-29

    **Something to do**: it is not tried again by itself. Check the data with the office that sent it, then run `canbao run enrollment-audit --date 2024-02-29` on the server.
    Nothing new was published; what was published before still stands.
    yibao-01, run 018df6c5-6b40-7c3a-9d1e-2f4b6a8c0e12, attempt 2, canbao 0.1.0

    == en bare
    ### Held by a gate, not published: 参保稽核 (2024-02-29)
    > pipeline: enrollment-audit
    > due: 2024-03-01 06:30 Asia/Shanghai

    **Something to do**: it is not tried again by itself. Check the data with the office that sent it, then run `canbao run enrollment-audit --date 2024-02-29` on the server.
    Nothing new was published; what was published before still stands.
    yibao-01, canbao 0.1.0
    ");
}

#[test]
fn messages_of_missed_occurrences() {
    assert_snapshot!(messages(Kind::Missed), @"
    == zh full
    ### 错过运行：参保稽核（2024-02-29）
    > 流程：enrollment-audit，统筹区 340322
    > 错过 3 次：2024-02-28 06:30 Asia/Shanghai 至 2024-03-01 06:30 Asia/Shanghai

    **不用处理**：按该流程的设置，错过的不补，系统将于 2024-03-01 07:30 Asia/Shanghai 照常运行。
    要补的，在服务器上运行 `canbao backfill enrollment-audit --from 2024-02-27 --to 2024-02-29`。
    yibao-01，canbao 0.1.0

    == zh bare
    ### 错过运行：参保稽核（2024-02-29）
    > 流程：enrollment-audit
    > 错过 3 次：2024-02-28 06:30 Asia/Shanghai 至 2024-03-01 06:30 Asia/Shanghai

    **请看一看**：按该流程的设置，错过的不会自动补。
    要补的，在服务器上运行 `canbao backfill enrollment-audit --from 2024-02-27 --to 2024-02-29`。
    yibao-01，canbao 0.1.0

    == en full
    ### Missed: 参保稽核 (2024-02-29)
    > pipeline: enrollment-audit, region 340322
    > missed 3: 2024-02-28 06:30 Asia/Shanghai to 2024-03-01 06:30 Asia/Shanghai

    **Nothing to do**: as the pipeline is set, what was missed is not made up for; it runs as usual at 2024-03-01 07:30 Asia/Shanghai.
    To make up for it, run `canbao backfill enrollment-audit --from 2024-02-27 --to 2024-02-29` on the server.
    yibao-01, canbao 0.1.0

    == en bare
    ### Missed: 参保稽核 (2024-02-29)
    > pipeline: enrollment-audit
    > missed 3: 2024-02-28 06:30 Asia/Shanghai to 2024-03-01 06:30 Asia/Shanghai

    **Have a look**: as the pipeline is set, what was missed is not made up for.
    To make up for it, run `canbao backfill enrollment-audit --from 2024-02-27 --to 2024-02-29` on the server.
    yibao-01, canbao 0.1.0
    ");
}

#[test]
fn messages_of_a_recovery() {
    assert_snapshot!(messages(Kind::Recovery), @"
    == zh full
    ### 已恢复：参保稽核（2024-02-29）
    > 流程：enrollment-audit，统筹区 340322
    > 应运行时间：2024-03-01 06:30 Asia/Shanghai
    > 已发布：published/enrollment-audit/snapshot=2024-02-29.1

    **不用处理**：运行成功，数据已是最新。
    yibao-01，运行编号 018df6c5-6b40-7c3a-9d1e-2f4b6a8c0e12，第 2 次尝试，canbao 0.1.0

    == zh bare
    ### 已恢复：参保稽核（2024-02-29）
    > 流程：enrollment-audit
    > 应运行时间：2024-03-01 06:30 Asia/Shanghai

    **不用处理**：运行成功，数据已是最新。
    yibao-01，canbao 0.1.0

    == en full
    ### Recovered: 参保稽核 (2024-02-29)
    > pipeline: enrollment-audit, region 340322
    > due: 2024-03-01 06:30 Asia/Shanghai
    > published: published/enrollment-audit/snapshot=2024-02-29.1

    **Nothing to do**: it ran, and its data is up to date.
    yibao-01, run 018df6c5-6b40-7c3a-9d1e-2f4b6a8c0e12, attempt 2, canbao 0.1.0

    == en bare
    ### Recovered: 参保稽核 (2024-02-29)
    > pipeline: enrollment-audit
    > due: 2024-03-01 06:30 Asia/Shanghai

    **Nothing to do**: it ran, and its data is up to date.
    yibao-01, canbao 0.1.0
    ");
}

/// The same words in both: only the ends of lines differ, and DingTalk has a title.
#[test]
fn dingtalk_reads_what_wecom_reads() {
    let mut titles = String::new();
    for event in examples() {
        for lang in [Language::Chinese, Language::English] {
            let body = body(&event, &target(Shape::DingTalk).with_lang(lang));
            assert_eq!(body["msgtype"], "markdown");
            let text = body["markdown"]["text"].as_str().unwrap();
            assert_eq!(text.replace("  \n", "\n"), wecom(&event, lang));
            assert_eq!(text.matches('\n').count(), text.matches("  \n").count());
            titles.push_str(&format!("{}\n", body["markdown"]["title"].as_str().unwrap()));
        }
    }
    assert_snapshot!(titles, @r"
    运行失败：参保稽核（2024-02-29）
    Run failed: 参保稽核 (2024-02-29)
    运行失败：参保稽核（2024-02-29）
    Run failed: 参保稽核 (2024-02-29)
    数据未过关，没有发布：参保稽核（2024-02-29）
    Held by a gate, not published: 参保稽核 (2024-02-29)
    数据未过关，没有发布：参保稽核（2024-02-29）
    Held by a gate, not published: 参保稽核 (2024-02-29)
    错过运行：参保稽核（2024-02-29）
    Missed: 参保稽核 (2024-02-29)
    错过运行：参保稽核（2024-02-29）
    Missed: 参保稽核 (2024-02-29)
    已恢复：参保稽核（2024-02-29）
    Recovered: 参保稽核 (2024-02-29)
    已恢复：参保稽核（2024-02-29）
    Recovered: 参保稽核 (2024-02-29)
    ");
}

#[test]
fn json_is_the_event_with_the_text() {
    let target = target(Shape::Json).with_template(Some("{{ title }} {{ kind }}".to_owned()));
    let event = full(Kind::Missed);
    let body = message(&event, &target).unwrap();
    let shown: Value = serde_json::from_str(&body).unwrap();
    insta::assert_json_snapshot!(shown, @r#"
    {
      "kind": "missed",
      "pipeline": "enrollment-audit",
      "title": "参保稽核",
      "region": "340322",
      "logical_date": "2024-02-29",
      "occurrence": "2024-03-01T06:30:00+08:00[Asia/Shanghai]",
      "run_id": null,
      "attempt": null,
      "stage": null,
      "error": null,
      "hint": null,
      "findings": [],
      "rejects": null,
      "missed": {
        "count": 3,
        "first": "2024-02-28T06:30:00+08:00[Asia/Shanghai]",
        "last": "2024-03-01T06:30:00+08:00[Asia/Shanghai]",
        "from": "2024-02-27",
        "to": "2024-02-29"
      },
      "will_retry_at": "2024-03-01T07:30:00+08:00[Asia/Shanghai]",
      "snapshot": null,
      "host": "yibao-01",
      "version": "0.1.0",
      "text": "参保稽核 missed"
    }
    "#);
    assert_eq!(serde_json::from_str::<Event>(&body).unwrap(), event, "a later version may add fields");
}

#[test]
fn events_come_back_from_the_outbox_as_they_went_in() {
    for event in examples() {
        let kept = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&kept).unwrap(), event);
    }
    let seconds = "2024-03-01T06:30:07.250+08:00[Asia/Shanghai]";
    let event = Event { will_retry_at: Some(seconds.parse().unwrap()), ..full(Kind::Failure) };
    let kept = serde_json::to_string(&event).unwrap();
    assert!(kept.contains(seconds), "{kept}");
    assert!(wecom(&event, Language::English).contains("2024-03-01 06:30:07 Asia/Shanghai"));
}

#[test]
fn an_event_that_was_kept_unmasked_is_masked_when_it_is_read() {
    let kept = serde_json::to_string(&full(Kind::Failure)).unwrap().replace("certno", "34039919900228018X");
    let event: Event = serde_json::from_str(&kept).unwrap();
    assert_eq!(event.error.unwrap().as_str(), "`data/household.csv` has no column `340399********018X`");
}

#[rstest]
#[case::wecom(Shape::WeCom, "content", 4096)]
#[case::dingtalk(Shape::DingTalk, "text", 9_500)]
fn long_messages_are_cut_between_characters(#[case] shape: Shape, #[case] field: &str, #[case] most: usize) {
    for (length, fits) in [(most - 1_500, true), (most, false), (most + 1, false), (most + 2, false), (100_000, false)] {
        for lang in [Language::Chinese, Language::English] {
            // Four bytes at a time, so that every offset within a character is met.
            let error = format!("{}{}", "x".repeat(length % 4), "错\"".repeat(length / 4));
            let body = message(&Event { error: Some(error.into()), ..full(Kind::Failure) }, &target(shape).with_lang(lang)).unwrap();
            let read: Value = serde_json::from_str(&body).unwrap();
            let text = read["markdown"][field].as_str().unwrap();
            assert!(text.len() <= most, "{} bytes", text.len());
            assert_eq!(!(text.contains("余下的") || text.contains("too long")), fits, "{length}: {}", text.len());
            assert!(fits || text.len() > most - 3, "as much as fits: {}", text.len());
            assert!(shape != Shape::DingTalk || body.len() <= 20_000, "{} bytes", body.len());
        }
    }
}

#[test]
fn a_template_of_the_user_is_sent_as_it_is() {
    let template = "\n\n# **{{ title }}** `{{ kind }}`\n\n一行\n";
    let own = target(Shape::DingTalk).with_template(Some(template.to_owned()));
    let body = body(&full(Kind::Recovery), &own);
    assert_eq!(body["markdown"]["title"], "参保稽核 recovery");
    assert_eq!(body["markdown"]["text"], "# **参保稽核** `recovery`\n\n一行");
    let broken = target(Shape::WeCom).with_template(Some("{{ missed.count }}".to_owned()));
    let error = message(&full(Kind::Gate), &broken).unwrap_err().to_string();
    assert!(error.starts_with("the message's template undefined value"), "{error}");
    assert!(message(&full(Kind::Gate), &broken.with_template(None)).is_ok());
}
