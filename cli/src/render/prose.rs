//! Markdown prose for a terminal: wrapped, with its code and emphasis kept readable.

use compline_reporter::escape::Lines;

use super::Paint;
use super::WIDTH;

/// Renders paragraphs, lists, headings and fenced code.
pub fn render(markdown: &str, paint: Paint) -> Lines {
    let mut out = Lines::new();
    // An empty line that is written when something follows it.
    let mut gap = false;
    let mut paragraph = String::new();
    let mut fenced = false;
    for line in markdown.lines() {
        let bare = line.trim_start();
        if bare.starts_with("```") {
            flush(&mut paragraph, &mut out, &mut gap, paint);
            fenced = !fenced;
        } else if fenced {
            apart(&mut out, &mut gap);
            out.line(format!("    {}", paint.dim(line)));
        } else if bare.is_empty() {
            flush(&mut paragraph, &mut out, &mut gap, paint);
            gap = true;
        } else if let Some(heading) = bare.strip_prefix('#') {
            flush(&mut paragraph, &mut out, &mut gap, paint);
            apart(&mut out, &mut gap);
            out.line(paint.bold(heading.trim_start_matches('#').trim()));
        } else {
            if starts_item(bare) {
                flush(&mut paragraph, &mut out, &mut gap, paint);
            }
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(bare.trim_end());
        }
    }
    flush(&mut paragraph, &mut out, &mut gap, paint);
    if out.is_empty() {
        out.blank();
    }
    out
}

/// An empty line before what follows, where one is due.
fn apart(out: &mut Lines, gap: &mut bool) {
    if std::mem::take(gap) && !out.is_empty() {
        out.blank();
    }
}

fn starts_item(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    line.starts_with("- ")
        || line.starts_with("* ")
        || (digits > 0 && line.get(digits..).is_some_and(|rest| rest.starts_with(". ")))
}

fn flush(paragraph: &mut String, out: &mut Lines, gap: &mut bool, paint: Paint) {
    if paragraph.is_empty() {
        return;
    }
    apart(out, gap);
    let hang = if starts_item(paragraph) { 2 } else { 0 };
    for (index, line) in wrap(paragraph, WIDTH, hang).into_iter().enumerate() {
        let indent = if index == 0 { 0 } else { hang };
        out.line(format!("{}{}", " ".repeat(indent), inline(&line, paint)));
    }
    paragraph.clear();
}

/// Breaks a text at blanks; words longer than the width stay whole.
pub fn wrap(text: &str, width: usize, hang: usize) -> Vec<String> {
    broken(text, width, width.saturating_sub(hang))
}

/// A text after a lead, broken at blanks; its further lines hang below the first, so far in.
pub fn hanging(lead: &str, text: &str, indent: usize, width: usize) -> Vec<String> {
    let first = width.saturating_sub(lead.chars().count());
    let mut lines = broken(text, first, width.saturating_sub(indent));
    for line in lines.iter_mut().skip(1) {
        line.insert_str(0, &" ".repeat(indent));
    }
    match lines.first_mut() {
        Some(line) => line.insert_str(0, lead),
        None => lines.push(lead.trim_end().to_owned()),
    }
    lines
}

/// Breaks a text at blanks, with so much room in the first line and so much in the others.
fn broken(text: &str, first: usize, others: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let room = if lines.is_empty() { first } else { others };
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// A text after `lead`, broken at the width with its lines below one another.
pub fn indent_continuation(lead: &str, text: &str) -> String {
    let indent = lead.chars().count();
    let lines = wrap(text, WIDTH.saturating_sub(indent).max(WIDTH / 3), 0);
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

/// Code keeps its backticks, which read well without colour; emphasis loses its stars when it is shown.
fn inline(line: &str, paint: Paint) -> String {
    if !paint.on {
        return line.to_owned();
    }
    let parts: Vec<&str> = line.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return line.to_owned();
    }
    let painted = parts
        .iter()
        .enumerate()
        .map(|(index, part)| if index % 2 == 1 { paint.bold(part) } else { (*part).to_owned() });
    painted.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_joined_and_wrapped() {
        let text = format!("{}\n{}\n\n- one\n- two\n  more\n", "word ".repeat(10), "next ".repeat(15));
        let shown = render(&text, Paint { on: false }).into_terminal();
        assert!(shown.lines().all(|line| line.len() <= WIDTH), "{shown}");
        assert!(shown.ends_with("\n\n- one\n- two more\n"), "{shown}");
    }

    #[test]
    fn code_is_kept_or_shown() {
        assert_eq!(render("set `a` now", Paint { on: false }).into_terminal(), "set `a` now\n");
        assert!(!render("set `a` now", Paint { on: true }).into_terminal().contains('`'));
    }
}
