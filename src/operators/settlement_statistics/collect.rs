//! The first half: every used row becomes a [`Record`] as it is read, and is spilled with the other rows of its
//! person.
//!
//! Rows equal in every column have the same certificate, so which of them stands, and how many persons there are, can
//! be found out person by person. What needs a look at all rows, a refund's original, waits for the second half.

use std::io;
use std::path::Path;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_128;

use super::calendar::Calendar;
use super::families::{Families, Names, Numbers};
use super::record::{Hash, Marks, Place, Record, Special, halves};
use canbao_rules::identity::PersonKey;
use canbao_rules::period::{Day, Moment};
use canbao_rules::policy::{Area, SettlementTerms};
use canbao_rules::rules::{Care, Scheme, Scope};
use canbao_sources::spill::{Chunk, Spill};
use canbao_sources::{Kind, Person, Rows, SETTLEMENT, Taker, Want};

/// The columns that are wanted as values; the others are looked at as text.
pub const WANTS: [Want; 8] = [
    Want::plain("insutype"),
    Want::plain("insu_admdvs"),
    Want::plain("mdtrtarea_admvs"),
    Want::plain("setl_time"),
    Want::plain("medfee_sumamt"),
    Want::plain("inscp_scp_amt"),
    Want::plain("fund_pay_sumamt"),
    Want::plain("refd_setl_flag"),
];

/// How rows are spilled. No figure depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Into how many parts persons are divided.
    pub parts: usize,
    /// The size in bytes at which a part's waiting rows of one thread are spilled.
    pub chunk: usize,
    /// Bytes that are spilled in memory before a file is begun.
    pub memory: usize,
    /// The most rows of one part that are looked at together.
    pub rows: usize,
}

impl Layout {
    /// A layout for extracts of about so many bytes on so many threads: what is looked at together on all threads, and
    /// what waits on each of them, stays within some 100 MiB, however many rows there are.
    pub fn for_bytes(bytes: u64, threads: usize) -> Self {
        // Short rows of text have about a hundred bytes, those of a Parquet file fewer; a part too many costs little.
        let rows = bytes / 64;
        let together = (1 << 20) / threads.clamp(1, 64) as u64;
        let parts = (rows / together.min(1 << 18)).clamp(1, 4096) as usize;
        Self { parts, chunk: ((16 << 20) / parts).clamp(4 << 10, 64 << 10), memory: 64 << 20, rows: 2 << 20 }
    }
}

/// What all collectors of a run share.
#[derive(Debug)]
pub(super) struct Shared {
    pub layout: Layout,
    pub spill: Spill,
    pub terms: SettlementTerms,
    pub calendar: Calendar,
    pub families: Families,
    columns: Columns,
}

/// Where the columns that are looked at as text stand in the contract, and what codes mean by their place.
#[derive(Debug)]
struct Columns {
    setl_id: usize,
    init_setl_id: usize,
    med_type: usize,
    dise_codg: usize,
    dise_name: usize,
    insurances: Vec<Option<Scheme>>,
    /// The place of the flag of refunds.
    refund: Option<u8>,
}

impl Columns {
    fn of_contract() -> Self {
        let at = |name| SETTLEMENT.column(name).map_or(0, |(at, _)| at);
        let codes = |name| match SETTLEMENT.column(name).map(|(_, column)| column.kind) {
            Some(Kind::Code(codes)) => codes,
            _ => &[],
        };
        Self {
            setl_id: at("setl_id"),
            init_setl_id: at("init_setl_id"),
            med_type: at("med_type"),
            dise_codg: at("dise_codg"),
            dise_name: at("dise_name"),
            insurances: codes("insutype").iter().map(|code| Scheme::from_code(code)).collect(),
            refund: codes("refd_setl_flag").iter().position(|&code| code == "1").map(|place| place as u8),
        }
    }
}

/// The rows of some persons that were spilled.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Chunks of [`Record`]s.
    pub records: Vec<Chunk>,
    /// Chunks of [`Special`]s.
    pub specials: Vec<Chunk>,
    pub rows: u64,
}

/// A part that is being filled.
#[derive(Debug, Default)]
struct Filling {
    records: Vec<Record>,
    specials: Vec<u8>,
    aside: Part,
}

/// Takes settlements as they are read.
#[derive(Debug)]
pub struct Collector {
    shared: Arc<Shared>,
    parts: Vec<Filling>,
    numbers: Numbers,
    names: Names,
    not_yet: u64,
    buffer: Vec<u8>,
}

/// Makes the collectors of a run.
#[derive(Debug, Clone)]
pub struct Collectors(Arc<Shared>);

impl Collectors {
    /// For settlements as of the logical date; what does not fit into memory goes into a file without a name in
    /// `folder`.
    pub fn new(terms: SettlementTerms, on: Day, layout: Layout, folder: &Path) -> Self {
        let spill = Spill::new(folder, layout.memory);
        let (calendar, families, columns) = (Calendar::new(on), Families::new(), Columns::of_contract());
        Self(Arc::new(Shared { layout, spill, terms, calendar, families, columns }))
    }

    /// A collector that has taken nothing.
    pub fn collector(&self) -> Collector {
        let mut parts = Vec::new();
        parts.resize_with(self.0.layout.parts, Filling::default);
        Collector {
            shared: Arc::clone(&self.0),
            parts,
            numbers: Numbers::default(),
            names: Names::default(),
            not_yet: 0,
            buffer: Vec::new(),
        }
    }
}

/// All settlements of an extract, spilled.
#[derive(Debug)]
pub struct Collected {
    pub(super) shared: Arc<Shared>,
    pub(super) parts: Vec<Part>,
    /// What families are called by rows other than refunds.
    pub(super) names: Names,
    pub(super) not_yet: u64,
}

impl Collector {
    /// Puts the last rows aside.
    ///
    /// # Errors
    /// They could not be written.
    pub fn finish(mut self) -> io::Result<Collected> {
        let spill = &self.shared.spill;
        self.parts.iter_mut().try_for_each(|part| part.put_aside(spill))?;
        let parts = self.parts.into_iter().map(|part| part.aside).collect();
        Ok(Collected { shared: self.shared, parts, names: self.names, not_yet: self.not_yet })
    }

    /// The part of a person, by the whole of the key's bits.
    #[inline]
    fn part_of(&self, person: u64) -> usize {
        let mixed = person.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((u128::from(mixed) * self.parts.len() as u128) >> 64) as usize
    }

    fn keep(&mut self, record: Record) -> io::Result<()> {
        let (part, chunk) = (self.part_of(record.person), self.shared.layout.chunk);
        let part = &mut self.parts[part];
        part.records.push(record);
        part.aside.rows += 1;
        if part.records.len() * size_of::<Record>() >= chunk { part.spill_records(&self.shared.spill) } else { Ok(()) }
    }

    fn keep_special(&mut self, record: Record, person_rest: u64, original: Hash, time: i64, texts: [&str; 3]) -> io::Result<()> {
        let (part, chunk) = (self.part_of(record.person), self.shared.layout.chunk);
        let part = &mut self.parts[part];
        Special::write(&record, person_rest, original, time, texts, &mut part.specials);
        part.aside.rows += 1;
        if part.specials.len() >= chunk { part.spill_specials(&self.shared.spill) } else { Ok(()) }
    }
}

impl Filling {
    fn put_aside(&mut self, spill: &Spill) -> io::Result<()> {
        self.spill_records(spill)?;
        self.spill_specials(spill)
    }

    fn spill_records(&mut self, spill: &Spill) -> io::Result<()> {
        if !self.records.is_empty() {
            self.aside.records.push(spill.put(bytemuck::cast_slice(&self.records))?);
            self.records.clear();
        }
        Ok(())
    }

    fn spill_specials(&mut self, spill: &Spill) -> io::Result<()> {
        if !self.specials.is_empty() {
            self.aside.specials.push(spill.put(&self.specials)?);
            self.specials.clear();
        }
        Ok(())
    }
}

impl Taker for Collector {
    fn take(&mut self, rows: &Rows<'_>) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        let Shared { terms, calendar, families, columns, .. } = &*shared;
        let (insutype, flag) = (rows.code("insutype"), rows.code("refd_setl_flag"));
        let (insured, treated, times) = (rows.u32s("insu_admdvs"), rows.u32s("mdtrtarea_admvs"), rows.i64s("setl_time"));
        let amounts = ["medfee_sumamt", "inscp_scp_amt", "fund_pay_sumamt"].map(|column| rows.i64s(column));
        for row in (0..rows.len()).filter(|&row| rows.is_used(row)) {
            let id_text = rows.text(row, columns.setl_id);
            let id = hash(id_text);
            let origin = rows.origin(row).0;
            if rows.is_not_yet(row) {
                self.not_yet += 1;
                // Nobody's row: it waits with any others, should a refund name it.
                self.keep(Record { person: id[0], print: [0; 2], origin, id, marks: Marks::not_yet(), family: 0, amounts: [0; 3] })?;
                continue;
            }
            let insured = Area::new(insured[row]);
            let insurance = insutype(row).and_then(|place| columns.insurances.get(usize::from(place)).copied().flatten());
            let is_refund = columns.refund.is_some() && flag(row) == columns.refund;
            let (mut family, mut unnamed) = (0, "");
            let marks = match insurance {
                _ if !terms.region.covers(insured) => Marks::elsewhere(),
                None => Marks::idle(),
                Some(insurance) => {
                    let care = Care::of(rows.text(row, columns.med_type));
                    if care == Care::Chronic {
                        let known = self.numbers.of(rows.text(row, columns.dise_codg), families, terms);
                        family = known.number;
                        if !known.named {
                            unnamed = rows.text(row, columns.dise_name);
                        }
                    }
                    let scope = Scope::of(insured, Area::new(treated[row]), &terms.cities);
                    Marks::counted(Place { slot: calendar.slot(Moment::from_micros(times[row]).day()), scope, care, insurance })
                }
            };
            let original_text = if is_refund { rows.text(row, columns.init_setl_id) } else { "" };
            let marks = if is_refund { marks.refund(!original_text.is_empty()) } else { marks };
            let (person, person_rest) = self.key(rows.person(row));
            let print = halves(rows.fingerprint(row, &mut self.buffer));
            let record = Record { person, print, origin, id, marks, family, amounts: amounts.map(|amounts| amounts[row]) };
            if is_refund {
                // Whether it counts, and with it what it calls its disease, is known once its original is found.
                let id_text = if unnamed.is_empty() { "" } else { id_text };
                self.keep_special(record, person_rest, hash(original_text), times[row], [original_text, id_text, unnamed])?;
                continue;
            }
            if !unnamed.is_empty() {
                self.names.offer(family, times[row], id_text, unnamed);
            }
            if person & PersonKey::OTHER_BIT == 0 {
                self.keep(record)?;
            } else {
                self.keep_special(record, person_rest, [0; 2], 0, [""; 3])?;
            }
        }
        Ok(())
    }

    fn absorb(&mut self, other: Self) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        for (part, mut more) in self.parts.iter_mut().zip(other.parts) {
            part.aside.records.append(&mut more.aside.records);
            part.aside.specials.append(&mut more.aside.specials);
            part.aside.rows += more.aside.rows;
            part.records.append(&mut more.records);
            part.specials.append(&mut more.specials);
            if part.records.len() * size_of::<Record>() >= shared.layout.chunk {
                part.spill_records(&shared.spill)?;
            }
            if part.specials.len() >= shared.layout.chunk {
                part.spill_specials(&shared.spill)?;
            }
        }
        self.names.merge(other.names);
        self.not_yet += other.not_yet;
        Ok(())
    }
}

impl Collector {
    /// The key of a resident; of others a hash of type and number, in two halves.
    #[inline]
    fn key(&mut self, person: Person<'_>) -> (u64, u64) {
        match person {
            Person::Resident(key) => (key.0, 0),
            Person::Other { kind, number } => {
                self.buffer.clear();
                self.buffer.extend_from_slice(kind.as_bytes());
                // No text in UTF-8 holds this byte.
                self.buffer.push(0xff);
                self.buffer.extend_from_slice(number.as_bytes());
                let [half, rest] = halves(xxh3_128(&self.buffer));
                (half | PersonKey::OTHER_BIT, rest)
            }
        }
    }
}

fn hash(text: &str) -> Hash {
    halves(xxh3_128(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_declared() {
        for want in WANTS {
            assert!(SETTLEMENT.column(want.column).is_some(), "{}", want.column);
        }
        let columns = Columns::of_contract();
        let names = [columns.setl_id, columns.init_setl_id, columns.med_type, columns.dise_codg, columns.dise_name];
        let names = names.map(|at| SETTLEMENT.columns[at].name);
        assert_eq!(names, ["setl_id", "init_setl_id", "med_type", "dise_codg", "dise_name"]);
        assert_eq!(columns.insurances.iter().flatten().count(), 2);
        assert_eq!(columns.refund, Some(1));
    }

    #[test]
    fn a_layout_grows_in_parts_and_not_in_what_is_held() {
        for (bytes, threads) in [(0, 1), (1 << 20, 2), (5 << 30, 2), (5 << 30, 64), (1 << 40, 8), (u64::MAX, 256)] {
            let layout = Layout::for_bytes(bytes, threads);
            assert!((1..=4096).contains(&layout.parts), "{layout:?}");
            assert!(layout.parts * layout.chunk <= 32 << 20, "{layout:?}");
        }
        assert_eq!(Layout::for_bytes(1000, 2).parts, 1);
        assert!(Layout::for_bytes(5 << 30, 2).parts > 100);
    }
}
