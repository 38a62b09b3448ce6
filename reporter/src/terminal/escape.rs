//! The door to a terminal: our own styles pass, and what a text of somebody else's would steer it with is made
//! visible.

/// Stands for the escape of a style of ours until it is printed: a noncharacter, which texts do not hold. One that
/// held it nevertheless would gain a colour and nothing else.
pub const STYLE: char = '\u{fdd0}';

/// A text for people as it goes out: lines and styles, and everything else that would steer a terminal or turn its
/// letters round as `U+001B`.
pub fn shown(text: &str) -> String {
    passed(text, &|c, next| match c {
        '\n' | '\t' => false,
        // The end of a line as Windows writes it.
        '\r' => next != Some('\n'),
        c => steers(c),
    })
}

/// A text for programs as it goes out: nothing of it is changed but the styles we put into it.
pub fn styled(text: &str) -> String {
    passed(text, &|_, _| false)
}

fn passed(text: &str, hidden: &dyn Fn(char, Option<char>) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        rest = after;
        match style(after).filter(|_| c == STYLE) {
            Some(code) => {
                out.push('\u{1b}');
                out.push_str(code);
                rest = after.get(code.len()..).unwrap_or_default();
            }
            None if hidden(c, after.chars().next()) => out.push_str(&format!("U+{:04X}", u32::from(c))),
            None => out.push(c),
        }
    }
    out
}

/// `[1;31m` at the beginning of a text.
fn style(text: &str) -> Option<&str> {
    let codes = text.strip_prefix('[')?;
    let end = codes.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    codes.get(end..)?.starts_with('m').then(|| text.get(..end + 2)).flatten()
}

/// Control characters, and those that change the direction of what stands beside them.
fn steers(c: char) -> bool {
    c.is_control()
        || c == STYLE
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::super::paint::Paint;
    use super::*;

    #[test]
    fn nothing_but_our_own_styles_steers_a_terminal() {
        let foreign = "Ctl\u{1b}[31mred\u{7} \u{202e}olleh\u{9b}2J";
        assert_eq!(shown(foreign), "CtlU+001B[31mredU+0007 U+202EollehU+009B2J");
        let bold = Paint { on: true }.bold(foreign);
        assert_eq!(shown(&bold), format!("\u{1b}[1m{}\u{1b}[0m", shown(foreign)));
        assert_eq!(shown("a\tb\r\nc\rd\n"), "a\tb\r\ncU+000Dd\n");
        assert_eq!(shown("\u{fdd0}]0;title\u{7}"), "U+FDD0]0;titleU+0007");
    }

    #[test]
    fn what_programs_read_is_left_as_it_is() {
        assert_eq!(styled("\u{202e}\u{7f}\u{1b}[2J"), "\u{202e}\u{7f}\u{1b}[2J");
        assert_eq!(styled(&Paint { on: true }.dim("x")), "\u{1b}[2mx\u{1b}[0m");
    }
}
