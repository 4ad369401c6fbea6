//! Named places at which a test may end this process, or hold it up, as a crash or a slow disk would.
//!
//! Code calls [`point`] where a crash would be worst. Only a debug build listens, and only if its environment says so:
//!
//! - `CANBAO_CRASH_AT=NAME` kills the process where it comes to that point, `NAME#N` where it comes to it for the Nth
//!   time, `#N` at the Nth point whatever its name;
//! - with `CANBAO_CRASH_ONCE=FILE` only the process that makes that file is killed: those that come after it live;
//! - `CANBAO_STALL_AT`, in the same words, holds the process up there until the file `CANBAO_STALL_FILE` is there;
//! - `CANBAO_CRASH_LOG=FILE` has the name of each point appended to that file, a line each, before anything else is
//!   done there. A test learns the points from it, and when a stalled process has arrived.
//!
//! Killing is `SIGKILL`: no destructor runs, and only the system lets go of locks. A release build has nothing of this.

/// The process has come to this point.
#[cfg(debug_assertions)]
pub fn point(name: &'static str) {
    armed::pass(name);
}

/// The process has come to this point; in a release build nobody listens.
#[cfg(not(debug_assertions))]
#[inline]
pub const fn point(_name: &'static str) {}

#[cfg(debug_assertions)]
mod armed {
    use std::collections::HashMap;
    use std::fs::OpenOptions;
    use std::io::Write;
    use std::path::{Path, PathBuf};
    use std::sync::{Mutex, OnceLock, PoisonError};
    use std::thread;
    use std::time::Duration;

    /// How often a stalled process looks for the file that lets it go on.
    const LOOK: Duration = Duration::from_millis(5);

    /// What the environment asks for; `None` where it asks for nothing.
    static ORDERS: OnceLock<Option<Orders>> = OnceLock::new();

    struct Orders {
        crash: Option<Place>,
        /// Made by the one process that is killed.
        once: Option<PathBuf>,
        stall: Option<(Place, PathBuf)>,
        log: Option<PathBuf>,
        passed: Mutex<Passed>,
    }

    /// How many points were passed.
    #[derive(Default)]
    struct Passed {
        all: u32,
        by_name: HashMap<&'static str, u32>,
    }

    /// One passing of a point.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Passing {
        pub name: &'static str,
        /// The how many-th of this name, from 1.
        pub of_name: u32,
        /// The how many-th of all.
        pub of_all: u32,
    }

    /// A passing that is waited for.
    #[derive(Debug)]
    pub(super) struct Place {
        /// `None` for any name.
        name: Option<String>,
        nth: u32,
    }

    impl Place {
        /// A number that is none is never reached.
        pub(super) fn parse(text: &str) -> Self {
            let (name, nth) = match text.rsplit_once('#') {
                Some((name, nth)) => (name, nth.parse().unwrap_or(0)),
                None => (text, 1),
            };
            Self { name: (!name.is_empty()).then(|| name.to_owned()), nth }
        }

        pub(super) fn is(&self, passing: Passing) -> bool {
            match &self.name {
                Some(name) => name == passing.name && self.nth == passing.of_name,
                None => self.nth == passing.of_all,
            }
        }
    }

    impl Orders {
        fn from_environment() -> Option<Self> {
            let set = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
            let crash = set("CANBAO_CRASH_AT").map(|text| Place::parse(&text));
            let stall = set("CANBAO_STALL_AT").map(|text| Place::parse(&text)).zip(set("CANBAO_STALL_FILE").map(PathBuf::from));
            let log = set("CANBAO_CRASH_LOG").map(PathBuf::from);
            let asked = crash.is_some() || stall.is_some() || log.is_some();
            asked.then(|| Self { crash, once: set("CANBAO_CRASH_ONCE").map(PathBuf::from), stall, log, passed: Mutex::default() })
        }

        fn count(&self, name: &'static str) -> Passing {
            let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
            passed.all += 1;
            let of_all = passed.all;
            let of_name = passed.by_name.entry(name).or_default();
            *of_name += 1;
            Passing { name, of_name: *of_name, of_all }
        }
    }

    pub(super) fn pass(name: &'static str) {
        let Some(orders) = ORDERS.get_or_init(Orders::from_environment) else { return };
        let passing = orders.count(name);
        if let Some(log) = &orders.log {
            note(log, name);
        }
        if let Some((_, file)) = orders.stall.as_ref().filter(|(place, _)| place.is(passing)) {
            while !file.exists() {
                thread::sleep(LOOK);
            }
        }
        let is_the_first = || orders.once.as_ref().is_none_or(|file| OpenOptions::new().write(true).create_new(true).open(file).is_ok());
        if orders.crash.as_ref().is_some_and(|place| place.is(passing)) && is_the_first() {
            die();
        }
    }

    /// One write a line: other processes append to the same file. A test misses what could not be noted.
    fn note(log: &Path, name: &str) {
        let file = OpenOptions::new().create(true).append(true).open(log);
        let _ = file.and_then(|mut file| file.write_all(format!("{name}\n").as_bytes()));
    }

    fn die() -> ! {
        #[cfg(unix)]
        {
            use rustix::process::{Signal, getpid, kill_process};
            let _ = kill_process(getpid(), Signal::KILL);
        }
        std::process::abort()
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use rstest::rstest;

    use super::armed::{Passing, Place};

    #[rstest]
    #[case("publish.claimed", 1, 7, true)]
    #[case("publish.claimed", 2, 7, false)]
    #[case("publish.claimed#2", 2, 7, true)]
    #[case("publish.claimed#2", 1, 7, false)]
    #[case("publish", 1, 7, false)]
    #[case("#7", 3, 7, true)]
    #[case("#7", 7, 8, false)]
    #[case("publish.claimed#", 1, 1, false)]
    #[case("publish.claimed#one", 1, 1, false)]
    #[case("publish.claimed#0", 1, 1, false)]
    fn a_place_is_one_passing_of_a_point(#[case] text: &str, #[case] of_name: u32, #[case] of_all: u32, #[case] is_it: bool) {
        assert_eq!(Place::parse(text).is(Passing { name: "publish.claimed", of_name, of_all }), is_it);
    }
}
