//! Rules the check language cannot say: one file each, registered here by the name a page's `native.use` gives.

mod secret;

pub use self::secret::credentials;

use crate::evaluate::Judge;
use crate::evaluate::truth::Answer;

/// Judges a resource by the code of this name; none when it does not apply (or there is no such code, which the
/// page tests refuse).
pub(crate) fn judge(name: &str, judge: &Judge<'_>, at: &[String]) -> Option<Answer> {
    match name {
        "secret" => secret::judge(judge, at),
        _ => None,
    }
}

/// The registered names.
pub const NATIVES: &[&str] = &["secret"];
