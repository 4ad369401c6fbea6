use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn days_agree_with_the_calendar_library(days in -719_162i32..2_932_896) {
        let day = Day::from_epoch(days);
        let (year, month, number) = day.ymd();
        prop_assert_eq!(Day::from_ymd(year, month, number), Some(day));
        prop_assert_eq!(day.to_string().parse(), Ok(day));
    }

    #[test]
    fn a_month_later_is_in_the_next_month(days in -700_000i32..2_900_000, months in -240i32..240) {
        let day = Day::from_epoch(days);
        prop_assert_eq!(day.plus_months(months).month(), day.month().plus(months));
    }

    #[test]
    fn a_birthday_keeps_the_day_but_for_the_leap_day(days in 0i32..40_000, years in 1i32..100) {
        let born = Day::from_epoch(days);
        let (_, month, day) = born.ymd();
        let (_, month_then, day_then) = born.birthday(years).ymd();
        prop_assert_eq!(month, month_then);
        prop_assert!(day == day_then || (month == 2 && day == 29 && day_then == 28));
    }
}

#[test]
fn the_calendar_ends() {
    assert_eq!(Day::LAST.to_string(), "9999-12-31");
    assert_eq!(Day::LAST.plus_months(3), Day::LAST);
    assert_eq!(Day::LAST.birthday(1), Day::LAST);
    assert_eq!(Day::LAST.month().last_day(), Day::LAST);
    assert_eq!(Day::LAST.month().plus(1).last_day(), Day::LAST);
}

#[test]
fn times_before_1970_fall_on_their_own_day() {
    let eve = Moment::at(Day::from_ymd(1969, 12, 31).unwrap(), 86_399_999_999);
    assert_eq!(eve.micros(), -1);
    assert_eq!(eve.day().to_string(), "1969-12-31");
}
