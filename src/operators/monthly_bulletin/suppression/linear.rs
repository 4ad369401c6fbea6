//! A linear system in reduced echelon form, to see which unknowns it determines.
//!
//! Coefficients are numbers modulo a prime. What follows over the fractions follows there too, unless the prime divides
//! a determinant of the system; determinants of such small systems of ones do not reach a prime of 61 bits.

use std::collections::BTreeMap;

const PRIME: u64 = (1 << 61) - 1;

type Row = BTreeMap<usize, u64>;

/// Equations, each solved for one unknown that stands in no other.
#[derive(Debug, Default)]
pub struct Echelon {
    rows: BTreeMap<usize, Row>,
}

impl Echelon {
    /// Adds an equation by the coefficients of its unknowns; what is known stands on its other side and does not matter.
    pub fn add(&mut self, coefficients: impl IntoIterator<Item = (usize, i64)>) {
        let mut row = Row::new();
        for (unknown, coefficient) in coefficients {
            let residue = u64::try_from(coefficient.rem_euclid(PRIME as i64)).unwrap_or(0);
            add_to(&mut row, unknown, residue);
        }
        let solved: Vec<(usize, u64)> = row.iter().filter(|(unknown, _)| self.rows.contains_key(unknown)).map(|(&u, &c)| (u, c)).collect();
        for (unknown, coefficient) in solved {
            subtract(&mut row, coefficient, &self.rows[&unknown]);
        }
        let Some((&pivot, &coefficient)) = row.first_key_value() else { return };
        let inverse = power(coefficient, PRIME - 2);
        row.values_mut().for_each(|value| *value = times(*value, inverse));
        for other in self.rows.values_mut() {
            if let Some(&coefficient) = other.get(&pivot) {
                subtract(other, coefficient, &row);
            }
        }
        self.rows.insert(pivot, row);
    }

    /// The unknowns that have one value only.
    pub fn determined(&self) -> impl Iterator<Item = usize> + '_ {
        self.rows.iter().filter(|(_, row)| row.len() == 1).map(|(&pivot, _)| pivot)
    }
}

fn subtract(row: &mut Row, coefficient: u64, other: &Row) {
    for (&unknown, &value) in other {
        add_to(row, unknown, PRIME - times(coefficient, value));
    }
}

fn add_to(row: &mut Row, unknown: usize, residue: u64) {
    let value = row.get(&unknown).copied().unwrap_or(0) + residue % PRIME;
    match value % PRIME {
        0 => row.remove(&unknown),
        value => row.insert(unknown, value),
    };
}

fn times(a: u64, b: u64) -> u64 {
    // The remainder of a prime below 2^61 fits.
    (u128::from(a) * u128::from(b) % u128::from(PRIME)) as u64
}

fn power(base: u64, mut exponent: u64) -> u64 {
    let (mut result, mut square) = (1, base);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = times(result, square);
        }
        square = times(square, square);
        exponent >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn determined(equations: &[&[(usize, i64)]]) -> Vec<usize> {
        let mut system = Echelon::default();
        for equation in equations {
            system.add(equation.iter().copied());
        }
        system.determined().collect()
    }

    #[test]
    fn what_two_equations_say_together() {
        assert_eq!(determined(&[&[(0, 1), (1, 1)]]), [0usize; 0]);
        assert_eq!(determined(&[&[(0, 1), (1, 1)], &[(0, 1), (1, -1)]]), [0, 1]);
        assert_eq!(determined(&[&[(0, 1), (1, 1), (2, 1)], &[(1, 1), (2, 1)]]), [0]);
        assert_eq!(determined(&[&[(0, 1), (1, 1)], &[(1, 1), (2, 1)], &[(2, 1), (0, 1)]]), [0, 1, 2]);
    }
}
