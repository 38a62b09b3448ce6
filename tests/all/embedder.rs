//! The full model of a directory: what is said where it is not what it should be, and that models never mix.

use crate::run::Folder;

const POLICY: (&str, &str) = ("policy.md", "# Passwords\n\nA password has at least fourteen characters.\n");

#[test]
fn a_directory_that_holds_no_full_model_is_one_clear_error() {
    let folder =
        Folder::new(&[POLICY, ("torn/model.onnx", "torn"), ("torn/tokenizer.json", "{}"), ("empty/x", "")]);
    let cases = [
        ("nowhere", "the embedder `nowhere` is no directory"),
        ("empty", "`model.onnx` of the embedder `empty` cannot be read: "),
        ("torn", "torn: `model.onnx` has sha256 "),
    ];
    for (directory, said) in cases {
        for arguments in [
            &["search", "password"][..],
            &["map", "a disk that is not encrypted at rest"],
            &["index", "add", "policy.md"],
        ] {
            let ran = folder.run(&[arguments, &["--embedder", directory]].concat());
            assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.err);
            assert!(ran.err.starts_with(&format!("error: {said}")), "{arguments:?}: {}", ran.err);
            assert!(ran.out.is_empty());
        }
    }
    folder.write("compline.yaml", b"embedder: nowhere\n");
    assert!(folder.run(&["search", "password"]).err.contains("/nowhere` is no directory"));
    // A curated answer needs no model.
    assert_eq!(folder.run(&["map", "CKV_AWS_20"]).status, 0);
}

#[test]
#[allow(clippy::print_stderr)] // A test that skips says so.
fn documents_indexed_with_one_model_are_never_compared_with_the_other() {
    let Ok(model) = std::env::var("COMPLINE_FULL_MODEL") else {
        eprintln!("skipped: `COMPLINE_FULL_MODEL` names no directory with the full model");
        return;
    };
    let folder = Folder::new(&[POLICY, ("compline.yaml", &format!("embedder: {model}\n"))]);
    let ran = folder.run(&["index", "add", "policy.md"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let found = folder.run(&["search", "how long must a passphrase be", "--format", "json"]).json();
    assert_eq!(found["documents"][0]["file"], "policy.md", "{found}");
    assert_eq!(folder.run(&["map", "an account's passphrase is too short"]).status, 0);
    folder.write("compline.yaml", b"");
    let ran = folder.run(&["search", "password"]);
    assert_eq!(ran.status, 3);
    assert!(
        ran.err.contains("was made with model `all-MiniLM-L6-v2-int8`")
            && ran.err.contains("not with `compline-static-128`")
            && ran.err.contains("`compline index rebuild`"),
        "{}",
        ran.err
    );
    assert_eq!(folder.run(&["index", "rebuild"]).status, 0);
    assert_eq!(folder.run(&["search", "password"]).status, 0);
    let library = folder.path().join("no-library.so");
    std::fs::write(&library, "none").unwrap();
    let ran = folder.run_with(
        &["search", "password", "--embedder", &model],
        &[("ORT_DYLIB_PATH", library.to_str().unwrap())],
    );
    assert_eq!(ran.status, 3, "{}", ran.err);
    assert!(ran.err.contains("is no shared library of ONNX Runtime that can be used"), "{}", ran.err);
}
