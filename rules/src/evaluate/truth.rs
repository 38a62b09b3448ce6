//! Three-valued logic.

/// Kleene's three values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    True,
    False,
    Unknown,
}

impl Truth {
    pub fn of(value: bool) -> Self {
        if value { Truth::True } else { Truth::False }
    }

    #[must_use]
    pub fn not(self) -> Self {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        }
    }

    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::True, Truth::True) => Truth::True,
            _ => Truth::Unknown,
        }
    }

    /// One of them must hold.
    pub fn any(truths: impl Iterator<Item = Truth>) -> Self {
        truths.map(Truth::not).fold(Truth::True, Truth::and).not()
    }

    /// The common value of alternatives of which one is the case: agreed, or unknown.
    pub fn agreed(mut alternatives: impl Iterator<Item = Truth>) -> Self {
        let Some(first) = alternatives.next() else { return Truth::Unknown };
        if alternatives.all(|other| other == first) { first } else { Truth::Unknown }
    }
}
