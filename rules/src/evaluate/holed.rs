//! Regular expressions on strings with holes: what holds whatever can stand in the holes.

use std::collections::HashSet;

use compline_iac::{Form, Piece};
use regex_automata::Input;
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;

use super::truth::Truth;

/// A part of a string that is not known before it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'a> {
    Text(&'a str),
    /// Any text, also none.
    Any,
    /// Text without `:`, also none: a name with its path.
    Path,
    /// Text without `:` and `/`, also none: one part of an ARN or of a path.
    Segment,
    /// The twelve digits of an account's number.
    Account,
}

/// The parts of a shape as `shapes.yaml` writes it: `*` is a text without `:` and `/`, `**` one without `:`, `***` any
/// text, `#` an account's number.
pub fn parts_of(shape: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = shape;
    while let Some(at) = rest.find(['*', '#']) {
        let (text, from) = rest.split_at(at);
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        let (part, length) = match from {
            _ if from.starts_with("***") => (Part::Any, 3),
            _ if from.starts_with("**") => (Part::Path, 2),
            _ if from.starts_with('*') => (Part::Segment, 1),
            _ => (Part::Account, 1),
        };
        parts.push(part);
        rest = from.get(length..).unwrap_or_default();
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

/// The parts of a string with holes.
pub fn parts_in(pieces: &[Piece]) -> Vec<Part<'_>> {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => Part::Text(text),
            Piece::Hole(why) => hole_of(why.form),
        })
        .collect()
}

/// The part that an unknown value of this form is.
pub fn hole_of(form: Form) -> Part<'static> {
    match form {
        Form::Any => Part::Any,
        Form::Segment => Part::Segment,
        Form::Account => Part::Account,
    }
}

/// Whether a string of these parts can be this text.
pub fn can_be(parts: &[Part<'_>], text: &str, fold_case: bool) -> bool {
    let bytes = text.as_bytes();
    // Whether the parts so far can end before the byte at this place.
    let mut ends = vec![false; bytes.len() + 1];
    if let Some(start) = ends.first_mut() {
        *start = true;
    }
    for part in parts {
        let mut next = vec![false; bytes.len() + 1];
        for at in (0..ends.len()).filter(|at| ends.get(*at) == Some(&true)) {
            let rest = bytes.get(at..).unwrap_or_default();
            let most = match part {
                Part::Text(text) => {
                    let head = rest.get(..text.len());
                    let is_same = head.is_some_and(|head| match fold_case {
                        true => head.eq_ignore_ascii_case(text.as_bytes()),
                        false => head == text.as_bytes(),
                    });
                    next.get_mut(at + text.len()).filter(|_| is_same).into_iter().for_each(|end| *end = true);
                    continue;
                }
                Part::Account => {
                    let is_one = rest.get(..12).is_some_and(|head| head.iter().all(u8::is_ascii_digit));
                    next.get_mut(at + 12).filter(|_| is_one).into_iter().for_each(|end| *end = true);
                    continue;
                }
                Part::Any => rest.len(),
                Part::Path => rest.iter().take_while(|byte| **byte != b':').count(),
                Part::Segment => rest.iter().take_while(|byte| !matches!(byte, b':' | b'/')).count(),
            };
            next.iter_mut().skip(at).take(most + 1).for_each(|end| *end = true);
        }
        ends = next;
    }
    ends.last() == Some(&true)
}

/// Whether an expression is found in a string, whatever stands in its holes.
pub fn matches(pattern: &str, pieces: &[Piece]) -> Truth {
    matches_parts(pattern, &parts_in(pieces))
}

/// Whether an expression is found in a string, whatever its parts stand for.
///
/// The string is walked through the expression's automaton: a known byte leads from each state to one, a hole to all
/// that some text it can hold leads to. Unknown too where the automaton would be too large.
pub fn matches_parts(pattern: &str, parts: &[Part<'_>]) -> Truth {
    walked(pattern, parts).unwrap_or(Truth::Unknown)
}

fn walked(pattern: &str, parts: &[Part<'_>]) -> Option<Truth> {
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
    for part in parts {
        match part {
            Part::Text(text) => text.bytes().try_for_each(|byte| walk.step(byte))?,
            Part::Any => walk.hole(|_| true)?,
            Part::Path => walk.hole(|byte| byte != b':')?,
            Part::Segment => walk.hole(|byte| !matches!(byte, b':' | b'/'))?,
            Part::Account => (0..12).try_for_each(|_| walk.one_of(b'0'..=b'9'))?,
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

    /// Any one of these bytes.
    fn one_of(&mut self, bytes: std::ops::RangeInclusive<u8>) -> Option<()> {
        for state in std::mem::take(&mut self.states) {
            for byte in bytes.clone() {
                let next = self.dfa.next_state(&mut self.cache, state, byte).ok()?;
                self.reach(next);
            }
        }
        Some(())
    }

    /// Any text of such bytes, also none.
    fn hole(&mut self, can_hold: impl Fn(u8) -> bool) -> Option<()> {
        let mut open: Vec<LazyStateID> = self.states.iter().copied().collect();
        while let Some(state) = open.pop() {
            for byte in (0..=u8::MAX).filter(|byte| can_hold(*byte)) {
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

    #[test]
    fn a_shape_says_what_its_holes_can_hold() {
        let managed = "^arn:[a-z-]+:iam::aws:policy/";
        for (pattern, shape, expected) in [
            (managed, "arn:*:iam::#:policy/**", Truth::False),
            ("AdministratorAccess$", "arn:*:iam::#:policy/**", Truth::Unknown),
            (managed, "arn:*:iam::*:policy/**", Truth::Unknown),
            // Not anchored: the name's path would have to hold what stands before it.
            (":iam::aws:policy/AdministratorAccess$", "arn:*:iam::#:policy/**", Truth::False),
            (":iam::aws:policy/AdministratorAccess$", "arn:*:iam::#:policy/***", Truth::Unknown),
            // A hole that is one part of an ARN cannot hold the parts behind it.
            ("^arn:aws:kms:[^:]*:[0-9]{12}:alias/aws/", "arn:*:kms:*:#:key/*", Truth::False),
            ("^arn:aws:kms:[^:]*:[0-9]{12}:alias/aws/", "arn:*:kms:*:#:alias/**", Truth::Unknown),
            ("^arn:aws:kms:[^:]*:[0-9]{12}:alias/aws/", "arn:*:kms:*:#:alias/*", Truth::False),
            (":[0-9]{12}:", "arn:*:kms:*:#:key/*", Truth::True),
            (":111122223333:", "arn:*:kms:*:#:key/*", Truth::Unknown),
            ("^alias/aws/", "alias/**", Truth::Unknown),
            ("^sg-", "sg-*", Truth::True),
            ("0\\.0\\.0\\.0/0", "sg-*", Truth::False),
        ] {
            assert_eq!(matches_parts(pattern, &parts_of(shape)), expected, "`{pattern}` in `{shape}`");
        }
        let whole = |shape: &str, text: &str| can_be(&parts_of(shape), text, false);
        assert!(whole("arn:*:iam::#:policy/**", "arn:aws:iam::111122223333:policy/a/b"));
        assert!(!whole("arn:*:iam::#:policy/**", "arn:aws:iam::aws:policy/AdministratorAccess"));
        assert!(!whole("arn:*:sns:*:#:*", "arn:aws:sns:eu-west-1:111122223333:a:b"));
        assert!(whole("arn:*:sns:*:#:*", "arn:aws:sns:eu-west-1:111122223333:a"));
        assert!(
            whole("**a**", "b/ab") && !whole("**a**", "b:ab") && whole("***a**", "b:ab") && !whole("a*", "A")
        );
        assert!(can_be(&parts_of("a*"), "Ab", true));
    }
}
