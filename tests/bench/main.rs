//! What it costs, as figures and as ratios to something run beside it: `cargo bench -p compline-tests`.
//!
//! `COMPLINE_BENCH_TERRAGOAT` names a checkout of terragoat's `terraform` folder, `COMPLINE_BENCH_CHECKOV` a
//! checkov program; what is not given is skipped and said so. Nothing here asserts a time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::indexing_slicing)]
#![allow(clippy::disallowed_methods)] // The programs that are measured are processes of their own.

mod editor;
mod index;
mod reading;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use compline_tests::compline;

/// Wall and CPU seconds of one run.
#[derive(Clone, Copy)]
struct Cost {
    wall: f64,
    cpu: f64,
}

fn main() {
    let folder = std::env::temp_dir().join(format!("compline-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    // `cargo bench … -- editor` runs that part alone.
    let only: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |part: &str| only.is_empty() || only.iter().any(|word| word == part);
    if wanted("program") {
        program(&folder);
    }
    if wanted("reading") {
        reading::run();
    }
    if wanted("index") {
        index::run(&folder);
    }
    if wanted("editor") {
        editor::run(&folder);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Whole processes.
fn program(folder: &Path) {
    let size = std::fs::metadata(compline()).unwrap().len();
    println!("program: {:.1} MB", size as f64 / 1e6);
    let start = median(&cost(20, &["--version"], None));
    println!("start-up (`--version`): {:.1} ms wall, {:.1} ms CPU", start.wall * 1e3, start.cpu * 1e3);

    let file = folder.join("one/main.tf");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, reading::fifty_lines()).unwrap();
    check("one 50-line file", file.parent().unwrap(), 20);
    match std::env::var_os("COMPLINE_BENCH_TERRAGOAT") {
        Some(path) => check("terragoat", &PathBuf::from(path), 10),
        None => println!("terragoat: skipped, COMPLINE_BENCH_TERRAGOAT is not set"),
    }
}

fn check(name: &str, path: &Path, times: usize) {
    let ours = median(&cost(times, &["check", "--format", "json"], Some(path)));
    println!("check of {name}: {:.1} ms wall, {:.1} ms CPU", ours.wall * 1e3, ours.cpu * 1e3);
    match std::env::var_os("COMPLINE_BENCH_CHECKOV") {
        Some(checkov) => {
            let arguments = [
                "--quiet",
                "--compact",
                "--skip-download",
                "--framework",
                "terraform",
                "-d",
                &path.to_string_lossy(),
            ];
            let theirs = median(&timed(3, &checkov.to_string_lossy(), &arguments));
            println!(
                "  checkov beside it: {:.2} s wall, {:.2} s CPU; {:.0} times our CPU",
                theirs.wall,
                theirs.cpu,
                theirs.cpu / ours.cpu
            );
        }
        None => println!("  checkov: skipped, COMPLINE_BENCH_CHECKOV is not set"),
    }
}

fn cost(times: usize, arguments: &[&str], path: Option<&Path>) -> Vec<Cost> {
    let path = path.map(|path| path.to_string_lossy().into_owned());
    let arguments: Vec<&str> = arguments.iter().copied().chain(path.as_deref()).collect();
    timed(times, &compline().to_string_lossy(), &arguments)
}

/// Runs a program several times under bash's `time`, which knows the CPU seconds of a child.
fn timed(times: usize, program: &str, arguments: &[&str]) -> Vec<Cost> {
    (0..=times)
        .map(|_| {
            let output = Command::new("bash")
                .args(["-c", "TIMEFORMAT='%3R %3U %3S'; time \"$@\" >/dev/null 2>&1", "bash", program])
                .args(arguments)
                .stdin(Stdio::null())
                .output()
                .expect("bash runs");
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            let figures: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
            Cost { wall: figures[0], cpu: figures[1] + figures[2] }
        })
        .skip(1)
        .collect()
}

fn median(costs: &[Cost]) -> Cost {
    let middle = |mut figures: Vec<f64>| {
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    // A figure below the clock's grain is the grain.
    let cpu: f64 = costs.iter().map(|cost| cost.cpu).sum::<f64>() / costs.len() as f64;
    Cost { wall: middle(costs.iter().map(|cost| cost.wall).collect()), cpu: cpu.max(0.001) }
}
