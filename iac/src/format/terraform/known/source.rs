//! Which known module a source names.

use super::{PREFIX, table};

/// The hosts of registries, which a source may name and need not.
const REGISTRIES: [&str; 2] = ["registry.terraform.io/", "registry.opentofu.org/"];

/// The directory that stands for the module which a directory calls by this source; none where no table has it.
pub(in super::super) fn directory_of(caller: &str, source: &str) -> Option<String> {
    let name = match caller.strip_prefix(PREFIX) {
        // A known module calls its own parts by their place in it.
        Some(above) if source.starts_with('.') => below(above, source)?,
        _ => registry_name(source)?,
    };
    table::entry(&name)?;
    Some(format!("{PREFIX}{name}"))
}

/// `./modules/x` of `a/b/c`, or `../x` of `a/b/c//modules/y`.
fn below(caller: &str, source: &str) -> Option<String> {
    let (package, inside) = caller.split_once("//").unwrap_or((caller, ""));
    let place = super::super::join(inside, source)?;
    Some(if place.is_empty() { package.to_owned() } else { format!("{package}//{place}") })
}

/// A source as the registry names it, `namespace/name/provider//directory`: from there, or from the repository that
/// the registry takes the module from.
fn registry_name(source: &str) -> Option<String> {
    let plain = source.split('?').next().unwrap_or(source).trim_end_matches('/');
    let in_git = |at: &str| plain.find(at).and_then(|start| plain.get(start + at.len()..));
    if let Some(rest) = in_git("github.com/").or_else(|| in_git("github.com:")) {
        let (namespace, rest) = rest.split_once('/')?;
        let (repository, inside) = rest.split_once("//").unwrap_or((rest, ""));
        let repository = repository.trim_end_matches(".git");
        // Repositories are called `terraform-<provider>-<name>`.
        let (provider, name) = repository.strip_prefix("terraform-")?.split_once('-')?;
        let name = format!("{namespace}/{name}/{provider}");
        return Some(if inside.is_empty() { name } else { format!("{name}//{inside}") });
    }
    let name = REGISTRIES.iter().find_map(|host| plain.strip_prefix(host)).unwrap_or(plain);
    let (package, _) = name.split_once("//").unwrap_or((name, ""));
    let parts = package.split('/').filter(|part| !part.is_empty() && !part.starts_with('.'));
    (parts.count() == 3 && !package.contains(':')).then(|| name.to_owned())
}
