//! Encodings of text: base64, URLs, other character sets; JSON and YAML by name.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::call::{ANY, Answer, Call, Function, TEXT, function};
use super::{json, yaml, yaml_write};
use crate::value::WhyKind;

pub(super) const FUNCTIONS: &[Function] = &[
    function("base64decode", &[TEXT], base64decode),
    function("base64encode", &[TEXT], |call| Ok(call.make_text(STANDARD.encode(call.text(0))))),
    function("base64gzip", &[TEXT], |call| {
        Ok(call.unknown_because(WhyKind::Function, "compressed bytes depend on the program that compresses"))
    }),
    function("jsondecode", &[TEXT], |call| json::decode(call, call.text(0))),
    function("jsonencode", &[ANY.or_null().or_unknown()], |call| Ok(call.make(json::encode(call.arg(0))))),
    function("textdecodebase64", &[TEXT, TEXT], textdecode),
    function("textencodebase64", &[TEXT, TEXT], textencode),
    function("urlencode", &[TEXT], |call| Ok(call.make_text(urlencode(call.text(0))))),
    function("yamldecode", &[TEXT], |call| yaml::decode(call, call.text(0))),
    function("yamlencode", &[ANY.or_null()], |call| Ok(call.make_text(yaml_write::encode(call.arg(0))))),
];

fn bytes(text: &str) -> Result<Vec<u8>, String> {
    // Go ignores line breaks in base64.
    let packed: String = text.chars().filter(|character| !matches!(character, '\r' | '\n')).collect();
    // Go also lets the unused bits of the last character be anything.
    let lenient = base64::engine::GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        base64::engine::GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
    );
    lenient.decode(packed).map_err(|_| "the text is no base64".to_owned())
}

fn base64decode(call: &Call<'_, '_>) -> Answer {
    let decoded = String::from_utf8(bytes(call.text(0))?);
    decoded.map(|text| call.make_text(text)).map_err(|_| "the decoded bytes are no UTF-8 text".to_owned())
}

fn urlencode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte as char),
            b' ' => encoded.push('+'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// The character sets we read; Terraform knows every registered name.
enum Charset {
    Utf8,
    Utf16 { big: bool, mark: bool },
    Latin1,
    Ascii,
}

impl Charset {
    fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" | "csutf8" => Self::Utf8,
            "utf-16le" | "csutf16le" => Self::Utf16 { big: false, mark: false },
            "utf-16be" | "csutf16be" => Self::Utf16 { big: true, mark: false },
            "utf-16" | "csutf16" => Self::Utf16 { big: true, mark: true },
            "iso-8859-1" | "latin1" | "l1" | "iso_8859-1" | "cp819" | "ibm819" | "iso-ir-100" => Self::Latin1,
            "us-ascii" | "ascii" | "us" | "cp367" | "iso646-us" | "ansi_x3.4-1968" => Self::Ascii,
            _ => return None,
        })
    }
}

/// Names that other registered character sets begin with: of these we know that they exist, not how they work.
const OTHERS: [&str; 14] = [
    "windows-",
    "cp",
    "ibm",
    "iso-8859-",
    "iso_8859-",
    "iso-2022-",
    "koi8",
    "euc-",
    "gb",
    "big5",
    "shift_jis",
    "hz-",
    "macintosh",
    "utf-",
];

fn charset(call: &Call<'_, '_>) -> Result<Option<Charset>, String> {
    let name = call.text(1).to_ascii_lowercase();
    match Charset::named(&name) {
        Some(charset) => Ok(Some(charset)),
        None if OTHERS.iter().any(|start| name.starts_with(start)) => Ok(None),
        None => Err(format!("there is no character set `{name}`")),
    }
}

fn not_read(call: &Call<'_, '_>) -> Answer {
    Ok(call.unknown_because(
        WhyKind::Function,
        format!("the character set `{}` is not among those we read", call.text(1)),
    ))
}

fn textencode(call: &Call<'_, '_>) -> Answer {
    let text = call.text(0);
    let Some(charset) = charset(call)? else { return not_read(call) };
    let single = |most: u32| -> Result<Vec<u8>, String> {
        let byte =
            |character: char| u8::try_from(u32::from(character)).ok().filter(|byte| u32::from(*byte) <= most);
        let bytes = text.chars().map(|character| {
            byte(character).ok_or_else(|| format!("`{character}` is not in `{}`", call.text(1)))
        });
        bytes.collect()
    };
    let bytes = match charset {
        Charset::Utf8 => text.as_bytes().to_vec(),
        Charset::Latin1 => single(0xff)?,
        Charset::Ascii => single(0x7f)?,
        Charset::Utf16 { big, mark } => {
            let start = if mark { Some(0xfeff) } else { None };
            let units = start.into_iter().chain(text.encode_utf16());
            units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        }
    };
    Ok(call.make_text(STANDARD.encode(bytes)))
}

fn textdecode(call: &Call<'_, '_>) -> Answer {
    let bytes = bytes(call.text(0))?;
    let Some(charset) = charset(call)? else { return not_read(call) };
    let text = match charset {
        Charset::Utf8 | Charset::Ascii => String::from_utf8_lossy(&bytes).into_owned(),
        Charset::Latin1 => bytes.iter().map(|byte| char::from(*byte)).collect(),
        Charset::Utf16 { big, mark } => {
            let (bytes, big) = match bytes.get(..2) {
                Some([0xff, 0xfe]) if mark => (&bytes[2..], false),
                Some([0xfe, 0xff]) if mark => (&bytes[2..], true),
                _ => (bytes.as_slice(), big),
            };
            let units = bytes.chunks(2).map(|pair| match pair {
                [one, two] if big => u16::from_be_bytes([*one, *two]),
                [one, two] => u16::from_le_bytes([*one, *two]),
                _ => 0xfffd,
            });
            char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect()
        }
    };
    Ok(call.make_text(text))
}
