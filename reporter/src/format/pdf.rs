//! The printed report: PDF/A-3a for the archive, PDF/UA-1 for screen readers, the JSON attached.
//!
//! The template sees three files and nothing else: itself, `data.json` (the view model) and `report.json` (what is
//! attached). SourceTexts go in as data, so no text can become markup.

use std::sync::OnceLock;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use super::{Audience, Format, Renderer, json};
use crate::escape::{self, Output};
use crate::report::Report;
use crate::view::ViewModel;

pub static FORMAT: Format = Format {
    name: "pdf",
    file: "report.pdf",
    media_type: "application/pdf",
    help: "a report to print and to keep (PDF/A-3a, PDF/UA-1), with the JSON attached",
    audience: Audience::People,
    names_problems: true,
    renderers: &[Renderer::Report(render)],
};

const TEMPLATE: &str = include_str!("../../../templates/report.typ");
const FONTS: [&[u8]; 3] = [
    include_bytes!("../../../templates/fonts/NotoSansCJKkr-Regular.subset.otf"),
    include_bytes!("../../../templates/fonts/NotoSansCJKkr-Bold.subset.otf"),
    include_bytes!("../../../templates/fonts/DejaVuSansMono.subset.ttf"),
];

/// The report as a PDF. It fails when the template warns or fails, or the result would break a standard; tests rule
/// all three out for what they print.
fn render(report: &Report) -> Result<Output, String> {
    let Some(time) = crate::words::parts(&report.facts.time).and_then(datetime) else {
        let time = &report.facts.time;
        return Err(format!("a PDF/A needs the time of its run, and `{time}` is no RFC 3339 time in UTC"));
    };
    let (document, world, identity) = printed_pages(report)?;
    let options = PdfOptions {
        ident: Smart::Custom(identity),
        creator: Smart::Custom(Some(report.facts.tool.clone())),
        timestamp: Some(Timestamp::new_utc(time)),
        standards: PdfStandards::new(&[PdfStandard::A_3a, PdfStandard::Ua_1])
            .map_err(|error| format!("the PDF standards do not go together: {}", error.message()))?,
        ..PdfOptions::default()
    };
    let bytes = typst_pdf::pdf(&document, &options).map_err(|errors| world.diagnostics(&errors))?;
    // Layouts are memoised process-wide; a long-lived caller must not keep every report it ever printed.
    typst::comemo::evict(4);
    Ok(Output::Pages(bytes))
}

/// The pages, what the template saw, and the digest of what is attached, which identifies the document.
fn printed_pages(report: &Report) -> Result<(PagedDocument, PrintWorld, String), String> {
    let attached = json::report(report)?.into_bytes();
    let mut data = ViewModel::data(report)?;
    if let Value::Object(map) = &mut data {
        map.insert("tool".to_owned(), report.facts.tool.clone().into());
    }
    printable(&mut data);
    let identity: String = Sha256::digest(&attached).iter().map(|byte| format!("{byte:02x}")).collect();
    let world = PrintWorld::new(data.to_string(), attached)?;
    let compiled = typst::compile::<PagedDocument>(&world);
    if let Some(warning) = compiled.warnings.first() {
        return Err(world.diagnostic(warning));
    }
    let document = compiled.output.map_err(|errors| world.diagnostics(&errors))?;
    Ok((document, world, identity))
}

fn datetime([year, month, day, hour, minute, second]: [u32; 6]) -> Option<Datetime> {
    let small = |number: u32| u8::try_from(number).ok();
    let year = i32::try_from(year).ok()?;
    Datetime::from_ymd_hms(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?)
}

/// The fonts, read once.
fn fonts() -> &'static [Font] {
    static READ: OnceLock<Vec<Font>> = OnceLock::new();
    READ.get_or_init(|| FONTS.iter().filter_map(|bytes| Font::new(Bytes::new(*bytes), 0)).collect())
}

/// Puts every text into a form the fonts can print: `U+XXXX` for what has no glyph, places to break in addresses.
fn printable(value: &mut Value) {
    match value {
        Value::String(text) => *text = printed(text, true),
        Value::Array(items) => items.iter_mut().for_each(printable),
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    // Names of controls and evidence never break.
                    Value::String(text) if NAMES.contains(&key.as_str()) => *text = printed(text, false),
                    value => printable(value),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Keys of texts that stay in one piece.
const NAMES: [&str; 5] = ["id", "name", "href", "first", "anchor"];

/// A run without a break longer than this gets one, so that nothing leaves the page.
const LONGEST: usize = 24;

fn printed(text: &str, breaks: bool) -> String {
    // A digest fits as it is, and must come out of the page as it went in.
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut run = 0;
    let mut last = ' ';
    for c in text.chars() {
        match c {
            '\t' => out.push_str("\u{a0}\u{a0}"),
            // Runs of spaces are indentation and alignment of source lines.
            ' ' if last == ' ' => out.push('\u{a0}'),
            c if drawn(c) => out.push(c),
            c => out.push_str(&escape::named(c)),
        }
        last = c;
        run = if c == ' ' { 0 } else { run + 1 };
        // Names break only where they would leave their column: every break costs whoever searches or copies.
        if breaks && (run >= LONGEST && matches!(c, '.' | '_' | '/') || run >= 2 * LONGEST) {
            out.push('\u{200b}');
            run = 0;
        }
    }
    out
}

fn drawn(c: char) -> bool {
    c == ' ' || fonts().iter().any(|font| font.info().coverage.contains(u32::from(c)))
}

/// What the template can see.
struct PrintWorld {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    template: Source,
    data: (FileId, Bytes),
    attached: (FileId, Bytes),
}

impl PrintWorld {
    fn new(data: String, attached: Vec<u8>) -> Result<Self, String> {
        let file = |name: &str| {
            let path = VirtualPath::new(name).map_err(|error| format!("`{name}` is no path: {error:?}"))?;
            Ok::<FileId, String>(RootedPath::new(VirtualRoot::Project, path).intern())
        };
        Ok(Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(fonts())),
            template: Source::new(file("report.typ")?, TEMPLATE.to_owned()),
            data: (file("data.json")?, Bytes::from_string(data)),
            attached: (file("report.json")?, Bytes::new(attached)),
        })
    }

    fn diagnostics(&self, all: &[SourceDiagnostic]) -> String {
        let messages: Vec<String> = all.iter().map(|one| self.diagnostic(one)).collect();
        messages.join("; ")
    }

    fn diagnostic(&self, one: &SourceDiagnostic) -> String {
        use typst::WorldExt as _;
        let line = self.range(one.span).and_then(|range| self.template.lines().byte_to_line(range.start));
        let place = line.map_or(String::new(), |line| format!(" at report.typ:{}", line + 1));
        format!("the PDF cannot be made: {}{place}", one.message)
    }
}

impl World for PrintWorld {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.template.id() { Ok(self.template.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let known = [&self.data, &self.attached].into_iter().find(|(file, _)| *file == id);
        known.map(|(_, bytes)| bytes.clone()).ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        fonts().get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;
    use typst::layout::{Frame, FrameItem};

    use super::*;
    use crate::fixture;

    /// The words of a frame in the order in which they are set.
    fn words(frame: &Frame, out: &mut String) {
        for (_, item) in frame.items() {
            match item {
                FrameItem::Group(group) => words(&group.frame, out),
                FrameItem::Text(text) => {
                    out.push_str(&text.text);
                    out.push('\n');
                }
                _ => {}
            }
        }
    }

    #[test]
    fn the_pages_say_what_their_golden_file_says() {
        let (document, ..) = printed_pages(&fixture::report()).unwrap_or_else(|error| panic!("{error}"));
        let mut out = String::new();
        for page in document.pages() {
            words(&page.frame, &mut out);
            out.push_str("----\n");
        }
        expect_file!["../../tests/golden/report/report.pdf.txt"].assert_eq(&out);
    }

    #[test]
    fn what_has_no_glyph_is_named_by_its_number() {
        assert_eq!(printed("é 한글 → ✓", true), "é 한글 → ✓");
        assert_eq!(printed("漢\u{7}🎉힣", true), "U+6F22U+0007U+1F389U+D7A3");
    }

    #[test]
    fn addresses_break_and_names_and_digests_do_not() {
        assert_eq!(
            printed("aws_iam_policy.migration", true),
            "aws_iam_policy.migration",
            "whoever searches finds it"
        );
        let long = "module.payments[\"eu-west-1\"].aws_db_instance.reporting";
        assert!(printed(long, true).contains("].\u{200b}aws"));
        assert_eq!(printed("164.312(a)(1)", false), "164.312(a)(1)");
        let digest = "0123456789abcdef".repeat(4);
        assert_eq!(printed(&digest, true), digest);
        assert!(printed(&"x".repeat(100), true).contains('\u{200b}'));
    }
}
