//! Rules the check language cannot say: one file each, registered here by the name a page's `native.use` gives.

mod secret;

pub use self::secret::credentials;

use compline_iac::Resource;
use compline_iac::view::SourceTexts;

use crate::evaluate::answer::Answer;

/// Judges a resource by the code of this name; none when it does not apply (or there is no such code, which the
/// page tests refuse).
pub(crate) fn judge(
    name: &str,
    resource: &Resource,
    at: &[String],
    texts: &dyn SourceTexts,
) -> Option<Answer> {
    match name {
        "secret" => secret::judge(resource, at, texts),
        _ => None,
    }
}

/// The registered names.
pub const NATIVES: &[&str] = &["secret"];
