//! "Did you mean …".

/// The word nearest to what was typed, if it is near enough to be meant.
pub fn nearest<'a>(typed: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    let limit = (typed.chars().count() / 3).max(2);
    let begins = |word: &str| typed.len() > 2 && word.to_lowercase().starts_with(&typed);
    let ranked = words.into_iter().filter_map(|word| {
        let apart = distance(&typed, &word.to_lowercase());
        // `pci` means `pci-dss-4.0.1`, however much longer that is.
        if begins(word) { Some((0, word)) } else { (apart <= limit).then_some((apart, word)) }
    });
    ranked.min_by_key(|(apart, _)| *apart).map(|(_, word)| word)
}

/// A clause for an error's help.
pub fn did_you_mean<'a>(typed: &str, words: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(typed, words).map(|word| format!("did you mean `{word}`?"))
}

/// Edits between two words: letters put in, taken out, changed, or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let changed = last.get(j).map(|edits| edits + usize::from(x != y));
            let inserted = row.get(j).map(|edits| edits + 1);
            let removed = last.get(j + 1).map(|edits| edits + 1);
            let is_swap = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            let swapped = before.get(j.wrapping_sub(1)).filter(|_| is_swap).map(|edits| edits + 1);
            row.extend([changed, inserted, removed, swapped].into_iter().flatten().min());
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_offered_and_far_ones_are_not() {
        let words = ["nist-800-53-r5", "pci-dss-4.0.1", "hipaa-security-rule"];
        assert_eq!(nearest("nist-800-53-r4", words), Some("nist-800-53-r5"));
        assert_eq!(nearest("pci", words), Some("pci-dss-4.0.1"));
        assert_eq!(nearest("hippa-security-rule", words), Some("hipaa-security-rule"));
        assert_eq!(nearest("soc-2", words), None);
        assert_eq!(distance("ab", "ba"), 1);
    }
}
