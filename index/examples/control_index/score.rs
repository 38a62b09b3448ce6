//! What the measurements count.

use std::collections::BTreeSet;

/// The answers of one method to one text in one framework.
#[derive(Clone, Default)]
pub struct Answer {
    /// Ids, best first.
    pub ranked: Vec<String>,
    /// How many of them the method stands by.
    pub kept: usize,
    pub gold: BTreeSet<String>,
}

/// What many answers come to.
#[derive(Clone, Copy, Default)]
pub struct Sums {
    pub recall5: f64,
    pub recall10: f64,
    pub with_gold: f64,
    pub hits: f64,
    pub kept: f64,
    pub gold: f64,
    pub silent: f64,
    pub texts: f64,
}

impl Answer {
    pub fn sums(&self) -> Sums {
        let recall = |k: usize| {
            let found = self.ranked.iter().take(k).filter(|id| self.gold.contains(*id)).count();
            found as f64 / self.gold.len().max(1) as f64
        };
        let kept = self.ranked.iter().take(self.kept);
        let has_gold = f64::from(u8::from(!self.gold.is_empty()));
        Sums {
            recall5: recall(5) * has_gold,
            recall10: recall(10) * has_gold,
            with_gold: has_gold,
            hits: kept.filter(|id| self.gold.contains(*id)).count() as f64,
            kept: self.kept.min(self.ranked.len()) as f64,
            gold: self.gold.len() as f64,
            silent: f64::from(u8::from(self.kept == 0)),
            texts: 1.0,
        }
    }
}

impl std::ops::Add for Sums {
    type Output = Sums;

    fn add(self, other: Sums) -> Sums {
        Sums {
            recall5: self.recall5 + other.recall5,
            recall10: self.recall10 + other.recall10,
            with_gold: self.with_gold + other.with_gold,
            hits: self.hits + other.hits,
            kept: self.kept + other.kept,
            gold: self.gold + other.gold,
            silent: self.silent + other.silent,
            texts: self.texts + other.texts,
        }
    }
}

impl Sums {
    /// recall@5, recall@10, precision, recall, F1, share of texts without an answer.
    pub fn figures(self) -> [f64; 6] {
        let precision = self.hits / self.kept.max(1e-9);
        let recall = self.hits / self.gold.max(1e-9);
        let f1 = 2.0 * precision * recall / (precision + recall).max(1e-9);
        let gold = self.with_gold.max(1.0);
        [self.recall5 / gold, self.recall10 / gold, precision, recall, f1, self.silent / self.texts.max(1.0)]
    }
}

/// Low and high.
type Span = (f64, f64);

/// From what to what 95 of a hundred resamplings go, for each figure, and by how much F1 of `others` (the same
/// services, resampled together) is above. By service, since the texts of one service stand or fall together.
pub fn intervals(by_service: &[Sums], others: &[Sums]) -> ([Span; 6], Option<Span>) {
    const ROUNDS: usize = 1000;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let paired = others.len() == by_service.len();
    let mut found: Vec<[f64; 6]> = Vec::with_capacity(ROUNDS);
    let mut leads: Vec<f64> = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let (mut all, mut other) = (Sums::default(), Sums::default());
        for _ in 0..by_service.len() {
            let at = (next() % by_service.len() as u64) as usize;
            all = all + by_service[at];
            if paired {
                other = other + others[at];
            }
        }
        found.push(all.figures());
        leads.push(other.figures()[4] - all.figures()[4]);
    }
    let span = |mut list: Vec<f64>| {
        list.sort_by(f64::total_cmp);
        (list[ROUNDS / 40], list[ROUNDS - 1 - ROUNDS / 40])
    };
    let spans = std::array::from_fn(|figure| span(found.iter().map(|figures| figures[figure]).collect()));
    (spans, paired.then(|| span(leads)))
}
