use canbao_runtime::error_report::message_with_hint;
use std::os::unix::fs::PermissionsExt;

use rstest::rstest;

use super::*;
use crate::datasets::REJECTS;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn mask(ids: PersonIds) -> PersonIdMask {
    PersonIdMask::open(ids, Path::new("/nowhere"), Some(KEY)).unwrap()
}

#[rstest]
#[case::number(Some("certno"), "34039919900228018X", "340399********018X")]
#[case::short_number(Some("certno"), "12345", "*****")]
#[case::persons_number(Some("psn_no"), "34030000000000000001", "340300**********0001")]
#[case::name(Some("psn_name"), "王小明", "王**")]
#[case::date(Some("brdy"), "1990-13-01", "1990-13-01")]
#[case::label(Some("psn_idet_type"), "农村计划生育特殊困难家庭成员", "农村计划生育特殊困难家庭成员")]
#[case::slipped(Some("brdy"), "王 34039919900228018X 男", "王 340399********018X 男")]
#[case::full_width(Some("brdy"), "３４０３９９１９９００２２８０１８Ｘ", "340399********018X")]
#[case::no_column(None, "", "")]
fn masked_raw_values(#[case] column: Option<&str>, #[case] raw: &str, #[case] masked: &str) {
    assert_eq!(mask(PersonIds::Masked).raw_value(column, raw), masked);
}

#[test]
fn one_person_has_one_pseudonym() {
    let mask = mask(PersonIds::Pseudonym);
    let number = mask.number("34039919900228018X");
    assert_eq!(number.len(), 32);
    assert_eq!(mask.raw_value(Some("certno"), " 34039919900228018x"), number);
    assert_eq!(mask.raw_value(Some("brdy"), "３４０３９９１９９００２２８０１８Ｘ"), number);
    assert_ne!(mask.number("340399199002280198"), number);
}

#[rstest]
#[case(PersonIds::Plain)]
#[case(PersonIds::Masked)]
#[case(PersonIds::Pseudonym)]
fn a_veil_over_a_veil_changes_nothing(#[case] ids: PersonIds) {
    let mask = mask(ids);
    for number in ["34039919900228018X", "E12345678", "12345678901234567890", ""] {
        let once = mask.number(number);
        assert_eq!(mask.number(&once), once);
    }
    for name in ["王小明", "欧阳修", "王", "司马"] {
        let once = mask.name(name);
        assert_eq!(mask.name(&once), once);
    }
}

#[test]
fn only_marked_columns_change() {
    let schema = REJECTS.schema();
    let text = |value: &str| -> ArrayRef { Arc::new(StringArray::from(vec![value])) };
    let line: ArrayRef = Arc::new(arrow_array::Int64Array::from(vec![2]));
    let columns = vec![text("household"), text("household.csv"), line, text("certno"), text("34039919900228018X"), text("bad_certno")];
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
    let masked = mask(PersonIds::Masked);
    let masked_schema = masked.schema(&schema);
    assert_eq!(masked_schema.metadata()["person_ids"], "masked");
    let masked = masked.mask_rows(batch.clone(), &masked_schema).unwrap();
    assert_eq!(masked.column(4).as_string::<i32>().value(0), "340399********018X");
    for at in [0, 1, 2, 3, 5] {
        assert_eq!(masked.column(at), batch.column(at));
    }
    assert_eq!(PersonIdMask::Plain.mask_rows(batch.clone(), &schema).unwrap(), batch);
}

#[test]
fn the_key_is_made_once_and_for_its_owner_only() {
    let state = tempfile::tempdir().unwrap();
    let folder = state.path().join("state");
    let first = key_in(&folder).unwrap();
    assert_eq!(first.len(), KEY_BYTES);
    assert_eq!(key_in(&folder).unwrap(), first);
    let mode = fs::metadata(folder.join(KEY_FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[rstest]
#[case("abc", "is of another length")]
#[case("zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "holds something else than hexadecimal digits")]
fn bad_keys_are_told(#[case] key: &str, #[case] why: &str) {
    let error = message_with_hint(&PersonIdMask::open(PersonIds::Pseudonym, Path::new("/nowhere"), Some(key)).unwrap_err());
    assert_eq!(error, format!("the key of pseudonyms in `CANBAO_PSEUDONYM_KEY` {why}\nhint: expected 64 hexadecimal digits"));
    assert!(!error.contains(key), "a key is not repeated");
}

#[test]
fn words_for_it() {
    assert_eq!("masked".parse(), Ok(PersonIds::Masked));
    assert_eq!(
        "hidden".parse::<PersonIds>().unwrap_err().to_string(),
        "`hidden` says nothing of person_ids, expected `plain`, `masked` or `pseudonym`"
    );
}
