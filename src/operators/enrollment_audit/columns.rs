//! Typed views of the sorted sources' columns. A column that the extract does not have reads as null.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type, TimestampMicrosecondType, UInt8Type, UInt32Type, UInt64Type};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, BooleanArray, PrimitiveArray, RecordBatch, StringViewArray};

use canbao_rules::money::Yuan;
use canbao_rules::period::{Day, Moment, Month};

/// A column of numbers.
#[derive(Debug)]
pub(super) struct Numbers<'a, T: ArrowPrimitiveType>(Option<&'a PrimitiveArray<T>>);

// Not derived: that would ask the same of `T`, which is only a name.
impl<T: ArrowPrimitiveType> Clone for Numbers<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ArrowPrimitiveType> Copy for Numbers<'_, T> {}

impl<'a, T: ArrowPrimitiveType> Numbers<'a, T> {
    fn of(batch: &'a RecordBatch, name: &str) -> Self {
        Self(batch.column_by_name(name).and_then(|column: &ArrayRef| column.as_primitive_opt::<T>()))
    }

    pub(super) fn get(self, row: usize) -> Option<T::Native> {
        let column = self.0?;
        column.is_valid(row).then(|| column.value(row))
    }
}

impl Numbers<'_, Date32Type> {
    pub(super) fn day(self, row: usize) -> Option<Day> {
        self.get(row).map(Day::from_epoch)
    }
}

impl Numbers<'_, TimestampMicrosecondType> {
    pub(super) fn moment(self, row: usize) -> Option<Moment> {
        self.get(row).map(Moment::from_micros)
    }
}

impl Numbers<'_, Int64Type> {
    pub(super) fn yuan(self, row: usize) -> Option<Yuan> {
        self.get(row).map(Yuan::from_fen)
    }
}

impl Numbers<'_, Int32Type> {
    pub(super) fn month(self, row: usize) -> Option<Month> {
        self.get(row).map(Month::from_index)
    }
}

/// A column of texts; the reader turns empty fields into nulls.
#[derive(Debug, Clone, Copy)]
pub(super) struct Texts<'a>(Option<&'a StringViewArray>);

impl<'a> Texts<'a> {
    fn of(batch: &'a RecordBatch, name: &str) -> Self {
        Self(batch.column_by_name(name).and_then(|column| column.as_string_view_opt()))
    }

    pub(super) fn get(self, row: usize) -> Option<&'a str> {
        let column = self.0?;
        column.is_valid(row).then(|| column.value(row))
    }
}

/// A column of yes and no.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flags<'a>(Option<&'a BooleanArray>);

impl<'a> Flags<'a> {
    fn of(batch: &'a RecordBatch, name: &str) -> Self {
        Self(batch.column_by_name(name).and_then(|column| column.as_boolean_opt()))
    }

    pub(super) fn is_set(self, row: usize) -> bool {
        self.0.is_some_and(|column| column.is_valid(row) && column.value(row))
    }
}

/// `household`, at most one row a person.
#[derive(Debug)]
pub(super) struct Household<'a> {
    pub origin: Numbers<'a, UInt64Type>,
    pub name: Texts<'a>,
    pub gender: Texts<'a>,
    pub born: Numbers<'a, Date32Type>,
    pub residence: Numbers<'a, UInt64Type>,
    pub registration: Numbers<'a, UInt8Type>,
    pub survival: Numbers<'a, UInt8Type>,
}

impl<'a> Household<'a> {
    pub(super) fn of(batch: &'a RecordBatch) -> Self {
        Self {
            origin: Numbers::of(batch, "origin"),
            name: Texts::of(batch, "psn_name"),
            gender: Texts::of(batch, "gend"),
            born: Numbers::of(batch, "brdy"),
            residence: Numbers::of(batch, "resd_admdvs"),
            registration: Numbers::of(batch, "regi_type"),
            survival: Numbers::of(batch, "surv_stas"),
        }
    }
}

/// `student`, at most one row a person.
#[derive(Debug)]
pub(super) struct Student<'a> {
    pub origin: Numbers<'a, UInt64Type>,
    pub name: Texts<'a>,
    pub school: Numbers<'a, UInt64Type>,
    pub begin: Numbers<'a, Date32Type>,
    pub end: Numbers<'a, Date32Type>,
}

impl<'a> Student<'a> {
    pub(super) fn of(batch: &'a RecordBatch) -> Self {
        Self {
            origin: Numbers::of(batch, "origin"),
            name: Texts::of(batch, "psn_name"),
            school: Numbers::of(batch, "school_admdvs"),
            begin: Numbers::of(batch, "begntime"),
            end: Numbers::of(batch, "endtime"),
        }
    }
}

/// `identity`, any number of rows a person.
#[derive(Debug)]
pub(super) struct Identity<'a> {
    pub origin: Numbers<'a, UInt64Type>,
    pub name: Texts<'a>,
    pub category: Numbers<'a, UInt8Type>,
    pub begin: Numbers<'a, Date32Type>,
    pub end: Numbers<'a, Date32Type>,
}

impl<'a> Identity<'a> {
    pub(super) fn of(batch: &'a RecordBatch) -> Self {
        Self {
            origin: Numbers::of(batch, "origin"),
            name: Texts::of(batch, "psn_name"),
            category: Numbers::of(batch, "psn_idet_type"),
            begin: Numbers::of(batch, "begntime"),
            end: Numbers::of(batch, "endtime"),
        }
    }
}

/// `enrollment`, any number of rows a person; the history's rows have no `psn_no`, dates of employment and amounts.
#[derive(Debug)]
pub(super) struct Enrollment<'a> {
    pub origin: Numbers<'a, UInt64Type>,
    pub name: Texts<'a>,
    pub psn_no: Texts<'a>,
    pub scheme: Numbers<'a, UInt8Type>,
    pub area: Numbers<'a, UInt32Type>,
    pub in_force: Flags<'a>,
    pub collected: Flags<'a>,
    pub not_reversed: Flags<'a>,
    pub employed_since: Numbers<'a, Date32Type>,
    pub first: Numbers<'a, Int32Type>,
    pub last: Numbers<'a, Int32Type>,
    pub paid_at: Numbers<'a, TimestampMicrosecondType>,
    pub personal: Numbers<'a, Int64Type>,
}

impl<'a> Enrollment<'a> {
    pub(super) fn of(batch: &'a RecordBatch) -> Self {
        Self {
            origin: Numbers::of(batch, "origin"),
            name: Texts::of(batch, "psn_name"),
            psn_no: Texts::of(batch, "psn_no"),
            scheme: Numbers::of(batch, "insutype"),
            area: Numbers::of(batch, "insu_admdvs"),
            in_force: Flags::of(batch, "psn_insu_stas"),
            collected: Flags::of(batch, "clct_flag"),
            not_reversed: Flags::of(batch, "revs_flag"),
            employed_since: Numbers::of(batch, "psn_insu_date"),
            first: Numbers::of(batch, "accrym_begn"),
            last: Numbers::of(batch, "accrym_end"),
            paid_at: Numbers::of(batch, "clct_time"),
            personal: Numbers::of(batch, "psn_clct_amt"),
        }
    }
}

/// `payment` for the benefit year, any number of rows a person.
#[derive(Debug)]
pub(super) struct Payment<'a> {
    pub origin: Numbers<'a, UInt64Type>,
    pub year: Numbers<'a, Int32Type>,
    pub paid_at: Numbers<'a, TimestampMicrosecondType>,
    pub amount: Numbers<'a, Int64Type>,
    pub status: Numbers<'a, UInt8Type>,
}

impl<'a> Payment<'a> {
    pub(super) fn of(batch: &'a RecordBatch) -> Self {
        Self {
            origin: Numbers::of(batch, "origin"),
            year: Numbers::of(batch, "clct_year"),
            paid_at: Numbers::of(batch, "pay_time"),
            amount: Numbers::of(batch, "pay_amt"),
            status: Numbers::of(batch, "pay_stas"),
        }
    }
}

/// `settlement` of the two schemes up to the logical date, any number of rows a person.
#[derive(Debug)]
pub(super) struct Settlement<'a> {
    pub origin: Numbers<'a, UInt64Type>,
    pub settled_at: Numbers<'a, TimestampMicrosecondType>,
    pub fund: Numbers<'a, Int64Type>,
}

impl<'a> Settlement<'a> {
    pub(super) fn of(batch: &'a RecordBatch) -> Self {
        Self {
            origin: Numbers::of(batch, "origin"),
            settled_at: Numbers::of(batch, "setl_time"),
            fund: Numbers::of(batch, "fund_pay_sumamt"),
        }
    }
}

/// `incentive_use`, any number of rows a person.
#[derive(Debug)]
pub(super) struct IncentiveUse<'a> {
    pub origin: Numbers<'a, UInt64Type>,
    pub year: Numbers<'a, Int32Type>,
}

impl<'a> IncentiveUse<'a> {
    pub(super) fn of(batch: &'a RecordBatch) -> Self {
        Self { origin: Numbers::of(batch, "origin"), year: Numbers::of(batch, "year") }
    }
}

/// `mutual_aid`, in reading order.
#[derive(Debug)]
pub(super) struct MutualAid<'a> {
    pub origin: Numbers<'a, UInt64Type>,
    pub payer: Numbers<'a, UInt64Type>,
    pub payer_area: Numbers<'a, UInt32Type>,
    pub payee: Numbers<'a, UInt64Type>,
    pub payee_area: Numbers<'a, UInt32Type>,
    pub relation: Texts<'a>,
    pub year: Numbers<'a, Int32Type>,
    pub paid_at: Numbers<'a, TimestampMicrosecondType>,
    pub amount: Numbers<'a, Int64Type>,
}

impl<'a> MutualAid<'a> {
    pub(super) fn of(batch: &'a RecordBatch) -> Self {
        Self {
            origin: Numbers::of(batch, "origin"),
            payer: Numbers::of(batch, "payer_key"),
            payer_area: Numbers::of(batch, "payer_admdvs"),
            payee: Numbers::of(batch, "payee_key"),
            payee_area: Numbers::of(batch, "payee_admdvs"),
            relation: Texts::of(batch, "relation"),
            year: Numbers::of(batch, "clct_year"),
            paid_at: Numbers::of(batch, "pay_time"),
            amount: Numbers::of(batch, "pay_amt"),
        }
    }
}
