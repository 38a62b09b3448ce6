//! URIs ↔ paths, without asking the machine: `file:///c%3A/x` and `file:///C:/x` are one file.

use std::path::Path;

use compline_project::RootSelection;

/// A folder as the editor spells it, and where it lies in its project, whose root may be above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootUri {
    /// The folder's.
    pub uri: String,
    /// The folder below the project's root, with `/` after it; empty where it is the root.
    prefix: String,
    /// The root's.
    root: String,
}

impl RootUri {
    /// `path` is the decoded folder, `file` the one file of it that was asked for.
    pub fn of(uri: &str, path: &str, selection: &RootSelection, file: Option<&str>) -> Self {
        let scope = selection.scope.first().map(String::as_str).unwrap_or_default();
        let prefix = match file {
            Some(file) => scope.strip_suffix(file).unwrap_or(scope).to_owned(),
            None if scope.is_empty() => String::new(),
            None => format!("{scope}/"),
        };
        let folder = prefix.trim_end_matches('/');
        // Where a link leads into the repository, the folder's own way up is another one.
        let root = if prefix.is_empty() {
            uri.to_owned()
        } else if path.ends_with(&format!("/{folder}")) {
            let up = folder.split('/').count();
            let parts: Vec<&str> = uri.trim_end_matches('/').split('/').collect();
            parts.get(..parts.len().saturating_sub(up)).unwrap_or_default().join("/")
        } else {
            of_path(&selection.root)
        };
        Self { uri: uri.to_owned(), prefix, root }
    }

    /// The URI of a buffer that lies nowhere.
    pub fn of_nothing(uri: &str) -> Self {
        Self { uri: uri.to_owned(), prefix: String::new(), root: uri.to_owned() }
    }

    /// The path below the project's root of a file, given its path below the folder.
    pub fn project_path(&self, below: &str) -> String {
        format!("{}{below}", self.prefix)
    }

    /// The URI of a file, given its path below the project's root.
    pub fn join(&self, path: &str) -> String {
        match path.strip_prefix(&self.prefix) {
            Some(below) => join(&self.uri, below),
            None => join(&self.root, path),
        }
    }
}

/// A path of the machine in the spelling of [`path_of`].
pub fn plain(path: &Path) -> String {
    let text = path.display().to_string().replace('\\', "/");
    let text = text.trim_start_matches("//?/");
    match text.split_once(':') {
        Some((drive, rest)) if drive.len() == 1 => format!("{}:{rest}", drive.to_ascii_lowercase()),
        _ => text.to_owned(),
    }
}

fn of_path(path: &Path) -> String {
    let mut uri = "file://".to_owned();
    for part in plain(path).split('/').filter(|part| !part.is_empty()) {
        uri.push('/');
        encode(part, &mut uri);
    }
    uri
}

/// A decoded `file:` URI in one spelling: `/home/x/main.tf`, `c:/x/main.tf`, `//server/share/main.tf`.
/// `None` for other schemes.
pub fn path_of(uri: &str) -> Option<String> {
    let rest = uri.strip_prefix("file://")?;
    let (authority, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, ""),
    };
    let path = decode(path.split(['?', '#']).next().unwrap_or(path));
    let bytes = path.as_bytes();
    let drive = matches!(bytes, [b'/', letter, b':', ..] if letter.is_ascii_alphabetic());
    let mut path = if drive {
        let (letter, tail) = path[1..].split_at(1);
        format!("{}{tail}", letter.to_ascii_lowercase())
    } else if authority.is_empty() || authority == "localhost" {
        path
    } else {
        format!("//{authority}{path}")
    };
    while path.len() > 1 && path.ends_with('/') {
        path.pop();
    }
    Some(path)
}

/// The path of a file below a root, with `/`; `None` when it lies elsewhere.
pub fn below<'a>(root: &str, path: &'a str) -> Option<&'a str> {
    let rest = path.strip_prefix(root)?;
    if root.ends_with('/') { Some(rest) } else { rest.strip_prefix('/') }.filter(|rest| !rest.is_empty())
}

/// The URI of a file below a root's URI.
fn join(root_uri: &str, path: &str) -> String {
    let mut uri = root_uri.trim_end_matches('/').to_owned();
    for part in path.split('/') {
        uri.push('/');
        encode(part, &mut uri);
    }
    uri
}

/// The URI of the folder a file lies in, and the file's name, decoded.
pub fn split(uri: &str) -> Option<(&str, String)> {
    let (folder, name) = uri.rsplit_once('/')?;
    (!name.is_empty()).then(|| (folder, decode(name)))
}

fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (plain, code) = rest.split_at(at);
        out.extend_from_slice(plain.as_bytes());
        match code.get(1..3).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = &code[3..];
            }
            None => {
                out.push(b'%');
                rest = &code[1..];
            }
        }
    }
    out.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&out).into_owned()
}

fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_has_one_path_however_it_is_spelled() {
        for uri in
            ["file:///c%3A/Users/x/main.tf", "file:///C:/Users/x/main.tf", "file:///c%3a/Users/x/main.tf"]
        {
            assert_eq!(path_of(uri).as_deref(), Some("c:/Users/x/main.tf"), "{uri}");
        }
        assert_eq!(path_of("file:///home/a%20b/").as_deref(), Some("/home/a b"));
        assert_eq!(path_of("file://server/share/x.tf").as_deref(), Some("//server/share/x.tf"));
        assert_eq!(path_of("untitled:Untitled-1"), None);
        assert_eq!(path_of("file:///a%zz%4").as_deref(), Some("/a%zz%4"));
    }

    #[test]
    fn a_folder_in_a_repository_and_its_files() {
        let selection = |root: &str, scope: &str| RootSelection {
            scope: vec![scope.to_owned()],
            ..RootSelection::of_folder(Path::new(root), None)
        };
        let inner = selection("/nowhere/re po", "infra/prod");
        let uri =
            RootUri::of("file:///nowhere/re%20po/infra/prod", "/nowhere/re po/infra/prod", &inner, None);
        assert_eq!(uri.project_path("main.tf"), "infra/prod/main.tf");
        assert_eq!(uri.join("infra/prod/main.tf"), "file:///nowhere/re%20po/infra/prod/main.tf");
        assert_eq!(uri.join("modules/a/main.tf"), "file:///nowhere/re%20po/modules/a/main.tf");
        let linked = RootUri::of("file:///home/link", "/home/link", &inner, None);
        assert_eq!(linked.join("infra/prod/main.tf"), "file:///home/link/main.tf");
        assert_eq!(linked.join("modules/main.tf"), "file:///nowhere/re%20po/modules/main.tf");
        let lone = selection("/nowhere", "main.tf");
        let uri = RootUri::of("file:///nowhere", "/nowhere", &lone, Some("main.tf"));
        assert_eq!(uri.join(&uri.project_path("other.tf")), "file:///nowhere/other.tf");
    }

    #[test]
    fn a_path_below_a_root_and_back() {
        assert_eq!(below("/w", "/w/a/b.tf"), Some("a/b.tf"));
        assert_eq!(below("/w", "/world/b.tf"), None);
        assert_eq!(below("/", "/b.tf"), Some("b.tf"));
        assert_eq!(join("file:///c%3A/w/", "a b/é.tf"), "file:///c%3A/w/a%20b/%C3%A9.tf");
        assert_eq!(split("file:///w/a%20b.tf"), Some(("file:///w", "a b.tf".to_owned())));
    }
}
