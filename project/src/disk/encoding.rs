//! Encodings other than UTF-8: told by the first bytes, and read as far as they go.

/// An encoding with more than one byte for each character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wide {
    /// Two or four.
    unit: usize,
    is_big_endian: bool,
    /// The bytes of the mark it begins with.
    mark: usize,
}

impl Wide {
    pub(super) fn is_utf32(self) -> bool {
        self.unit == 4
    }
}

/// The encoding that the first bytes show, by their mark or by the zeros among them: what is read here begins with two
/// characters of ASCII.
pub(super) fn wide(bytes: &[u8]) -> Option<Wide> {
    let wide = |unit, is_big_endian, mark| Some(Wide { unit, is_big_endian, mark });
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => wide(4, false, 4),
        [0, 0, 0xfe, 0xff, ..] => wide(4, true, 4),
        [0xff, 0xfe, ..] => wide(2, false, 2),
        [0xfe, 0xff, ..] => wide(2, true, 2),
        [0, 0, 0, 1..=255, 0, 0, 0, 1..=255, ..] => wide(4, true, 0),
        [1..=255, 0, 0, 0, 1..=255, 0, 0, 0, ..] => wide(4, false, 0),
        [0, 1..=255, 0, 1..=255, ..] => wide(2, true, 0),
        [1..=255, 0, 1..=255, 0, ..] => wide(2, false, 0),
        _ => None,
    }
}

/// The text of bytes that are no UTF-8, and the places of the characters that stand for what could not be read.
pub(super) fn decoded(bytes: &[u8]) -> (String, Vec<usize>) {
    let mut lost = Vec::new();
    let mut text = String::with_capacity(bytes.len());
    let mut push = |text: &mut String, char: Option<char>| {
        if char.is_none() {
            lost.push(text.len());
        }
        text.push(char.unwrap_or(char::REPLACEMENT_CHARACTER));
    };
    let Some(wide) = wide(bytes) else {
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                push(&mut text, None);
            }
        }
        return (text, lost);
    };
    let units = bytes.get(wide.mark..).unwrap_or_default().chunks(wide.unit).map(|unit| {
        let value = |value: u32, byte: &u8| value << 8 | u32::from(*byte);
        let value = match wide.is_big_endian {
            true => unit.iter().fold(0, value),
            false => unit.iter().rev().fold(0, value),
        };
        // The end of a text that was cut in a character is no character.
        if unit.len() == wide.unit { value } else { u32::MAX }
    });
    if wide.is_utf32() {
        units.for_each(|value| push(&mut text, char::from_u32(value)));
    } else {
        let units = units.map(|value| u16::try_from(value).unwrap_or(0xdfff));
        char::decode_utf16(units).for_each(|char| push(&mut text, char.ok()));
    }
    (text, lost)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, is_big_endian: bool) -> Vec<u8> {
        let bytes = |unit: u16| if is_big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn wide_texts_are_read_with_and_without_a_mark() {
        for is_big_endian in [false, true] {
            for mark in ["\u{feff}", ""] {
                let bytes = utf16(&format!("{mark}a: \"𝄞é\"\n"), is_big_endian);
                assert_eq!(decoded(&bytes), ("a: \"𝄞é\"\n".to_owned(), vec![]), "{is_big_endian} {mark:?}");
            }
        }
        let utf32: Vec<u8> = "a: é".chars().flat_map(|char| u32::from(char).to_le_bytes()).collect();
        assert_eq!(decoded(&utf32), ("a: é".to_owned(), vec![]));
        assert!(wide(&utf32).is_some_and(Wide::is_utf32));
        let cut = utf16("\u{feff}ab", false);
        assert_eq!(decoded(&cut[..5]), ("a\u{fffd}".to_owned(), vec![1]));
    }

    #[test]
    fn bytes_of_other_encodings_are_lost_one_by_one() {
        assert_eq!(wide(b"a: 1"), None);
        assert_eq!(wide(b"a\0b"), None);
        assert_eq!(decoded(b"na\xefve: \xff\n"), ("na\u{fffd}ve: \u{fffd}\n".to_owned(), vec![2, 9]));
    }
}
