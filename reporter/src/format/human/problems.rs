//! What could not be read, a line each.

use crate::format::Style;
use crate::notice::ReadProblem;

/// The losses, or the notes: `main.tf:3:1: what is wrong; what to do`.
pub(super) fn lines(problems: &[ReadProblem], losses: bool, style: &Style<'_>) -> Vec<String> {
    let line = |problem: &ReadProblem| {
        let notice = problem.notice();
        let at = notice.position(&|path| (style.path)(path)).unwrap_or_default();
        format!("{at}: {}", notice.text())
    };
    problems.iter().filter(|problem| problem.loss == losses).map(line).collect()
}
