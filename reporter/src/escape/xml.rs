//! XML 1.0.

use super::{Escaped, visible};

/// A document: elements, indented, with attributes and texts that are nothing else.
#[derive(Debug)]
pub struct Document {
    out: String,
    open: Vec<&'static str>,
}

/// Attributes in their order; names are ours.
pub type Attributes<'a> = &'a [(&'static str, &'a str)];

impl Default for Document {
    fn default() -> Self {
        Self { out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), open: Vec::new() }
    }
}

impl Document {
    /// Begins an element that has others in it.
    pub fn open(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.begin(name, attributes);
        self.out.push_str(">\n");
        self.open.push(name);
    }

    /// Ends the element that was begun last.
    pub fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            self.out.push_str(&format!("</{name}>\n"));
        }
    }

    /// An element with a text in it, or with nothing.
    pub fn element(&mut self, name: &'static str, attributes: Attributes<'_>, content: Option<&str>) {
        self.begin(name, attributes);
        match content {
            Some(content) => self.out.push_str(&format!(">{}</{name}>\n", text(content))),
            None => self.out.push_str("/>\n"),
        }
    }

    pub fn into_escaped(mut self) -> Escaped {
        while !self.open.is_empty() {
            self.close();
        }
        Escaped(self.out)
    }

    fn begin(&mut self, name: &str, attributes: Attributes<'_>) {
        self.indent();
        self.out.push_str(&format!("<{name}"));
        for (key, value) in attributes {
            self.out.push_str(&format!(" {key}=\"{}\"", text(value)));
        }
    }

    fn indent(&mut self) {
        self.out.push_str(&"  ".repeat(self.open.len()));
    }
}

/// A text for the content of an element and for the value of an attribute.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_markup_and_none_is_lost() {
        assert_eq!(text("<a b=\"'\">]]>&"), "&lt;a b=&quot;&apos;&quot;&gt;]]&gt;&amp;");
        assert_eq!(text("a\nb\u{1}\u{fffe}"), "aU+000AbU+0001U+FFFE");
        let mut document = Document::default();
        document.open("a", &[("k", "<\n")]);
        document.element("b", &[], Some("&"));
        document.element("c", &[], None);
        let written = document.into_escaped();
        let (_, body) = written.as_str().split_once('\n').unwrap_or_default();
        assert_eq!(body, "<a k=\"&lt;U+000A\">\n  <b>&amp;</b>\n  <c/>\n</a>\n");
    }
}
