//! One file a browser opens: no server, no network, nothing loaded from anywhere.

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, context};
use sha2::{Digest as _, Sha256};

use super::{Audience, Format, Renderer};
use crate::escape::Output;
use crate::escape::html::{breakable, ticked};
use crate::report::Report;
use crate::view::ViewModel;

pub static FORMAT: Format = Format {
    name: "html",
    file: "report.html",
    media_type: "text/html",
    help: "a report for a browser, in one file that loads nothing",
    audience: Audience::People,
    names_problems: true,
    renderers: &[Renderer::Report(|report| render(report).map(|page| Output::Pages(page.into_bytes())))],
};

const PAGE: &str = include_str!("../../../templates/report.html.j2");
const STYLE: &str = include_str!("../../../templates/report.css");
const SCRIPT: &str = include_str!("../../../templates/report.js");

/// The report as a single HTML file; it fails when the template is broken, which a test rules out.
fn render(report: &Report) -> Result<String, String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    environment.add_filter("brk", |text: &str| Value::from_safe_string(breakable(text)));
    environment.add_filter("tick", |text: &str| Value::from_safe_string(ticked(text)));
    environment.add_template("report.html", PAGE).map_err(|error| broken(&error))?;
    let template = environment.get_template("report.html").map_err(|error| broken(&error))?;
    let outside = context! {
        css => STYLE, css_hash => digest(STYLE),
        js => SCRIPT, js_hash => digest(SCRIPT),
        tool => report.facts.tool.clone(),
    };
    let model = Value::from(Serde(ViewModel::data(report)?));
    template.render(context! { ..outside, ..model }).map_err(|error| broken(&error))
}

fn broken(error: &minijinja::Error) -> String {
    format!("the page cannot be filled in: {error:#}")
}

/// SHA-256 in Base64, as a content security policy names a script.
fn digest(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes = Sha256::digest(text.as_bytes());
    let mut out = String::with_capacity(44);
    for chunk in bytes.chunks(3) {
        let word = chunk
            .iter()
            .enumerate()
            .fold(0_u32, |word, (index, byte)| word | u32::from(*byte) << (16 - 8 * index));
        for index in 0..4 {
            let digit = (word >> (18 - 6 * index) & 63) as usize;
            let letter = ALPHABET.get(digit).copied().unwrap_or(b'=');
            out.push(if index <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_base64_of_sha256() {
        assert_eq!(digest(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
