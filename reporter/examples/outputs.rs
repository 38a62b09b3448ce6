//! Prints the table of outputs as a Markdown page, for `.ci/generate`.

fn main() {
    #[allow(clippy::print_stdout)] // A page goes where the caller wants it.
    {
        print!("{}", compline_reporter::format::page());
    }
}
