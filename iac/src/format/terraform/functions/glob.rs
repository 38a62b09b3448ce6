//! The patterns of `fileset`: `*`, `**`, `?`, `[a-z]`, `{a,b}`.

/// Alternatives that braces may spell out; more are refused.
const ALTERNATIVES: usize = 1_000;

/// A compiled pattern: one of these must match.
pub(super) struct Glob {
    alternatives: Vec<Vec<String>>,
}

impl Glob {
    pub fn new(pattern: &str) -> Result<Self, String> {
        let mut spelled = vec![pattern.to_owned()];
        while let Some(at) = spelled.iter().position(|one| opening(one).is_some()) {
            let one = spelled.swap_remove(at);
            spelled.extend(expand(&one).ok_or_else(|| format!("`{pattern}` has an unclosed brace"))?);
            if spelled.len() > ALTERNATIVES {
                return Err(format!("`{pattern}` has more than {ALTERNATIVES} alternatives"));
            }
        }
        let mut alternatives = Vec::new();
        for one in spelled {
            let segments: Vec<String> = one.split('/').map(str::to_owned).collect();
            if segments.iter().any(|segment| !is_closed(segment)) {
                return Err(format!("`{pattern}` has an unclosed bracket"));
            }
            alternatives.push(segments);
        }
        Ok(Self { alternatives })
    }

    pub fn matches(&self, path: &str) -> bool {
        let names: Vec<&str> = path.split('/').collect();
        self.alternatives.iter().any(|segments| segments_match(segments, &names))
    }
}

/// The first brace that is not escaped.
fn opening(pattern: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in pattern.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'{' => return Some(at),
            _ => {}
        }
    }
    None
}

fn expand(pattern: &str) -> Option<Vec<String>> {
    let start = opening(pattern)?;
    let (mut depth, mut cuts, mut escaped) = (0, vec![start], false);
    for (at, byte) in pattern.bytes().enumerate().skip(start) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'{' => depth += 1,
            b'}' => depth -= 1,
            b',' if depth == 1 => cuts.push(at),
            _ => {}
        }
        if depth == 0 {
            cuts.push(at);
            let (before, after) = (pattern.get(..start)?, pattern.get(at + 1..)?);
            let inner = cuts.windows(2).filter_map(|pair| pattern.get(pair.first()? + 1..*pair.last()?));
            return Some(inner.map(|inner| format!("{before}{inner}{after}")).collect());
        }
    }
    None
}

fn is_closed(segment: &str) -> bool {
    let mut characters = segment.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            '[' if !characters.any(|character| character == ']') => return false,
            _ => {}
        }
    }
    true
}

fn segments_match(segments: &[String], names: &[&str]) -> bool {
    match (segments.split_first(), names.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "**" => {
            segments_match(rest, names)
                || names.split_first().is_some_and(|(_, more)| segments_match(segments, more))
        }
        (Some((first, rest)), Some((name, more))) => {
            let pattern: Vec<char> = first.chars().collect();
            let name: Vec<char> = name.chars().collect();
            name_matches(&pattern, &name) && segments_match(rest, more)
        }
        _ => false,
    }
}

fn name_matches(pattern: &[char], name: &[char]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some(('*', rest)) => {
            (0..=name.len()).any(|at| name.get(at..).is_some_and(|name| name_matches(rest, name)))
        }
        Some(('?', rest)) => name.split_first().is_some_and(|(_, name)| name_matches(rest, name)),
        Some(('[', rest)) => {
            let Some((first, name)) = name.split_first() else { return false };
            class(rest, *first).is_some_and(|(found, rest)| found && name_matches(rest, name))
        }
        Some(('\\', rest)) => match (rest.split_first(), name.split_first()) {
            (Some((wanted, rest)), Some((first, name))) => wanted == first && name_matches(rest, name),
            _ => false,
        },
        Some((wanted, rest)) => {
            name.split_first().is_some_and(|(first, name)| wanted == first && name_matches(rest, name))
        }
    }
}

/// Whether the class that begins here holds the character, and the pattern after it.
fn class(pattern: &[char], character: char) -> Option<(bool, &[char])> {
    let (negated, mut rest) = match pattern.split_first() {
        Some(('^', rest)) => (true, rest),
        _ => (false, pattern),
    };
    let mut found = false;
    loop {
        match rest {
            [']', after @ ..] => return Some((found != negated, after)),
            [low, '-', high, after @ ..] if *high != ']' => {
                found |= (*low..=*high).contains(&character);
                rest = after;
            }
            [one, after @ ..] => {
                found |= *one == character;
                rest = after;
            }
            [] => return None,
        }
    }
}
