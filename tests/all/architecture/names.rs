//! What a Rust file names: every path in it, with `use` declarations resolved. Written as syntax, so that neither
//! an alias nor a line break hides a name, and a word in a text or a comment is none.

use std::collections::BTreeMap;

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

/// A path as it is meant: `std::fs::read`, whatever it is called here; `std::fs::*` for a glob, `std::print!` for a
/// macro that is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub path: Vec<String>,
    /// Counted from 1.
    pub line: usize,
}

impl Name {
    /// Whether it is, lies below, or by a glob may bring in what `other` names.
    pub fn reaches(&self, other: &str) -> bool {
        let other: Vec<&str> = other.split("::").collect();
        let common = self.path.iter().zip(&other).take_while(|(one, other)| one == other).count();
        common == other.len() || self.path.get(common).is_some_and(|next| next == "*")
    }

    pub fn text(&self) -> String {
        self.path.join("::")
    }
}

/// All names of a file.
///
/// # Errors
/// The text is no Rust.
pub fn names(text: &str) -> Result<Vec<Name>, syn::Error> {
    let file = syn::parse_file(text)?;
    let mut imports = Imports::default();
    imports.visit_file(&file);
    let mut found = Found { imports: &imports.aliases, names: Vec::new() };
    found.names = imports.names.iter().map(|name| found.meant(name)).collect();
    found.visit_file(&file);
    Ok(found.names)
}

/// What `use` and `extern crate` bring in.
#[derive(Default)]
struct Imports {
    names: Vec<Name>,
    /// Local name → paths: a file may use a name for one thing here and another there.
    aliases: BTreeMap<String, Vec<Vec<String>>>,
}

impl Imports {
    fn add(&mut self, path: Vec<String>, local: Option<String>, span: Span) {
        if let Some(local) = local {
            self.aliases.entry(local).or_default().push(path.clone());
        }
        self.names.push(Name { path, line: span.start().line });
    }

    fn tree(&mut self, tree: &syn::UseTree, before: &[String]) {
        let below = |ident: &syn::Ident| {
            let mut path = before.to_vec();
            // `{self}` is what it stands in.
            if ident != "self" || path.is_empty() {
                path.push(ident.to_string());
            }
            path
        };
        match tree {
            syn::UseTree::Path(path) => self.tree(&path.tree, &below(&path.ident)),
            syn::UseTree::Name(name) => {
                let path = below(&name.ident);
                let local = path.last().cloned();
                self.add(path, local, name.ident.span());
            }
            syn::UseTree::Rename(rename) => {
                self.add(below(&rename.ident), Some(rename.rename.to_string()), rename.ident.span());
            }
            syn::UseTree::Glob(glob) => {
                let mut path = before.to_vec();
                path.push("*".to_owned());
                self.add(path, None, glob.span());
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree, before)),
        }
    }
}

impl Visit<'_> for Imports {
    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        self.tree(&item.tree, &[]);
    }

    fn visit_item_extern_crate(&mut self, item: &syn::ItemExternCrate) {
        let local = item.rename.as_ref().map_or(&item.ident, |(_, rename)| rename);
        self.add(vec![item.ident.to_string()], Some(local.to_string()), item.ident.span());
    }
}

struct Found<'a> {
    imports: &'a BTreeMap<String, Vec<Vec<String>>>,
    names: Vec<Name>,
}

impl Found<'_> {
    /// The path with its first word resolved; where a name was imported twice, the first import that leads
    /// further.
    fn meant(&self, name: &Name) -> Name {
        let mut path = name.path.clone();
        // An alias of an alias of an alias is as deep as anyone goes.
        for _ in 0..4 {
            let Some(first) = path.first() else { break };
            let longer = self.imports.get(first).into_iter().flatten().find(|one| one.first() != Some(first));
            let Some(longer) = longer else { break };
            path.splice(..1, longer.iter().cloned());
        }
        Name { path, line: name.line }
    }

    fn add(&mut self, path: Vec<String>, span: Span) {
        // One word alone is a variable, a function or a type of this file, unless it was imported.
        if path.len() > 1 || path.first().is_some_and(|first| self.imports.contains_key(first)) {
            let name = self.meant(&Name { path, line: span.start().line });
            self.names.push(name);
        }
    }

    /// Paths among the tokens of a macro or an attribute, which are not parsed.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut span = Span::call_site();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.add(std::mem::take(&mut path), span);
                    }
                    if path.is_empty() {
                        span = ident.span();
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Punct(punct) if punct.as_char() == '!' && !path.is_empty() => {
                    self.called(std::mem::take(&mut path), span);
                    colons = 0;
                }
                TokenTree::Group(group) => {
                    self.add(std::mem::take(&mut path), span);
                    colons = 0;
                    self.tokens(group.stream());
                }
                _ => {
                    self.add(std::mem::take(&mut path), span);
                    colons = 0;
                }
            }
        }
        self.add(path, span);
    }

    /// A macro that is called, with its mark: one word alone is the standard library's, unless it was imported.
    fn called(&mut self, mut path: Vec<String>, span: Span) {
        if let [one] = path.as_slice()
            && !self.imports.contains_key(one)
        {
            path.insert(0, "std".to_owned());
        }
        let mut name = self.meant(&Name { path, line: span.start().line });
        if let Some(last) = name.path.last_mut() {
            last.push('!');
        }
        self.names.push(name);
    }
}

fn words(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

impl Visit<'_> for Found<'_> {
    fn visit_item_use(&mut self, _: &syn::ItemUse) {}

    fn visit_path(&mut self, path: &syn::Path) {
        self.add(words(path), path.span());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &syn::Macro) {
        self.called(words(&called.path), called.path.span());
        self.tokens(called.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
        visit::visit_attribute(self, attribute);
    }
}

mod tests {
    use super::*;

    #[track_caller]
    fn reaches(text: &str, other: &str) -> bool {
        names(text).unwrap().iter().any(|name| name.reaches(other))
    }

    #[test]
    fn a_forbidden_name_is_found_however_it_is_written() {
        for text in [
            "use std::fs;",
            "use std::{fs as disk, io};",
            "use std::{io, fs::{self, File}};",
            "use std::fs::*;",
            "use std::*;",
            "use ::std::fs::File;",
            "use std as s; fn f() { s::fs::read(\"x\"); }",
            "extern crate std as s; fn f() { s::fs::read(\"x\"); }",
            "use std as s; use s::fs as disk;",
            "fn f() { std::fs::read(\"x\"); }",
            "fn f() { std ::\n    fs /* hidden */ :: read(\"x\"); }",
            "fn f(file: std::fs::File) {}",
            "fn f() -> Option<Vec<std::fs::File>> { None }",
            "impl From<std::fs::File> for X {}",
            "fn f() { let files = vec![std::fs::read(\"x\")]; }",
            "fn f() { assert!(matches!(x, Some(std::fs::File { .. }))); }",
            "mod inner { pub fn f() { std::fs::read(\"x\"); } }",
            "macro_rules! read { () => { std::fs::read(\"x\") }; }",
            "#[derive(std::fs::Odd)] struct X;",
        ] {
            assert!(reaches(text, "std::fs"), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_it_is_not_found() {
        for text in [
            "use std::io;",
            "use std::fmt as fs;",
            "use crate::fs;",
            "use std::fs_like;",
            "// std::fs::read\nfn f() {}",
            "fn f() -> &'static str { \"std::fs::read\" }",
            "fn f(fs: u8) -> u8 { fs }",
            "use crate::fs as disk; fn f() { disk::read(); }",
        ] {
            assert!(!reaches(text, "std::fs"), "{text}");
        }
    }

    #[test]
    fn derives_macros_and_crates_are_names() {
        assert!(reaches("use serde::Serialize; #[derive(Debug, Serialize)] struct X;", "serde::Serialize"));
        assert!(reaches("#[cfg_attr(x, derive(serde::Serialize))] struct X;", "serde::Serialize"));
        assert!(reaches("use serde::Serialize as S; impl S for X {}", "serde::Serialize"));
        assert!(!reaches("#[derive(Debug, Clone)] struct X;", "serde::Serialize"));
        assert!(reaches("fn f() { println!(\"x\"); }", "std::println!"));
        assert!(reaches("use std::println as p; fn f() { p!(\"x\"); }", "std::println!"));
        assert!(!reaches("fn f() { env!(\"x\"); }", "std::env"));
        assert!(reaches("fn f() { std::println!(\"x\"); }", "std::println!"));
        assert!(reaches("fn f() { vec![{ eprintln!(\"x\"); 1 }]; }", "std::eprintln!"));
        assert!(!reaches("fn f() { writeln!(out, \"println!\"); }", "std::println!"));
        assert!(reaches("async fn f() { tokio::spawn(g()).await; }", "tokio"));
        assert!(reaches("extern crate tokio;", "tokio"));
        assert!(reaches("use std::time; fn f() { time::Instant::now(); }", "std::time::Instant"));
        assert!(!reaches("use std::time::Duration;", "std::time::Instant"));
    }

    #[test]
    fn a_name_says_where_it_is() {
        let found = names("// one\nfn f() {\n    std::fs::read(\"x\");\n}\n").unwrap();
        let name = found.iter().find(|name| name.reaches("std::fs")).unwrap();
        assert_eq!((name.text().as_str(), name.line), ("std::fs::read", 3));
    }
}
