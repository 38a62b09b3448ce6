//! Random secrets of every kind.

/// Numbers as chance makes them, the same for the same seed.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }

    pub fn of<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[self.below(all.len())]
    }

    pub fn text(&mut self, signs: &str, length: usize) -> String {
        let signs: Vec<char> = signs.chars().collect();
        (0..length).map(|_| *self.of(&signs)).collect()
    }
}

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGIT: &str = "0123456789";
const HEX: &str = "0123456789abcdef";

/// Tokens with their prefix, and the signs and length of what follows.
const TOKENS: &[(&str, &str, usize)] = &[
    ("AKIA", "UD", 16),
    ("ASIA", "UD", 16),
    ("ghp_", "ULD", 36),
    ("gho_", "ULD", 36),
    ("ghs_", "ULD", 36),
    ("github_pat_", "ULD", 60),
    ("glpat-", "ULD", 20),
    ("xoxb-", "D", 12),
    ("sk_live_", "ULD", 24),
    ("rk_live_", "ULD", 24),
    ("AIza", "ULD", 35),
    ("GOCSPX-", "ULD", 28),
    ("npm_", "ULD", 36),
    ("pypi-AgEIcHlwaS5vcmc", "ULD", 60),
    ("dckr_pat_", "ULD", 27),
    ("hvs.", "ULD", 90),
    ("dop_v1_", "H", 64),
    ("hf_", "UL", 34),
    ("sk-ant-api03-", "ULD", 80),
    ("sk-proj-", "ULD", 48),
    ("shpat_", "H", 32),
    ("glsa_", "ULD", 32),
    ("NRAK-", "UD", 27),
    ("PMAK-", "H", 59),
    ("lin_api_", "ULD", 40),
    ("figd_", "ULD", 40),
    ("dp.pt.", "ULD", 43),
    ("tskey-auth-", "ULD", 30),
    ("pul-", "H", 40),
    ("whsec_", "ULD", 32),
    ("sq0csp-", "ULD", 43),
    ("dapi", "H", 32),
    ("rubygems_", "H", 48),
    ("xkeysib-", "H", 64),
    ("CCIPAT_", "ULD", 40),
    ("sntrys_", "ULD", 60),
    ("pscale_pw_", "ULD", 43),
    ("ATATT3xFfGF0", "ULD", 60),
    ("gsk_", "ULD", 52),
    ("AGE-SECRET-KEY-1", "UD", 58),
];

fn signs(classes: &str) -> String {
    let one = |class: char| match class {
        'U' => UPPER,
        'L' => LOWER,
        'D' => DIGIT,
        _ => HEX,
    };
    classes.chars().map(one).collect()
}

/// A secret that shows by itself: of letters, digits, `_`, `-`, `.`, `+`, `/`, `=`.
pub fn formed(chance: &mut Chance) -> String {
    match chance.below(6) {
        0 => {
            let part = |chance: &mut Chance, length| chance.text(&signs("ULD"), length);
            let (head, body, sign) = (part(chance, 30), part(chance, 60), part(chance, 43));
            format!("eyJhbGciOiJIUzI1NiJ9{head}.eyJ{body}.{sign}")
        }
        1 => chance.text(&format!("{}+/", signs("ULD")), 40),
        2 => chance.text(&signs("ULD"), 32),
        _ => {
            let (prefix, classes, length) = *chance.of(TOKENS);
            format!("{prefix}{}", chance.text(&signs(classes), length))
        }
    }
}

/// A secret that only its place tells, of signs that every language takes as they are.
pub fn named(chance: &mut Chance) -> String {
    match chance.below(9) {
        0 => format!("{}{}", chance.text(LOWER, 6), chance.text(DIGIT, 3)),
        1 => chance.text(HEX, 32),
        2 => {
            let part = |chance: &mut Chance, length| chance.text(HEX, length);
            format!(
                "{}-{}-4{}-a{}-{}",
                part(chance, 8),
                part(chance, 4),
                part(chance, 3),
                part(chance, 3),
                part(chance, 12)
            )
        }
        3 => format!("{}-{}-{}", chance.text(LOWER, 5), chance.text(LOWER, 7), chance.text(LOWER, 6)),
        4 => chance.text(&format!("{}!#^*-_=+?.", signs("ULD")), 18),
        5 => chance.text(LOWER, 14),
        6 => format!("{}{}", chance.text(UPPER, 1), chance.text(&signs("ULD"), 9)),
        _ => formed(chance),
    }
}

/// One that also stands unquoted in a shell, a URL and a name.
pub fn plain(chance: &mut Chance) -> String {
    loop {
        let text = named(chance);
        if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
            return text;
        }
    }
}

/// A private key of several lines.
pub fn private_key(chance: &mut Chance) -> Vec<String> {
    (0..4).map(|_| chance.text(&format!("{}+/", signs("ULD")), 64)).collect()
}
