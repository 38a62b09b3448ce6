//! The parts of a container image's name.

use std::sync::Arc;

use super::field::{retext, with};
use crate::value::{Data, Map, Piece, Value};

/// The parts as a map: `text registry name tag digest`. A tag that nothing says is `latest`, a registry that
/// nothing says `docker.io`; a digest that is not written is absent. What holes may hide is unknown.
pub fn image(value: &Value) -> Value {
    let parts = match &value.data {
        Data::Text(text) => of_text(value, text),
        Data::Holed(pieces) => holed(value, pieces),
        _ => ["registry", "name", "tag", "digest"].map(|part| (part, value.clone())).to_vec(),
    };
    let mut map = Map { header: value.origin.span, ..Map::default() };
    map.entries.insert("text".into(), value.clone());
    map.entries.extend(parts.into_iter().map(|(name, part)| (Arc::from(name), part)));
    Value::new(Data::Map(Arc::new(map)), value.origin.clone())
}

type Parts = Vec<(&'static str, Value)>;

fn of_text(value: &Value, text: &str) -> Parts {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    let after_path = rest.rfind('/').map_or(0, |slash| slash + 1);
    let (path, tag) = match rest.get(after_path..).and_then(|last| last.find(':')) {
        Some(colon) => rest.split_at(after_path + colon),
        None => (rest, ""),
    };
    let (registry, name) = match path.split_once('/') {
        Some((first, name)) if first.contains(['.', ':']) || first == "localhost" => (first, name),
        _ => ("docker.io", path),
    };
    let mut parts = vec![("registry", retext(value, registry)), ("name", retext(value, name))];
    match (tag.strip_prefix(':'), digest) {
        (Some(tag), _) if !tag.is_empty() => parts.push(("tag", retext(value, tag))),
        (_, None) => parts.push(("tag", retext(value, "latest"))),
        _ => {}
    }
    parts.extend(digest.map(|digest| ("digest", retext(value, digest))));
    parts
}

/// What follows the last hole tells the tag and digest, what stands before the first the registry.
fn holed(value: &Value, pieces: &[Piece]) -> Parts {
    let unknown = pieces.iter().find_map(|piece| match piece {
        Piece::Hole(why) => Some(with(value, Data::Unknown(why.clone()))),
        Piece::Text(_) => None,
    });
    let unknown = unknown.unwrap_or_else(|| value.clone());
    let mut registry = unknown.clone();
    if let Some(Piece::Text(first)) = pieces.first()
        && let Some((host, _)) = first.split_once('/')
    {
        registry =
            retext(value, if host.contains(['.', ':']) || host == "localhost" { host } else { "docker.io" });
    }
    let mut parts = vec![("registry", registry), ("name", unknown.clone())];
    let Some(Piece::Text(last)) = pieces.last() else {
        // A hole at the end may hold anything; before `@sha256:` stands the tag, which then does not matter.
        let digest = pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains("@sha")));
        if digest {
            parts.push(("digest", value.clone()));
        } else {
            parts.extend([("tag", unknown.clone()), ("digest", unknown)]);
        }
        return parts;
    };
    let (rest, digest) = match last.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (&**last, None),
    };
    let after_path = rest.rfind('/').map(|slash| slash + 1);
    match rest.get(after_path.unwrap_or(0)..).and_then(|last| last.split_once(':')) {
        Some((_, tag)) => parts.push(("tag", retext(value, tag))),
        None if after_path.is_some() && digest.is_none() => parts.push(("tag", retext(value, "latest"))),
        None if digest.is_some() && after_path.is_some() => {}
        None => parts.push(("tag", unknown)),
    }
    parts.extend(digest.map(|digest| ("digest", retext(value, digest))));
    parts
}

#[cfg(test)]
mod tests {
    use super::image;
    use crate::view::testing::{json, value};
    use serde_json::json;

    fn parts(text: &str) -> serde_json::Value {
        let mut parts = json(&image(&value(&json!(text))));
        parts.as_object_mut().unwrap().remove("text");
        parts
    }

    #[test]
    fn known_names() {
        assert_eq!(parts("nginx"), json!({ "registry": "docker.io", "name": "nginx", "tag": "latest" }));
        assert_eq!(
            parts("quay.io:443/a/b:1.2@sha256:ff"),
            json!({ "registry": "quay.io:443", "name": "a/b", "tag": "1.2", "digest": "sha256:ff" })
        );
        assert_eq!(
            parts("localhost/b@sha256:ff"),
            json!({ "registry": "localhost", "name": "b", "digest": "sha256:ff" })
        );
        assert_eq!(parts("a/b"), json!({ "registry": "docker.io", "name": "a/b", "tag": "latest" }));
    }

    #[test]
    fn names_with_holes() {
        assert_eq!(parts("${r}/b:1.2"), json!({ "registry": "?", "name": "?", "tag": "1.2" }));
        assert_eq!(
            parts("quay.io/b:${t}"),
            json!({ "registry": "quay.io", "name": "?", "tag": "?", "digest": "?" })
        );
        assert_eq!(parts("${r}/b"), json!({ "registry": "?", "name": "?", "tag": "latest" }));
        assert_eq!(parts("${r}-b")["tag"], "?");
        assert_eq!(parts("?image"), json!({ "registry": "?", "name": "?", "tag": "?", "digest": "?" }));
    }
}
