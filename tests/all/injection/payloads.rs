//! What hostile texts hold.

/// Each ends with a word that tells which field it came from; `{}` stands for that word.
pub const PAYLOADS: [&str; 30] = [
    "b\n::error file=a,line=1::{}",
    "b\r\n::stop-commands::t\r\n::add-mask::{}",
    "\u{1b}[2J\u{1b}[31m\u{1b}]8;;https://e.example\u{7}x\u{1b}]8;;\u{7}{}",
    "\u{9b}31m\u{7f}\u{8}\u{85}\u{2028}::error::\u{2029}{}",
    "\u{202e}\u{2066}x\u{2069}\u{200f}\u{61c}{}",
    "\u{200b}\u{feff}\u{2060}\u{ad}\u{e0041}\u{e007f}\u{fe01}{}",
    "##vso[task.setvariable variable=a]{}",
    "##[group]##teamcity[buildStatus text='{}']",
    "\rsection_start:1:x\r\u{1b}[0K{}",
    "::error::{}",
    "  \u{a0}::warning::{}",
    "![t](https://e.example/t.png){}",
    "`![t](https://e.example/t.png) @octocat {}`",
    "[x](javascript:ran()) #123 @org/team https://e.example/{}",
    "**b** _i_ ~~s~~ $x$ :tada: www.e.example {}",
    "<script>ran('{}')</script><img src=x onerror=ran()>",
    "\"><svg onload=ran()><a href='javascript:ran()'>{}",
    "' onmouseover=ran() style=background:url(//e.example) {}",
    "</title></style></pre></script><script>ran()</script>{}",
    "{{7*7}}{% raw %}#{x}{}",
    "]]></failure><failure/>&evil;<!-- {} -->",
    "=cmd|' /C calc'!{}",
    "+1;=1+1;@SUM(1){}",
    "\t=HYPERLINK(\"https://e.example\";\"{}\")",
    "| a | b |\n|---|---|\n| {} | x |",
    "b\n# h\n\n- [ ] x\n1. {}\n",
    "\u{fdd0}[8m\u{fdd0}[31m{}",
    "$(touch x)`id`;%0A::error::{}",
    "#import \"x\"; #panic() #link(\"https://e.example\")[{}]",
    "\\|\\`\\\\{}\\",
];

/// A payload for a field: after its beginning in every other field, so that it stands at the start of a text too.
pub fn payload(which: usize, field: usize) -> String {
    let text = PAYLOADS[which % PAYLOADS.len()].replace("{}", &format!("field{field}"));
    if field.is_multiple_of(2) { text } else { format!("x{field} {text}") }
}
