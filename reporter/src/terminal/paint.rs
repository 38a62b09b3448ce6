//! Colour, or none.

use std::fmt::Write as _;

use annotate_snippets::renderer::{AnsiColor, Effects, Style};

use crate::escape::lines::mark;

/// Puts styles around words when the output takes them. Printing makes escapes of the marks that stand for them.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    pub on: bool,
}

impl Paint {
    pub fn bold(self, text: &str) -> String {
        self.with(Style::new().effects(Effects::BOLD), text)
    }

    pub fn dim(self, text: &str) -> String {
        self.with(Style::new().effects(Effects::DIMMED), text)
    }

    pub fn colored(self, color: AnsiColor, text: &str) -> String {
        self.with(color.on_default().effects(Effects::BOLD), text)
    }

    pub fn with(self, style: Style, text: &str) -> String {
        if !self.on || text.is_empty() {
            return text.to_owned();
        }
        let mut out = String::new();
        let _ = write!(out, "{}{text}{}", marked(&style.to_string()), marked(&format!("{style:#}")));
        out
    }
}

/// Styles with the mark for each of their escapes.
pub fn marked(styles: &str) -> String {
    styles.replace('\u{1b}', mark())
}
