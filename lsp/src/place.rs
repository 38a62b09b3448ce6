//! URIs ↔ paths, without asking the machine: `file:///c%3A/x` and `file:///C:/x` are one file.

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
pub fn join(root_uri: &str, path: &str) -> String {
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
    fn a_path_below_a_root_and_back() {
        assert_eq!(below("/w", "/w/a/b.tf"), Some("a/b.tf"));
        assert_eq!(below("/w", "/world/b.tf"), None);
        assert_eq!(below("/", "/b.tf"), Some("b.tf"));
        assert_eq!(join("file:///c%3A/w/", "a b/é.tf"), "file:///c%3A/w/a%20b/%C3%A9.tf");
        assert_eq!(split("file:///w/a%20b.tf"), Some(("file:///w", "a b.tf".to_owned())));
    }
}
