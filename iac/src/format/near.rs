//! Words that are another but for a slip: a sign too many, missing, or in the place of another.

/// Whether a word is this one but for its case, or for one sign.
pub(super) fn is_near(word: &str, meant: &str) -> bool {
    if word == meant {
        return false;
    }
    if word.len().abs_diff(meant.len()) > 4 {
        return false;
    }
    word.eq_ignore_ascii_case(meant) || is_one_sign_off(word, meant)
}

fn is_one_sign_off(word: &str, meant: &str) -> bool {
    let (word, meant): (Vec<char>, Vec<char>) = (word.chars().collect(), meant.chars().collect());
    let start = word.iter().zip(&meant).take_while(|(one, other)| one == other).count();
    let (word, meant) = (word.get(start..).unwrap_or_default(), meant.get(start..).unwrap_or_default());
    let end = word.iter().rev().zip(meant.iter().rev()).take_while(|(one, other)| one == other).count();
    word.len().saturating_sub(end) <= 1 && meant.len().saturating_sub(end) <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sign_makes_a_word_near() {
        for word in ["kind}", "kin", "k'ind", "kinn", "KIND", "[kind", "ind"] {
            assert!(is_near(word, "kind"), "{word}");
        }
        for word in ["kind", "kinds of", "king s", "", "metadata"] {
            assert!(!is_near(word, "kind"), "{word}");
        }
    }
}
