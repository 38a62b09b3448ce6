//! Comments: the parser drops them, so they are found between the scalars.

use crate::source::{Source, Span};
use crate::syntax::Comment;

/// The comments of a text whose scalars (in order) are known.
pub(super) fn find(source: &Source, scalars: &[Span]) -> Vec<Comment> {
    let text = &*source.text;
    let mut comments = Vec::new();
    let mut at = 0;
    let mut scalars = scalars.iter().peekable();
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('#')).map(|found| at + found) {
        while scalars.next_if(|scalar| scalar.end as usize <= found).is_some() {}
        if let Some(scalar) = scalars.peek().filter(|scalar| (scalar.start as usize) <= found) {
            at = scalar.end as usize;
            continue;
        }
        let before = &text[..found];
        if !(before.is_empty() || before.ends_with([' ', '\t', '\n', '\r', '\u{feff}'])) {
            at = found + 1;
            continue;
        }
        let length = text[found..].find('\n').unwrap_or(text.len() - found);
        let written = text[found..found + length].trim_end();
        let blank = before.trim_end_matches([' ', '\t']);
        comments.push(Comment {
            span: Span::new(source.id, found, found + written.len()),
            text: written.trim_start_matches('#').trim().to_owned(),
            alone: blank.is_empty() || blank.ends_with(['\n', '\r', '\u{feff}']),
        });
        at = found + length;
    }
    comments
}
