//! Printing results in the outputs of the table in `reporter`, and text for a terminal that is none of them.

pub mod diff;
pub mod format;
pub mod prose;

pub use compline_reporter::terminal::paint::Paint;
pub use compline_reporter::terminal::pluralize;

/// Columns that every terminal has: what is printed in lines of words is broken there.
pub const WIDTH: usize = 80;
