//! Paths and files. Files are read through [`crate::source::Sources`] only, and only inside the workspace.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::call::{ANY, Answer, Call, Function, TEXT, function};
use super::glob::Glob;
use super::{Template, convert, hash};
use crate::source::Span;
use crate::value::{Data, Map, Origin, Value, WhyKind};

pub(super) const FUNCTIONS: &[Function] = &[
    function("abspath", &[TEXT], abspath),
    function("basename", &[TEXT], |call| Ok(call.make_text(basename(call.text(0))))),
    function("dirname", &[TEXT], |call| Ok(call.make_text(dirname(call.text(0))))),
    function("file", &[TEXT], file),
    function("filebase64", &[TEXT], |call| digest(call, |text| STANDARD.encode(text))),
    function("filebase64sha256", &[TEXT], |call| digest(call, hash::sha256_base64)),
    function("filebase64sha512", &[TEXT], |call| digest(call, hash::sha512_base64)),
    function("fileexists", &[TEXT], fileexists),
    function("filemd5", &[TEXT], |call| digest(call, hash::md5)),
    function("fileset", &[TEXT, TEXT], fileset),
    function("filesha1", &[TEXT], |call| digest(call, hash::sha1)),
    function("filesha256", &[TEXT], |call| digest(call, hash::sha256)),
    function("filesha512", &[TEXT], |call| digest(call, hash::sha512)),
    function("pathexpand", &[TEXT], pathexpand),
    function("templatefile", &[TEXT, ANY.or_unknown()], templatefile).keeping_marks(),
    function("templatestring", &[TEXT, ANY.or_unknown()], templatestring).keeping_marks(),
];

/// Files that one `fileset` looks at, and how deep it goes.
const MOST_FILES: usize = 100_000;
const DEEPEST: usize = 64;

/// A path without `.`, `..` and doubled slashes, as Go cleans it.
fn clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    match (absolute, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

fn basename(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    let trimmed = path.trim_end_matches('/');
    let name = trimmed.rsplit('/').next().unwrap_or("");
    if name.is_empty() { "/".to_owned() } else { name.to_owned() }
}

fn dirname(path: &str) -> String {
    match path.rfind('/') {
        Some(at) => clean(&path[..=at]),
        None => ".".to_owned(),
    }
}

fn abspath(call: &Call<'_, '_>) -> Answer {
    if call.text(0).starts_with('/') {
        return Ok(call.make_text(clean(call.text(0))));
    }
    Ok(call.unknown_because(WhyKind::Outside, "an absolute path depends on the machine"))
}

fn pathexpand(call: &Call<'_, '_>) -> Answer {
    let path = call.text(0);
    match path.strip_prefix('~') {
        None => Ok(call.make_text(path)),
        Some(rest) if rest.is_empty() || rest.starts_with('/') => {
            Ok(call.unknown_because(WhyKind::Outside, "the home directory depends on the machine"))
        }
        Some(_) => Err("the home directory of another user cannot be expanded".to_owned()),
    }
}

/// Where a path leads, relative to the workspace root; `None` when that is outside of it.
fn located(call: &Call<'_, '_>, path: &str) -> Option<String> {
    if path.starts_with('/') || path.starts_with('~') {
        return None;
    }
    let joined =
        clean(format!("{}/{path}", call.context.root_dir.trim_end_matches('/')).trim_start_matches('/'));
    (joined != ".." && !joined.starts_with("../")).then_some(joined)
}

/// What the body of a file function may go on with.
enum Found {
    Text(Arc<str>, String),
    /// There is a file, but not as text.
    Bytes(String),
    Outside,
}

fn find(call: &Call<'_, '_>) -> Result<Found, String> {
    let path = call.text(0);
    let Some(located) = located(call, path) else { return Ok(Found::Outside) };
    if !call.context.sources.is_file(&located) {
        return Err(format!("there is no file `{}`", convert::shown(call.arg(0))));
    }
    Ok(match call.context.sources.read(&located) {
        Ok(text) => Found::Text(text, located),
        Err(why) => Found::Bytes(why),
    })
}

fn outside(call: &Call<'_, '_>) -> Answer {
    Ok(call.unknown_because(
        WhyKind::Outside,
        format!("`{}` lies outside of the workspace", convert::shown(call.arg(0))),
    ))
}

fn file(call: &Call<'_, '_>) -> Answer {
    match find(call)? {
        Found::Text(text, path) => {
            let value = call.make_text(&text);
            Ok(structured(call, value, &text, &path))
        }
        Found::Bytes(why) => Err(why),
        Found::Outside => outside(call),
    }
}

/// The value with its structure, where it is JSON: the parts of it stand in the file.
fn structured(call: &Call<'_, '_>, value: Value, text: &Arc<str>, path: &str) -> Value {
    if !text.trim_start().starts_with(['{', '[']) {
        return value;
    }
    let Some(id) = call.context.sources.source_id(path) else { return value };
    let span = Span::new(id, 0, text.len());
    let origin = Origin::at(span).through(call.at, format!("function `{}`", call.function.name));
    let there = Value { origin, ..value.clone() };
    let json = crate::view::json::placed(&there, text).map(Arc::new);
    Value { json: json.or(value.json.clone()), ..value }
}

fn digest(call: &Call<'_, '_>, of: fn(&str) -> String) -> Answer {
    match find(call)? {
        Found::Text(text, _) => Ok(call.make_text(of(&text))),
        Found::Bytes(why) => Ok(call.unknown_because(WhyKind::Limit, why)),
        Found::Outside => outside(call),
    }
}

fn fileexists(call: &Call<'_, '_>) -> Answer {
    let Some(located) = located(call, call.text(0)) else { return outside(call) };
    if !call.context.sources.is_file(&located) && !call.context.sources.list(&located).is_empty() {
        return Err(format!("`{}` is a directory", convert::shown(call.arg(0))));
    }
    let mut above = located.as_str();
    while let Some((directory, _)) = above.rsplit_once('/') {
        if call.context.sources.is_file(directory) {
            return Err(format!("`{directory}` is a file, not a directory"));
        }
        above = directory;
    }
    Ok(call.make_bool(call.context.sources.is_file(&located)))
}

fn fileset(call: &Call<'_, '_>) -> Answer {
    let Some(start) = located(call, call.text(0)) else { return outside(call) };
    if call.context.sources.list(&start).is_empty() {
        return Ok(call.make_list(Vec::new(), None));
    }
    let glob = Glob::new(&clean(call.text(1)))?;
    let mut found = Vec::new();
    let mut open: Vec<(String, usize)> = vec![(String::new(), 0)];
    let mut seen = 0;
    while let Some((directory, depth)) = open.pop() {
        let full = if directory.is_empty() { start.clone() } else { clean(&format!("{start}/{directory}")) };
        for name in call.context.sources.list(&full) {
            seen += 1;
            if seen > MOST_FILES {
                let text = format!("more than {MOST_FILES} files are not searched");
                return Ok(call.unknown_because(WhyKind::Limit, text));
            }
            let path = if directory.is_empty() { name.clone() } else { format!("{directory}/{name}") };
            if call.context.sources.is_file(&clean(&format!("{start}/{path}"))) {
                if glob.matches(&path) {
                    found.push(path);
                }
            } else if depth < DEEPEST {
                open.push((path, depth + 1));
            }
        }
    }
    found.sort();
    found.dedup();
    Ok(call.make_texts(found))
}

fn templatefile(call: &Call<'_, '_>) -> Answer {
    let (text, path) = match find(call)? {
        Found::Text(text, path) => (text, path),
        Found::Bytes(why) => return Err(why),
        Found::Outside => return outside(call),
    };
    let value = render(call, text.clone(), Some(path.as_str().into()))?;
    Ok(structured(call, value, &text, &path))
}

fn templatestring(call: &Call<'_, '_>) -> Answer {
    render(call, call.text(0).into(), None)
}

fn render(call: &Call<'_, '_>, text: Arc<str>, path: Option<Arc<str>>) -> Answer {
    match &call.arg(1).data {
        Data::Map(map) => check_names(map)?,
        Data::Unknown(_) | Data::Choice(_) => return Ok(call.unknown(call.arg(1))),
        _ => {
            return Err(format!(
                "the variables of a template must be a map, not {}",
                convert::kind(call.arg(1))
            ));
        }
    }
    match call.context.template {
        Some(hook) => hook(&Template { text, path, variables: call.arg(1), at: call.at }),
        None => Ok(call.unknown_because(WhyKind::Function, "templates are not evaluated here")),
    }
}

fn check_names(map: &Map) -> Result<(), String> {
    let is_name = |name: &str| {
        name.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && name.chars().all(|character| character.is_alphanumeric() || matches!(character, '_' | '-'))
    };
    match map.entries.keys().find(|name| !is_name(name)) {
        Some(name) => Err(format!("`{name}` cannot be the name of a template variable")),
        None => Ok(()),
    }
}
