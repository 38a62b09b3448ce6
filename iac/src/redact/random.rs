//! Text that chance made, told from names, paths, ids and digests that everyone may read.

/// How much more often than by chance a letter follows another in the words and names of this field, from 0 (never) to
/// 9: a row for each first letter. Counted in the pages, frameworks and documents of this repository.
const PAIRS: [&[u8; 26]; 26] = [
    b"15650350502757040658412031",
    b"74558400730803500540600020",
    b"71427106505610810527400030",
    b"65359430700132520460401020",
    b"51673330000547041885042310",
    b"74447600900400700525500010",
    b"60109045701315500751600010",
    b"80009000700022800425300040",
    b"43655440000548730467040002",
    b"40009000100000700080800000",
    b"40119200600345300082610000",
    b"71048000800600800054400050",
    b"84009000700240661050400000",
    b"60667470500103500078220010",
    b"12540240202559350854644000",
    b"70227003500720750846500000",
    b"00300000001800010050900000",
    b"70459030703043700265330050",
    b"50508005703020542078502020",
    b"60208006900100610663202040",
    b"45455020400657060777000000",
    b"80009000800010430000300010",
    b"80007007700106800460000000",
    b"60607100800310090208000020",
    b"32406020100066590095031001",
    b"90009000000000800200800000",
];

/// What a letter beside a digit counts, and the most that a pair counts.
const TURN: u32 = 1;
const MOST: u32 = 9;

fn weight(first: u8, second: u8) -> u32 {
    let place = |letter: u8| usize::from(letter.to_ascii_lowercase().wrapping_sub(b'a'));
    let weight = PAIRS.get(place(first)).and_then(|row| row.get(place(second)));
    weight.map_or(0, |digit| u32::from(digit - b'0'))
}

/// How much a text is like words, from 0 to 1, by the signs that stand beside each other. Of a thousand texts of twenty
/// letters and digits that chance makes one reaches 0.47; names reach 0.5. Where a word ends and the next begins with
/// a capital counts not at all.
pub(super) fn likeness(text: &str) -> f64 {
    let bytes = text.as_bytes();
    let (mut like, mut all) = (0_u32, 0_u32);
    for pair in bytes.windows(2) {
        let [first, second] = pair else { continue };
        match (first.is_ascii_alphabetic(), second.is_ascii_alphabetic()) {
            (true, true) if first.is_ascii_lowercase() && second.is_ascii_uppercase() => {}
            (true, true) => {
                all += 1;
                like += weight(*first, *second);
            }
            (true, false) if second.is_ascii_digit() => {
                all += 1;
                like += TURN;
            }
            (false, true) if first.is_ascii_digit() => {
                all += 1;
                like += TURN;
            }
            _ => {}
        }
    }
    if all == 0 { 1.0 } else { f64::from(like) / f64::from(all * MOST) }
}

/// What kinds of signs a text has.
#[derive(Default)]
struct Kinds {
    lower: bool,
    upper: bool,
    digit: bool,
    /// Signs that names and paths do not have.
    odd: bool,
    /// How often a digit stands beside a letter.
    turns: usize,
    /// How often a capital follows a small letter, or the other way round past a first capital.
    bends: usize,
}

fn kinds(text: &str) -> Kinds {
    let mut kinds = Kinds::default();
    let mut before = b' ';
    for byte in text.bytes() {
        kinds.lower |= byte.is_ascii_lowercase();
        kinds.upper |= byte.is_ascii_uppercase();
        kinds.digit |= byte.is_ascii_digit();
        kinds.odd |=
            matches!(byte, b'!' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'?' | b'@' | b'~' | b'+' | b'|');
        kinds.turns += usize::from(
            byte.is_ascii_digit() && before.is_ascii_alphabetic()
                || byte.is_ascii_alphabetic() && before.is_ascii_digit(),
        );
        kinds.bends += usize::from(byte.is_ascii_uppercase() && before.is_ascii_lowercase());
        before = byte;
    }
    kinds
}

/// Whether a run has enough signs, of enough kinds, to be a secret or to encode one: few have.
pub(super) fn may_be_secret(run: &str) -> bool {
    let (mut lower, mut upper, mut digit, mut odd) = (false, false, false, false);
    for byte in run.bytes() {
        match byte {
            b'a'..=b'z' => lower = true,
            b'A'..=b'Z' => upper = true,
            b'0'..=b'9' => digit = true,
            b'_' | b'-' | b'.' | b'/' | b':' | b'=' => {}
            _ => odd = true,
        }
    }
    match run.len() {
        16.. => lower && upper || digit && (lower || upper),
        10.. => odd && lower && upper && digit,
        _ => false,
    }
}

/// Whether a run of signs without a blank is a secret by its look alone.
pub(super) fn is_secret(run: &str) -> bool {
    if run.len() < 8 || !run.is_ascii() || is_public(run) {
        return false;
    }
    let kinds = kinds(run);
    let mixed = kinds.lower && kinds.upper;
    if !(mixed || kinds.digit) {
        return false;
    }
    let likeness = likeness(run);
    // A password as generators make them.
    if kinds.odd && mixed && kinds.digit && run.len() >= 10 {
        let is_mail = run.contains('@') && run.contains('.');
        if !run.contains("://") && !is_mail && likeness < 0.45 {
            return true;
        }
    }
    if !run.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-.~".contains(&byte)) {
        return false;
    }
    let one_word = || run.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match run.len() {
        20.. if mixed && kinds.digit => likeness < 0.47 && (kinds.turns >= 2 || kinds.bends >= 3),
        24.. if mixed => likeness < 0.38 && kinds.bends >= 3,
        16..20 if mixed && kinds.digit => likeness < 0.42 && kinds.turns >= 3 && kinds.bends >= 1,
        // Small letters or capitals alone, and more digits among them than names have.
        22.. => {
            kinds.digit
                && likeness < 0.36
                && kinds.turns >= 5
                && (kinds.lower || run.len() >= 28)
                && one_word()
        }
        _ => false,
    }
}

/// Whether a text is short or has no sign that a secret has: most values of a configuration are.
pub(super) fn is_tame(text: &str) -> bool {
    text.len() < 8
        || text.len() < 40
            && !text
                .bytes()
                .any(|byte| byte.is_ascii_digit() || b":=@ <>$%".contains(&byte) || !byte.is_ascii())
}

/// Whether a run is something that everyone may read, however random it looks.
pub(super) fn is_public(run: &str) -> bool {
    let trimmed = run.trim_matches(['"', '\'', ',', ';']);
    // Digests, ids and numbers are hexadecimal.
    let hex =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if hex(trimmed) {
        return true;
    }
    const STARTS: &[&str] = &[
        "arn:",
        "sha1-",
        "sha256-",
        "sha384-",
        "sha512-",
        "sha256:",
        "sha512:",
        "h1:",
        "zh:",
        "ssh-rsa",
        "ssh-ed25519",
        "AAAAB3NzaC1",
        "AAAAC3NzaC1",
        "AAAAE2VjZHNh",
        "projects/",
        "/subscriptions/",
        "MII",
        "urn:",
        "oidc.eks.",
        "(hidden",
        "TLS_",
        "ECDHE-",
        "DHE-",
    ];
    if STARTS.iter().any(|start| trimmed.starts_with(start)) {
        return true;
    }
    // Ids with the kind before: `ami-0abc…`, `subnet-…`, `sg-…`.
    if let Some((kind, id)) = trimmed.rsplit_once(['-', ':', '/'])
        && id.len() >= 8
        && hex(id)
        && kind
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b':'))
    {
        return true;
    }
    // Names that CloudFormation makes: `Stack-Bucket-1A2B3C4D5E6F`.
    if let Some((name, id)) = trimmed.rsplit_once('-')
        && (8..=14).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && likeness(name) > 0.5
    {
        return true;
    }
    false
}

/// Whether a word that stands beside `password` in prose looks like one; digests and ids do.
pub(super) fn is_password(text: &str) -> bool {
    let id = text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    is_mixed(text) || (id && text.bytes().any(|byte| byte.is_ascii_digit()))
}

/// Whether a value under a name that often means something else looks like a secret: signs of several kinds, or letters
/// that chance has put together.
pub(super) fn is_mixed(text: &str) -> bool {
    if text.len() < 6 || text.contains(char::is_whitespace) || is_public(text) {
        return false;
    }
    if text.len() >= 10 && likeness(text) < 0.36 {
        return true;
    }
    let kinds = kinds(text);
    if !kinds.digit && !kinds.odd {
        return false;
    }
    // A number, a version, a CIDR, a path.
    let letters = kinds.lower || kinds.upper;
    letters
        && !text.starts_with(['/', '.', '~'])
        && (kinds.odd || likeness(text) < 0.72 || kinds.lower && kinds.upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_chance_made_is_told_from_what_people_wrote() {
        for run in [
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzQ9hLkWpTx",
            "x9Kq2LmZ7vTb4RwYp1Ns",
            "Xk29!fjwQz7#pL",
            "k8s9x2m4q1z7b3n5v6c0d8f1",
            "Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZg8Q2",
            "aB3dE9fGh2KqL7mN",
        ] {
            assert!(is_secret(run), "{run} {}", likeness(run));
        }
    }

    #[test]
    fn what_everyone_may_read_stays() {
        for run in [
            "arn:aws:iam::123456789012:role/AdminRole2",
            "ami-0abcdef1234567890",
            "subnet-0a1b2c3d4e5f67890",
            "550e8400-e29b-41d4-a716-446655440000",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "10.0.0.0/16",
            "AmazonEKSWorkerNodePolicy",
            "AmazonS3ReadOnlyAccess",
            "us-east-1",
            "TLS1_2_2021",
            "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
            "ubuntu-jammy-22.04-amd64-server-20230516",
            "Z2FDTNDATAQYW2",
            "E2QWRUHAPOMQZL",
            "registry.terraform.io/hashicorp/aws",
            "modules/network/v2.3.1/main.tf",
            "Microsoft.Storage/storageAccounts",
            "S3BucketPolicyForEC2InstanceLogs2",
            "aws_s3_bucket.logs",
            "AIDACKCEVSQ6C2EXAMPLE",
            "web-7d4b9c6f5d-x2x8z",
            "2026-11-20T09:14:07Z",
            "1234567890123456789012",
            "db.r5.24xlarge",
            "MyStack-Bucket-1A2B3C4D5E6F",
            "us-east-1_AbCdEfGhI",
            "PCI_DSS_v4.0.1_Requirement8",
        ] {
            assert!(!is_secret(run), "{run} {}", likeness(run));
        }
    }
}
