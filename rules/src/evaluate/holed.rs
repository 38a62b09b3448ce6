//! Regular expressions on strings with holes: what holds whatever stands in the holes.

use std::collections::HashSet;

use compline_iac::Piece;
use regex_automata::Input;
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;

use super::truth::Truth;

/// Whether an expression is found in a string, whatever stands in its holes.
///
/// The string is walked through the expression's automaton: a known byte leads from each state to one, a hole to all
/// that some text leads to. Unknown too where the automaton would be too large.
pub fn matches(pattern: &str, pieces: &[Piece]) -> Truth {
    walked(pattern, pieces).unwrap_or(Truth::Unknown)
}

fn walked(pattern: &str, pieces: &[Piece]) -> Option<Truth> {
    let dfa = DFA::builder()
        // The states that were reached are kept by their names: none may be given to another.
        .configure(DFA::config().minimum_cache_clear_count(Some(0)))
        .thompson(thompson::Config::new().utf8(false))
        // What stands in a hole is taken to be one line.
        .syntax(syntax::Config::new().unicode(false).utf8(false).dot_matches_new_line(true))
        .build(pattern)
        .ok()?;
    let mut walk = Walk { cache: dfa.create_cache(), dfa, states: HashSet::new(), found: false };
    let start = walk.dfa.start_state_forward(&mut walk.cache, &Input::new("")).ok()?;
    walk.reach(start);
    for piece in pieces {
        match piece {
            Piece::Text(text) => text.bytes().try_for_each(|byte| walk.step(byte))?,
            Piece::Hole(_) => walk.hole()?,
        }
    }
    walk.end()
}

struct Walk {
    dfa: DFA,
    cache: Cache,
    /// Where some text with nothing found in it so far leads to.
    states: HashSet<LazyStateID>,
    /// Whether some text has it.
    found: bool,
}

impl Walk {
    /// Takes up a state; whether it is a new one.
    fn reach(&mut self, state: LazyStateID) -> bool {
        if state.is_match() {
            self.found = true;
            return false;
        }
        self.states.insert(state)
    }

    fn step(&mut self, byte: u8) -> Option<()> {
        for state in std::mem::take(&mut self.states) {
            let next = self.dfa.next_state(&mut self.cache, state, byte).ok()?;
            self.reach(next);
        }
        Some(())
    }

    /// Any text, also none.
    fn hole(&mut self) -> Option<()> {
        let mut open: Vec<LazyStateID> = self.states.iter().copied().collect();
        while let Some(state) = open.pop() {
            for byte in 0..=u8::MAX {
                let next = self.dfa.next_state(&mut self.cache, state, byte).ok()?;
                if self.reach(next) {
                    open.push(next);
                }
            }
        }
        Some(())
    }

    fn end(mut self) -> Option<Truth> {
        let mut without = false;
        for state in std::mem::take(&mut self.states) {
            match self.dfa.next_eoi_state(&mut self.cache, state).ok()?.is_match() {
                true => self.found = true,
                false => without = true,
            }
        }
        Some(match (self.found, without) {
            (true, false) => Truth::True,
            (false, _) => Truth::False,
            (true, true) => Truth::Unknown,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compline_iac::{Why, WhyKind};

    #[test]
    fn what_holds_whatever_stands_in_the_holes() {
        // `…` is a hole.
        for (pattern, text, expected) in [
            ("^user:.*@gmail\\.com$", "user:…@gmail.com", Truth::True),
            ("^user:.*@gmail\\.com$", "user:…@example.com", Truth::False),
            ("^user:.*@gmail\\.com$", "group:…", Truth::False),
            ("^user:.*@gmail\\.com$", "user:…", Truth::Unknown),
            ("password", "my-password-…", Truth::True),
            ("password", "…word", Truth::Unknown),
            ("passwords$", "…word", Truth::False),
            ("^a|b$", "a…", Truth::True),
            ("^a|b$", "c…", Truth::Unknown),
            ("^a|b$", "c…d", Truth::False),
            ("^(x|y)+$", "x…y", Truth::Unknown),
            ("^$", "…", Truth::Unknown),
            ("", "…", Truth::True),
            (":iam::aws:policy/AdministratorAccess$", "arn:…:iam::000000000000:policy/…", Truth::Unknown),
            ("^arn:[a-z-]+:iam::aws:policy/", "arn:…:iam::000000000000:policy/", Truth::Unknown),
            ("\\bsecret\\b", "a secret …", Truth::True),
        ] {
            let why = || Why::new(WhyKind::Variable, "a variable");
            let mut pieces = Vec::new();
            for (index, part) in text.split('…').enumerate() {
                if index > 0 {
                    pieces.push(Piece::Hole(why()));
                }
                if !part.is_empty() {
                    pieces.push(Piece::Text(part.into()));
                }
            }
            assert_eq!(matches(pattern, &pieces), expected, "`{pattern}` in `{text}`");
        }
    }
}
