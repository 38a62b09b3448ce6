//! Comma-separated values (RFC 4180), a row per verdict.

use crate::report::Report;
use crate::run::{Judgement, Run};
use crate::words;

const HEAD: &str = "evidence,outcome,severity,rule,title,address,kind,root,file,line,column,path,observed,expected,\
                    controls,waived_until,waived_by,reason,fingerprint,sha256";

/// The verdicts of a report with the digests of their files.
///
/// # Errors
/// None today; the signature is that of its neighbours.
pub fn render(report: &Report) -> Result<String, String> {
    Ok(rows(&report.run, &|file| report.digest(file).unwrap_or_default().to_owned()))
}

/// The verdicts of a check.
///
/// # Errors
/// None today; the signature is that of its neighbours.
pub fn check(run: &Run) -> Result<String, String> {
    Ok(rows(run, &|_| String::new()))
}

fn rows(run: &Run, digest: &dyn Fn(&str) -> String) -> String {
    let mut out = format!("{HEAD}\r\n");
    for (index, judgement) in run.judgements.iter().enumerate() {
        let cells = cells(run, index + 1, judgement, digest);
        out.push_str(&cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(","));
        out.push_str("\r\n");
    }
    out
}

fn cells(run: &Run, number: usize, judgement: &Judgement, digest: &dyn Fn(&str) -> String) -> Vec<String> {
    let place = judgement.place.as_ref();
    let file = place.map_or(String::new(), |place| place.file.to_string());
    let controls: Vec<String> =
        judgement.controls.iter().map(|control| format!("{}/{}", control.framework, control.id)).collect();
    let waiver = judgement.waiver.as_ref();
    let text = |text: Option<&std::sync::Arc<str>>| text.map_or(String::new(), ToString::to_string);
    let why = judgement.why.as_ref().map(|(_, why)| why);
    vec![
        words::evidence(number),
        judgement.outcome.word().to_owned(),
        judgement.severity.to_string(),
        judgement.rule.to_string(),
        run.title(&judgement.rule).to_owned(),
        judgement.address.to_string(),
        judgement.kind.to_string(),
        judgement.root.to_string(),
        file.clone(),
        place.map_or(String::new(), |place| place.start.line.to_string()),
        place.map_or(String::new(), |place| place.start.column.to_string()),
        judgement.path.clone(),
        judgement.observed.clone(),
        judgement.expected.clone(),
        controls.join(" "),
        text(waiver.and_then(|waiver| waiver.until.as_ref())),
        text(waiver.and_then(|waiver| waiver.by.as_ref())),
        text(waiver.and_then(|waiver| waiver.reason.as_ref()).or(why)),
        judgement.fingerprint.clone(),
        digest(&file),
    ]
}

/// Quoted where needed; a cell a spreadsheet would take for a formula gets an apostrophe.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cell = if formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn cells_are_quoted_and_formulas_disarmed() {
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(quoted("=cmd()"), "'=cmd()");
        assert_eq!(quoted("plain"), "plain");
    }
}
