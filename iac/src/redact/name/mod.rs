//! What a name promises of its value: `db_password`, `X-Api-Key` and `clientSecret` a secret, `secret_arn` and
//! `kms_key_id` something that everyone may read.

mod words;

use words::{DIGEST, PUBLIC, SECRET, SECRET_KEYS, WEAK};
pub(super) use words::{NAMING, REFERRING, VALUING};

/// What a name promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum NameClass {
    /// Nothing.
    #[default]
    Plain,
    /// Something that everyone may read.
    Public,
    /// A digest: it looks like chance, and hides nothing.
    Digest,
    /// Perhaps a secret: one if it looks like one.
    Weak,
    /// A secret.
    Secret,
}

/// Settings that hold the secret of a resource that is one.
const HELD: [&str; 9] = [
    "binary_data",
    "data",
    "data_json",
    "encrypted_value",
    "plaintext_value",
    "secret_data",
    "secret_string",
    "string_data",
    "value",
];

/// Whether a setting is the secret itself of a resource of this kind: `value` of `azurerm_key_vault_secret`. The
/// providers mark these as sensitive in their schemas.
pub(super) fn is_held(kind: &str, setting: &str) -> bool {
    let plain = kind.trim_end_matches("_v1");
    let is_secret = ["_secret", "_secret_version", "_password"].iter().any(|end| plain.ends_with(end));
    (is_secret || kind == "aws_ssm_parameter") && HELD.contains(&setting)
}

/// Whether a kind of Azure's templates is a secret of a key vault: what its properties say is one.
pub(super) fn is_vault_secret(kind: &str) -> bool {
    kind.eq_ignore_ascii_case("Microsoft.KeyVault/vaults/secrets")
}

/// What a name promises of its value. Words are told apart by signs and by capitals.
pub(super) fn classify(name: &str) -> NameClass {
    // Most names have none of the stems; only those that do are looked at closely.
    if !hinted(name) {
        return NameClass::Plain;
    }
    let words = words(name);
    let Some(last) = words.last().map(String::as_str) else { return NameClass::Plain };
    if DIGEST.contains(&last) {
        return NameClass::Digest;
    }
    // A trailing number counts instances: `password2`, `token_1`.
    let last_at = words.iter().rposition(|word| !word.bytes().all(|byte| byte.is_ascii_digit()));
    let Some(last_at) = last_at else { return NameClass::Plain };
    let last = words.get(last_at).map_or("", String::as_str);
    let before = last_at.checked_sub(1).and_then(|at| words.get(at)).map_or("", String::as_str);
    if SECRET.contains(&last) {
        return NameClass::Secret;
    }
    if matches!(last, "key" | "keys") {
        if SECRET_KEYS.contains(&before) {
            return NameClass::Secret;
        }
        let plain = matches!(before, "primary" | "secondary") || last_at == 0;
        return if plain { NameClass::Weak } else { NameClass::Public };
    }
    match (before, last) {
        ("connection" | "conn" | "connect", "string" | "str" | "strings" | "uri" | "url")
        | ("webhook" | "hook", "url" | "uri")
        | (
            "user" | "db" | "root" | "admin" | "master" | "mysql" | "pg" | "ftp" | "smtp" | "redis",
            "pass" | "pw",
        )
        | (
            "secret" | "token" | "password" | "passwd",
            "value" | "plain" | "text" | "plaintext" | "string" | "base64" | "data" | "content",
        ) => {
            return match last {
                // An address is hidden where it has a user and a password, which its form tells.
                "url" | "uri" => NameClass::Weak,
                _ => NameClass::Secret,
            };
        }
        _ => {}
    }
    if PUBLIC.contains(&last) {
        return NameClass::Public;
    }
    // A compound without signs: `mydbpassword`, `dbrootpasswd`.
    let ends = [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "apikey",
        "secretkey",
        "privatekey",
        "accesskey",
        "apitoken",
        "authtoken",
    ];
    if ends.iter().any(|end| last.ends_with(end)) {
        return NameClass::Secret;
    }
    // `password_prod`, `token_eu`: the word is there, and nothing says that it is no secret.
    let named = words.iter().enumerate().any(|(at, word)| {
        let often_more = matches!(word.as_str(), "token" | "tokens" | "secret" | "secrets" | "credentials");
        let after = words.iter().skip(at + 1).map(String::as_str);
        SECRET.contains(&word.as_str()) && (!often_more || after.into_iter().all(|word| word.len() <= 4))
    });
    if named {
        return NameClass::Secret;
    }
    let weak = words.iter().any(|word| SECRET.contains(&word.as_str()) || WEAK.contains(&word.as_str()));
    if weak { NameClass::Weak } else { NameClass::Plain }
}

/// Whether a name is one of what everyone may read: `secretName`, `kms_key_id`, `key`.
pub(super) fn is_public(name: &str) -> bool {
    let words = words(name);
    words.last().is_some_and(|last| {
        PUBLIC.contains(&last.as_str()) || matches!(last.as_str(), "key" | "items" | "mode" | "optional")
    })
}

/// Stems, one of which every name that is not plain has.
const STEMS: &[&[u8]] = &[
    b"pass",
    b"pwd",
    b"pw",
    b"secr",
    b"toke",
    b"key",
    b"cred",
    b"auth",
    b"cook",
    b"dsn",
    b"salt",
    b"pin",
    b"otp",
    b"psk",
    b"sas",
    b"jwt",
    b"hook",
    b"conn",
    b"sig",
    b"bear",
    b"lice",
    b"seed",
    b"mnem",
    b"nonc",
    b"acce",
    b"login",
    b"secu",
    b"sens",
    b"priv",
    b"hmac",
    b"sess",
    b"hash",
    b"dige",
    b"sha1",
    b"sha2",
    b"sha5",
    b"md5",
    b"checks",
    b"finger",
    b"thumb",
    b"integrit",
    b"etag",
    b"kennw",
    b"clave",
    b"senha",
    b"mdp",
    b"motde",
    b"wachtw",
    b"parola",
    b"haslo",
    b"heslo",
    b"losen",
    b"salas",
    b"sifre",
    b"contras",
    b"psw",
    b"pepp",
];

/// Whether a name has one of the stems. Nearly every name is asked, so pairs of letters that begin none cost little.
fn hinted(name: &str) -> bool {
    let bytes = name.as_bytes();
    let (mut before, mut at) = (0_u8, 0);
    for byte in bytes {
        if !byte.is_ascii() {
            return true;
        }
        // Letters without their case.
        let letter = byte | 0x20;
        if begins_stem(before, letter) && stem_at(bytes, at - 1) {
            return true;
        }
        before = letter;
        at += 1;
    }
    false
}

fn stem_at(bytes: &[u8], at: usize) -> bool {
    let Some(rest) = bytes.get(at..) else { return false };
    let first = rest.first().map(u8::to_ascii_lowercase);
    for stem in STEMS {
        let begins = stem.first().copied() == first;
        if begins && rest.get(..stem.len()).is_some_and(|part| part.eq_ignore_ascii_case(stem)) {
            return true;
        }
    }
    false
}

fn begins_stem(first: u8, second: u8) -> bool {
    let column = u32::from(second.wrapping_sub(b'0'));
    match PAIRS.get(usize::from(first.wrapping_sub(b'a'))) {
        Some(row) => column < 128 && row >> column & 1 == 1,
        None => false,
    }
}

/// For each first letter of a stem the signs that follow it, a bit each.
const PAIRS: [u128; 26] = {
    let mut pairs = [0; 26];
    let mut at = 0;
    while at < STEMS.len() {
        let stem = STEMS[at];
        pairs[(stem[0] - b'a') as usize] |= 1 << (stem[1] - b'0');
        at += 1;
    }
    pairs
};

/// The words of a name in lower case: `XApiKey2` → `x`, `api`, `key`, `2`.
fn words(name: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut chars = name.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        if !c.is_alphanumeric() {
            if !word.is_empty() {
                out.push(std::mem::take(&mut word));
            }
        } else {
            let next_is_lower = chars.peek().is_some_and(|next| next.is_lowercase());
            let begins = (c.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit()))
                || (c.is_uppercase() && before.is_uppercase() && next_is_lower)
                || (c.is_ascii_digit() != before.is_ascii_digit()
                    && before.is_alphanumeric()
                    && c.is_ascii_digit());
            if begins && !word.is_empty() {
                out.push(std::mem::take(&mut word));
            }
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_by_their_names() {
        for name in [
            "password",
            "master_password",
            "DB_PASSWORD",
            "dbPassword",
            "MasterUserPassword",
            "PGPASSWORD",
            "db_pwd",
            "client_secret",
            "clientSecret",
            "X-Api-Key",
            "apiKey",
            "access_token",
            "AUTH_TOKEN",
            "private_key",
            "storageAccountKey",
            "primary_access_key",
            "connection_string",
            "ConnectionString",
            "passphrase",
            "admin_pass",
            "kennwort",
            "contraseña",
            "пароль",
            "密码",
            "password2",
            "password_prod",
            "mydbpassword",
            "secrets",
            "credentials",
            "SecretKey",
            "aws_secret_access_key",
            "tls_private_key",
            "MYSQL_PWD",
            "smtp_pass",
            "secret_string",
        ] {
            assert_eq!(classify(name), NameClass::Secret, "{name}");
        }
    }

    #[test]
    fn what_only_speaks_of_secrets_is_none() {
        for name in [
            "secret_arn",
            "secretName",
            "kms_key_id",
            "kms_master_key_id",
            "key_name",
            "password_length",
            "token_ttl",
            "minimum_password_length",
            "password_reset_required",
            "hash_key",
            "partition_key",
            "public_key",
            "secret_id",
            "token_type",
            "require_uppercase_characters",
            "bucket_key_enabled",
            "secretKeyRef",
            "key_vault_id",
            "map_public_ip_on_launch",
            "bucket",
            "name",
            "description",
            "image",
            "cidr_blocks",
            "http_tokens_mode",
            "secret_version",
            "access_key_id",
            "password_policy",
            "enable_key_rotation",
            "tags",
            "passenger_name",
        ] {
            let class = classify(name);
            assert!(matches!(class, NameClass::Plain | NameClass::Public), "{name}: {class:?}");
        }
        assert_eq!(classify("source_code_hash"), NameClass::Digest);
        assert_eq!(classify("auth"), NameClass::Weak);
    }
}
