//! Chance that can be repeated: everything about a person follows from the seed and the person's number.
//!
//! [`Dice`] are thrown for what varies freely. Rare cases are dealt from a deck ([`deal`]), so that each of
//! them occurs in its share in every stretch of persons, however small the county.

/// What the dice are thrown for; each topic has its own, so that a new throw in one leaves the others alone.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
pub enum Topic {
    Births = 1,
    Numbers,
    Names,
    Places,
    Households,
    Survival,
    Residences,
    Covers,
    Labels,
    Schools,
    History,
    Records,
    Payments,
    Outcomes,
    Certificates,
    Spellings,
    Dirt,
    Orders,
    Townships,
    Late,
    Pools,
    Aid,
    Uses,
    Claims,
    Settlements,
    Patients,
    Likeness,
}

/// A stream of pseudo-random numbers (splitmix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The dice of one topic for the `index`-th of something.
    pub fn of(seed: u64, topic: Topic, index: u64) -> Self {
        Self(mix(mix(seed ^ ((topic as u64) << 56)) ^ index))
    }

    /// 64 random bits.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number from 0 up to, not including, `limit`.
    pub fn below(&mut self, limit: u32) -> u32 {
        (((self.roll() >> 32) * u64::from(limit)) >> 32) as u32
    }

    /// A number from `first` to `last`, both included.
    pub fn between(&mut self, first: i32, last: i32) -> i32 {
        first + self.below((last - first + 1).max(1) as u32) as i32
    }

    /// True once in `times` throws on average.
    pub fn one_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// One of a list that is not empty.
    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u32) as usize]
    }
}

/// The card that the `rank`-th draws from a deck of `2^bits` cards, shuffled anew after each round.
///
/// In every round of `2^bits` ranks each card is drawn once.
pub fn deal(seed: u64, topic: Topic, salt: u64, rank: u64, bits: u32) -> u32 {
    let mask = (1u64 << bits) - 1;
    let mut dice = Dice::of(seed, topic, mix(salt) ^ (rank >> bits));
    let mut card = rank & mask;
    for _ in 0..2 {
        // An odd factor, a shift and an xor with the upper half are each one-to-one below 2^bits.
        card = card.wrapping_mul(dice.roll() | 1).wrapping_add(dice.roll()) & mask;
        card ^= card >> (bits / 2 + 1);
    }
    card as u32
}

/// A running number for the holders of cards `first..first + count` of a deck of `2^bits`: 0, 1, 2, … over all rounds.
pub fn nth(rank: u64, bits: u32, card: u32, first: u32, count: u32) -> u64 {
    (rank >> bits) * u64::from(count) + u64::from(card - first)
}

/// The order in which an office exports its rows: each number below `count` once, neighbours far apart.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    count: u64,
    step: u64,
    start: u64,
}

impl Order {
    /// The order of the `salt`-th office.
    pub fn of(seed: u64, salt: u64, count: u64) -> Self {
        let mut dice = Dice::of(seed, Topic::Orders, salt);
        let count = count.max(1);
        let mut step = (dice.roll() % count) | 1;
        while common_divisor(step, count) != 1 {
            step += 2;
        }
        Self { count, step: step % count, start: dice.roll() % count }
    }

    /// The number at a place below `count` (which is below 2^32, so that the product fits).
    pub fn at(self, place: u64) -> u64 {
        (place * self.step + self.start) % self.count
    }
}

fn common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The finalizer of splitmix64: every bit of the input moves about half of the bits of the output.
fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_deals_every_card_once() {
        for round in 0..20 {
            let mut cards: Vec<u32> = (round * 512..(round + 1) * 512).map(|rank| deal(7, Topic::Covers, 3, rank, 9)).collect();
            assert_ne!(cards, (0..512).collect::<Vec<_>>(), "the deck is shuffled");
            cards.sort_unstable();
            assert_eq!(cards, (0..512).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_order_holds_every_place_once() {
        for count in [1, 2, 3, 10, 1_000, 4_999, 5_000] {
            let order = Order::of(42, 5, count);
            let mut places: Vec<u64> = (0..count).map(|place| order.at(place)).collect();
            places.sort_unstable();
            assert_eq!(places, (0..count).collect::<Vec<_>>());
        }
    }
}
