//! The round of an outbox in memory, with a receiver that does as it is told and a clock that is moved by hand.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Mutex;

use proptest::prelude::*;

use super::super::target::Shape;
use super::*;

struct Hands(Mutex<DateTime<Utc>>);

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

impl Hands {
    fn new() -> Self {
        Self(Mutex::new(start()))
    }

    fn move_by(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_709_245_800, 0).unwrap()
}

/// Messages that wait, each with the moment at which it is due, and what became of the others.
#[derive(Default)]
struct Memory {
    waiting: RefCell<BTreeMap<i64, (DateTime<Utc>, Pending)>>,
    done: RefCell<Vec<String>>,
}

impl Memory {
    fn with(receivers: &[&str]) -> Self {
        let memory = Self::default();
        for (id, receiver) in (1..).zip(receivers) {
            let target = Target::new(format!("https://{receiver}/hook").parse().unwrap(), Shape::Json);
            let pending = Pending { id, target, body: format!("message {id}"), tries: 0, since: start() };
            memory.waiting.borrow_mut().insert(id, (start(), pending));
        }
        memory
    }

    fn seconds_until(&self, id: i64) -> i64 {
        (self.waiting.borrow()[&id].0 - start()).num_seconds()
    }
}

impl Outbox for Memory {
    type Error = Infallible;

    fn due(&self, now: DateTime<Utc>) -> Result<Vec<Pending>, Infallible> {
        Ok(self.waiting.borrow().values().filter(|(at, _)| *at <= now).map(|(_, pending)| pending.clone()).collect())
    }

    fn sent(&self, id: i64, _: DateTime<Utc>) -> Result<(), Infallible> {
        self.waiting.borrow_mut().remove(&id);
        self.done.borrow_mut().push(format!("{id} sent"));
        Ok(())
    }

    fn again(&self, id: i64, at: DateTime<Utc>, reason: &str) -> Result<(), Infallible> {
        let mut waiting = self.waiting.borrow_mut();
        let (due, pending) = waiting.get_mut(&id).unwrap();
        *due = at;
        pending.tries += 1;
        self.done.borrow_mut().push(format!("{id} again: {reason}"));
        Ok(())
    }

    fn gave_up(&self, id: i64, reason: &str) -> Result<(), Infallible> {
        self.waiting.borrow_mut().remove(&id);
        self.done.borrow_mut().push(format!("{id} gave up: {reason}"));
        Ok(())
    }
}

/// A carrier that asks a function, and counts.
struct Told<F> {
    carried: Cell<usize>,
    tell: F,
}

impl<F: Fn(&Target, &str) -> Delivery> Told<F> {
    fn new(tell: F) -> Self {
        Self { carried: Cell::new(0), tell }
    }
}

impl<F: Fn(&Target, &str) -> Delivery> Carrier for Told<F> {
    fn carry(&self, target: &Target, body: &str) -> Delivery {
        self.carried.set(self.carried.get() + 1);
        (self.tell)(target, body)
    }
}

fn down() -> Delivery {
    Delivery::TryAgain { reason: "is down".to_owned(), wait: None }
}

#[test]
fn a_round_records_what_became_of_each_message() {
    let memory = Memory::with(&["one", "two", "three"]);
    let carrier = Told::new(|target: &Target, _: &str| match target.to_string().as_str() {
        "https://one/…" => Delivery::Sent,
        "https://two/…" => Delivery::Refused { reason: "answers 404".to_owned() },
        _ => down(),
    });
    let round = deliver(&memory, &carrier, &Hands::new(), || 0.0);
    assert_eq!(round, Ok(Delivered { sent: 1, again: 1, gave_up: 1 }));
    assert_eq!(*memory.done.borrow(), ["1 sent", "2 gave up: answers 404", "3 again: is down"]);
    assert_eq!(memory.seconds_until(3), 10);
    assert_eq!(deliver(&memory, &carrier, &Hands::new(), || 0.0), Ok(Delivered::default()), "nothing else is due");
}

#[test]
fn a_silent_receiver_costs_one_timeout_and_the_others_none() {
    let clock = Hands::new();
    let memory = Memory::with(&["down", "up", "down", "down", "up"]);
    let carrier = Told::new(|target: &Target, _: &str| {
        if target.to_string().contains("up") {
            return Delivery::Sent;
        }
        clock.move_by(TimeDelta::seconds(30));
        down()
    });
    assert_eq!(deliver(&memory, &carrier, &clock, || 0.0), Ok(Delivered { sent: 2, again: 3, gave_up: 0 }));
    assert_eq!(carrier.carried.get(), 3);
    assert_eq!([1, 3, 4].map(|id| memory.seconds_until(id)), [40; 3], "the pause begins when the answer is known");
}

#[test]
fn pauses_double_up_to_an_hour() {
    let pauses: Vec<i64> = (0..12).map(|tries| pause(tries, 0.0).num_seconds()).collect();
    assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]);
    assert_eq!(pause(u32::MAX, 0.0), LONGEST_PAUSE);
    assert_eq!(pause(0, 1.0), TimeDelta::milliseconds(12_500));
    assert_eq!(pause(20, 1.0), TimeDelta::minutes(75));
}

#[test]
fn a_receiver_is_left_alone_as_long_as_it_asks() {
    let memory = Memory::with(&["limited"]);
    let wait = Some(std::time::Duration::from_secs(600));
    let carrier = Told::new(|_: &Target, _: &str| Delivery::TryAgain { reason: "answers errcode 130101".to_owned(), wait });
    deliver(&memory, &carrier, &Hands::new(), || 0.0).unwrap();
    assert_eq!(memory.seconds_until(1), 600);
}

#[test]
fn the_first_round_after_a_long_stop_tries_before_it_gives_up() {
    let (memory, clock) = (Memory::with(&["one", "two"]), Hands::new());
    clock.move_by(TimeDelta::days(9));
    let carrier = Told::new(|target: &Target, _: &str| if target.to_string().contains("one") { Delivery::Sent } else { down() });
    assert_eq!(deliver(&memory, &carrier, &clock, || 0.0), Ok(Delivered { sent: 1, again: 0, gave_up: 1 }));
    assert_eq!(*memory.done.borrow(), ["1 sent", "2 gave up: is down, after 3 days"]);
}

proptest! {
    /// Whatever chance adds: a message for a receiver that is down is tried for three days, not too often, then given up.
    #[test]
    fn a_message_is_given_up_after_three_days(seed in proptest::collection::vec(0.0f64..1.0, 1..50)) {
        let (memory, clock) = (Memory::with(&["down"]), Hands::new());
        let carrier = Told::new(|_: &Target, _: &str| down());
        let mut chance = seed.iter().copied().cycle();
        let due = || memory.waiting.borrow().get(&1).map(|(due, _)| *due);
        while let Some(due) = due() {
            let wait = due - clock.now();
            prop_assert!(wait <= TimeDelta::minutes(75));
            clock.move_by(wait);
            deliver(&memory, &carrier, &clock, || chance.next().unwrap_or(0.5)).unwrap();
        }
        let took = clock.now() - start();
        prop_assert!(took >= GIVEN_UP_AFTER && took <= GIVEN_UP_AFTER + TimeDelta::minutes(75), "{took}");
        prop_assert!((65..90).contains(&carrier.carried.get()), "{} tries", carrier.carried.get());
        prop_assert!(memory.done.borrow().last().unwrap().starts_with("1 gave up: is down"));
    }

    /// A receiver that is down at random gets every message in the end, and each once.
    #[test]
    fn every_message_arrives_once(
        answers in proptest::collection::vec(proptest::bool::weighted(0.4), 1..40),
        receivers in proptest::collection::vec(0..3usize, 1..12),
    ) {
        let names: Vec<&str> = receivers.iter().map(|&at| ["a", "b", "c"][at]).collect();
        let (memory, clock) = (Memory::with(&names), Hands::new());
        let answers = RefCell::new(answers.into_iter());
        let taken = RefCell::new(Vec::new());
        let carrier = Told::new(|_: &Target, body: &str| {
            if answers.borrow_mut().next().unwrap_or(true) {
                taken.borrow_mut().push(body.to_owned());
                Delivery::Sent
            } else {
                down()
            }
        });
        for _ in 0..200 {
            deliver(&memory, &carrier, &clock, || 0.3).unwrap();
            clock.move_by(TimeDelta::minutes(10));
        }
        let mut taken = taken.borrow().clone();
        taken.sort();
        let mut expected: Vec<String> = (1..=receivers.len()).map(|id| format!("message {id}")).collect();
        expected.sort();
        prop_assert_eq!(taken, expected);
    }
}
