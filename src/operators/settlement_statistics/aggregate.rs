//! The second half: part by part, rows that repeat another one are taken out, refunds find their originals, and what
//! is left is counted.
//!
//! Most refunds read back a settlement of the same person, which is at hand. One that does not stays [`Open`] until
//! all rows have been looked through ([`super::refunds`]); how many persons there are in its person's groups waits as
//! long, the rest is counted at once. A part with too many rows to hold, because one person has them, is looked at in
//! slices by fingerprint: equal rows are in the same slice, and all persons of the part wait.

use std::collections::HashMap;
use std::io;

use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use super::cells::{Cells, Counts, Group, Visit};
use super::collect::{Collected, Part, Shared};
use super::families::Names;
use super::record::{Hash, Record, Special, Texts};
use super::refunds::{self, Open, Prints};
use canbao_rules::identity::PersonKey;
use canbao_rules::rules::RejectReason;
use canbao_sources::spill::Chunk;
use canbao_sources::{Origin, Reject};

/// What settlements come to.
#[derive(Debug)]
pub(super) struct Reckoned {
    pub cells: Cells,
    pub names: Names,
    /// Rows that repeat another one, and refunds without their original, by origin.
    pub rejects: Vec<Reject>,
    /// Used rows of other regions.
    pub elsewhere: u64,
}

/// What some parts come to.
struct Account {
    cells: Cells,
    names: Names,
    superseded: Vec<u64>,
    /// Refunds that name no original.
    orphans: Vec<u64>,
    elsewhere: u64,
    open: Vec<Open>,
    /// Rows of persons who cannot be counted yet, by part.
    waiting: Vec<(usize, Chunk)>,
}

impl Account {
    fn new() -> Self {
        Self {
            cells: Cells::new(),
            names: Names::default(),
            superseded: Vec::new(),
            orphans: Vec::new(),
            elsewhere: 0,
            open: Vec::new(),
            waiting: Vec::new(),
        }
    }

    fn merge(mut self, mut other: Self) -> Self {
        self.cells.merge(&other.cells);
        self.names.merge(other.names);
        self.superseded.append(&mut other.superseded);
        self.orphans.append(&mut other.orphans);
        self.elsewhere += other.elsewhere;
        self.open.append(&mut other.open);
        self.waiting.append(&mut other.waiting);
        self
    }
}

/// Counts all settlements.
///
/// # Errors
/// What was spilled could not be read back.
pub(super) fn aggregate(collected: Collected) -> io::Result<Reckoned> {
    let Collected { shared, parts, names, .. } = collected;
    let most = shared.layout.rows as u64;
    let whole: Vec<usize> = (0..parts.len()).filter(|&part| parts[part].rows <= most).collect();
    let account = whole
        .into_par_iter()
        .try_fold(Account::new, |mut account, part| {
            Desk { shared: &shared, part, slice: None }.count(&parts[part], &mut account)?;
            Ok::<_, io::Error>(account)
        })
        .try_reduce(Account::new, |one, other| Ok(one.merge(other)))?;
    // One after the other: each takes as much room as all threads together are meant to.
    let mut account = account;
    for part in (0..parts.len()).filter(|&part| parts[part].rows > most) {
        let slices = parts[part].rows.div_ceil(most);
        for slice in 0..slices {
            Desk { shared: &shared, part, slice: Some((slice, slices)) }.count(&parts[part], &mut account)?;
        }
    }
    account.names.merge(names);
    close(account, &parts, &shared)
}

/// Settles the open refunds, and counts who had to wait for them.
fn close(mut account: Account, parts: &[Part], shared: &Shared) -> io::Result<Reckoned> {
    let open = std::mem::take(&mut account.open);
    let stands = refunds::settle(&open, parts, &shared.spill)?;
    let mut orphans = Prints::default();
    let superseded = account.superseded.iter().map(|&origin| Reject::row(Origin(origin), RejectReason::Superseded));
    let nameless = account.orphans.iter().map(|&origin| orphan(origin, ""));
    let mut rejects: Vec<Reject> = superseded.chain(nameless).collect();
    for (refund, stands) in open.iter().zip(stands) {
        if stands {
            count_row(&refund.record, &mut account.cells, &mut account.elsewhere);
            offer_name(refund, &mut account.names);
        } else {
            orphans.insert(refund.record.print);
            rejects.push(orphan(refund.record.origin, &refund.texts.original));
        }
    }
    let mut waiting: HashMap<usize, Vec<&Chunk>> = HashMap::new();
    account.waiting.iter().for_each(|(part, chunk)| waiting.entry(*part).or_default().push(chunk));
    let waiting: Vec<Vec<&Chunk>> = waiting.into_values().collect();
    let late = waiting
        .par_iter()
        .try_fold(Cells::new, |mut cells, chunks| {
            count_waiting(chunks, &orphans, shared, &mut cells)?;
            Ok::<_, io::Error>(cells)
        })
        .try_reduce(Cells::new, |mut one, other| {
            one.merge(&other);
            Ok(one)
        })?;
    account.cells.merge(&late);
    rejects.sort_unstable_by_key(|reject| reject.origin);
    Ok(Reckoned { cells: account.cells, names: account.names, rejects, elsewhere: account.elsewhere })
}

fn orphan(origin: u64, original: &str) -> Reject {
    Reject::value(Origin(origin), "init_setl_id", original, RejectReason::OrphanRefund)
}

/// Counts a used row's amounts, or that it is another region's.
#[inline]
fn count_row(record: &Record, cells: &mut Cells, elsewhere: &mut u64) {
    *elsewhere += u64::from(record.marks.is_elsewhere());
    if let Some(place) = record.marks.place() {
        cells.add_row(place, record.family, record.marks.times(), &record.amounts);
    }
}

fn offer_name(refund: &Open, names: &mut Names) {
    let Texts { id, name, .. } = &refund.texts;
    if !name.is_empty() {
        names.offer(refund.record.family, refund.time, id, name);
    }
}

/// Where one part, or a slice of it, is counted.
struct Desk<'a> {
    shared: &'a Shared,
    part: usize,
    /// Which slice of how many.
    slice: Option<(u64, u64)>,
}

/// The rows of a part, those that are not yet to be counted left out.
struct Held {
    records: Vec<Record>,
    specials: Vec<Special>,
}

/// A row among those held, and by what it is sorted.
#[derive(Clone, Copy)]
struct Entry {
    person: u64,
    print: u64,
    /// Behind the records come the specials.
    at: u32,
}

impl Held {
    fn record(&self, at: u32) -> &Record {
        let at = at as usize;
        self.records.get(at).unwrap_or_else(|| &self.specials[at - self.records.len()].record)
    }

    fn special(&self, at: u32) -> Option<&Special> {
        (at as usize).checked_sub(self.records.len()).map(|at| &self.specials[at])
    }

    /// All rows by person, those of one person by fingerprint and then in reading order.
    fn sorted(&self) -> Vec<Entry> {
        let mut others: HashMap<(u64, u64), u64> = HashMap::new();
        let records = self.records.iter().map(|record| (record.person, record));
        let specials = self.specials.iter().map(|special| {
            let person = special.record.person;
            if person & PersonKey::OTHER_BIT == 0 {
                return (person, &special.record);
            }
            // Half a hash is not enough to be one person.
            let next = others.len() as u64;
            (*others.entry((person, special.person_rest)).or_insert(next) | PersonKey::OTHER_BIT, &special.record)
        });
        let entries = records.chain(specials).enumerate();
        let mut entries: Vec<Entry> =
            entries.map(|(at, (person, record))| Entry { person, print: record.print[0], at: at as u32 }).collect();
        entries.sort_unstable_by(|one, other| {
            (one.person, one.print).cmp(&(other.person, other.print)).then_with(|| {
                let key = |entry: &Entry| {
                    let record = self.record(entry.at);
                    (record.print, record.origin)
                };
                key(one).cmp(&key(other))
            })
        });
        entries
    }
}

impl Desk<'_> {
    fn count(&self, part: &Part, account: &mut Account) -> io::Result<()> {
        let held = self.hold(part)?;
        let entries = held.sorted();
        let mut person = Person::default();
        let mut waiting: Vec<Record> = Vec::new();
        for rows in entries.chunk_by(|one, other| one.person == other.person) {
            person.meet(rows, &held, account);
            if self.slice.is_some() || person.waits {
                person.put_aside(&held, account, &mut waiting);
                if waiting.len() * size_of::<Record>() >= 1 << 20 {
                    self.put_aside(&mut waiting, account)?;
                }
            } else {
                person.count(&held, account);
            }
        }
        self.put_aside(&mut waiting, account)
    }

    fn put_aside(&self, waiting: &mut Vec<Record>, account: &mut Account) -> io::Result<()> {
        if !waiting.is_empty() {
            account.waiting.push((self.part, self.shared.spill.put(bytemuck::cast_slice(waiting))?));
            waiting.clear();
        }
        Ok(())
    }

    fn hold(&self, part: &Part) -> io::Result<Held> {
        let here = |record: &Record| !record.marks.is_not_yet() && self.slice.is_none_or(|(slice, of)| record.print[1] % of == slice);
        let mut held = Held { records: Vec::new(), specials: Vec::new() };
        if self.slice.is_none() {
            let rows = part.records.iter().map(Chunk::byte_count).sum::<usize>() / size_of::<Record>();
            held.records.reserve_exact(rows);
        }
        let mut buffer = Vec::new();
        for chunk in &part.records {
            let rows = held.records.len();
            held.records.resize(rows + chunk.byte_count() / size_of::<Record>(), bytemuck::Zeroable::zeroed());
            self.shared.spill.get(chunk, bytemuck::cast_slice_mut(&mut held.records[rows..]))?;
            let mut kept = rows;
            for at in rows..held.records.len() {
                if here(&held.records[at]) {
                    held.records.swap(kept, at);
                    kept += 1;
                }
            }
            held.records.truncate(kept);
        }
        for chunk in &part.specials {
            buffer.resize(chunk.byte_count(), 0);
            self.shared.spill.get(chunk, &mut buffer)?;
            held.specials.extend(Special::read(&buffer).filter(|special| here(&special.record)));
        }
        Ok(held)
    }
}

/// One person's rows. The vectors are kept from person to person.
#[derive(Default)]
struct Person {
    /// Rows that stand, refunds whose original is not at hand among them.
    rows: Vec<u32>,
    /// Refunds among `rows` that are not known to stand, ascending.
    open: Vec<u32>,
    /// Whether such a refund decides on how many persons there are.
    waits: bool,
    refunds: Vec<u32>,
    originals: Vec<Hash>,
    visits: Vec<Visit>,
}

impl Person {
    /// Takes out what repeats another row, and finds the originals of refunds.
    fn meet(&mut self, entries: &[Entry], held: &Held, account: &mut Account) {
        let Self { rows, open, waits, refunds, .. } = self;
        rows.clear();
        open.clear();
        refunds.clear();
        *waits = false;
        let mut before = None;
        for entry in entries {
            let record = held.record(entry.at);
            if before == Some(record.print) {
                account.superseded.push(record.origin);
                continue;
            }
            before = Some(record.print);
            if record.marks.is_refund() {
                refunds.push(entry.at);
            } else {
                rows.push(entry.at);
            }
        }
        if !refunds.is_empty() {
            self.find_originals(held, account);
        }
    }

    fn find_originals(&mut self, held: &Held, account: &mut Account) {
        let Self { rows, open, waits, refunds, originals, .. } = self;
        originals.clear();
        originals.extend(rows.iter().map(|&at| held.record(at).id));
        originals.sort_unstable();
        for &at in refunds.iter() {
            let Some(special) = held.special(at) else { continue };
            let record = &special.record;
            if !record.marks.names_original() {
                account.orphans.push(record.origin);
                continue;
            }
            rows.push(at);
            let refund = || Open { record: *record, original: special.original, time: special.time, texts: special.texts.clone() };
            if originals.binary_search(&special.original).is_ok() {
                // What it reads back is no refund, so it stands, and with it the refund.
                if !special.texts.name.is_empty() {
                    offer_name(&refund(), &mut account.names);
                }
            } else {
                open.push(at);
                *waits |= record.marks.month_of_this_year().is_some();
                account.open.push(refund());
            }
        }
        open.sort_unstable();
    }

    /// Counts the amounts of rows that are known to stand.
    fn count_rows(&self, held: &Held, account: &mut Account) {
        for at in self.rows.iter().filter(|at| self.open.binary_search(at).is_err()) {
            count_row(held.record(*at), &mut account.cells, &mut account.elsewhere);
        }
    }

    fn count(&mut self, held: &Held, account: &mut Account) {
        self.count_rows(held, account);
        self.visits.clear();
        for &at in &self.rows {
            let record = held.record(at);
            if let Some(place) = record.marks.place() {
                self.visits.extend(Cells::visits(place, record.family, record.marks.times()));
            }
        }
        if !self.visits.is_empty() {
            account.cells.add_person(&mut self.visits);
        }
    }

    /// Counts the amounts, and puts aside what decides on how many persons there are.
    fn put_aside(&mut self, held: &Held, account: &mut Account, waiting: &mut Vec<Record>) {
        self.count_rows(held, account);
        for &at in &self.rows {
            let record = held.record(at);
            if record.marks.month_of_this_year().is_some() {
                let person_rest = held.special(at).map_or(0, |special| special.person_rest);
                waiting.push(waiting_record(record, person_rest));
            }
        }
    }
}

/// A row of somebody who waits: its amounts are counted, and make room for the other half of the person's hash.
fn waiting_record(record: &Record, person_rest: u64) -> Record {
    Record { amounts: [person_rest as i64, 0, 0], ..*record }
}

/// Counts the persons of one part who had to wait.
fn count_waiting(chunks: &[&Chunk], orphans: &Prints, shared: &Shared, cells: &mut Cells) -> io::Result<()> {
    let mut persons: HashMap<(u64, i64, Group), Counts> = HashMap::new();
    let mut records: Vec<Record> = Vec::new();
    for chunk in chunks {
        records.resize(chunk.byte_count() / size_of::<Record>(), bytemuck::Zeroable::zeroed());
        shared.spill.get(chunk, bytemuck::cast_slice_mut(&mut records))?;
        for record in records.iter().filter(|record| !record.marks.is_refund() || !orphans.has(record.print)) {
            let Some(place) = record.marks.place() else { continue };
            for Visit { group, insurance, month, times } in Cells::visits(place, record.family, record.marks.times()) {
                let counts = persons.entry((record.person, record.amounts[0], group)).or_default();
                counts[insurance as usize][month] += i32::from(times);
            }
        }
    }
    persons.iter().for_each(|((.., group), counts)| cells.add_counts(*group, counts));
    Ok(())
}
