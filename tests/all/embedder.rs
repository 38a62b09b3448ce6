//! The full model of a directory: what is said where it is not what it should be, and that models never mix.

use crate::run::Folder;

const POLICY: (&str, &str) = ("policy.md", "# Passwords\n\nA password has at least fourteen characters.\n");

/// Each way of asking a model.
const ASKED: [&[&str]; 4] = [
    &["search", "password"],
    &["search", "--batch", "policy.md"],
    &["map", "a disk that is not encrypted at rest"],
    &["index", "add", "policy.md"],
];

#[test]
fn a_directory_that_holds_no_model_is_one_clear_error() {
    let folder = Folder::new(&[
        POLICY,
        ("torn/model.onnx", "torn"),
        ("torn/tokenizer.json", "{}"),
        ("empty/x", ""),
        ("speechless/onnx/model.onnx", "x"),
        ("apart/model.onnx", "x"),
        ("apart/model.onnx_data", "x"),
        ("odd/model.onnx", "x"),
        ("odd/tokenizer.json", "{}"),
        ("odd/1_Pooling/config.json", "{\"pooling_mode_max_tokens\": true}"),
    ]);
    let cases = [
        ("nowhere", "the embedder `nowhere` is no directory"),
        (
            "empty",
            "there is no ONNX model in the embedder `empty`: looked for `model.onnx`, `onnx/model.onnx`, ",
        ),
        ("speechless", "there is no `tokenizer.json` in the embedder `speechless`"),
        ("apart", "the embedder `apart` keeps its weights in a file of their own, `model.onnx_data`"),
        (
            "odd",
            "the embedder `odd` cannot be used: `1_Pooling/config.json` asks for pooling by `max_tokens`",
        ),
        ("torn", "`no-library.so`, which `ORT_DYLIB_PATH` names, cannot be read: "),
    ];
    for (directory, said) in cases {
        for arguments in ASKED {
            let ran = folder.run_with(
                &[arguments, &["--embedder", directory]].concat(),
                &[("ORT_DYLIB_PATH", "no-library.so")],
            );
            assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.err);
            assert!(ran.err.starts_with(&format!("error: {said}")), "{arguments:?}: {}", ran.err);
            assert!(ran.out.is_empty());
        }
    }
    folder.write("compline.yaml", b"embedder: nowhere\n");
    assert!(
        folder.run(&["search", "password"]).err.contains("names the embedder `nowhere`, which is no name")
    );
    // A curated answer needs no model.
    assert_eq!(folder.run(&["map", "CKV_AWS_20"]).status, 0);
}

#[test]
fn a_model_that_the_hubs_cache_lacks_is_one_clear_error() {
    let folder = Folder::new(&[
        POLICY,
        ("hub/models--org--broken/refs/main", "0123abc"),
        ("hub/models--org--unnamed/snapshots/0123abc/config.json", "{}"),
        ("hub/models--org--torch/refs/main", "0123abc"),
        ("hub/models--org--torch/snapshots/0123abc/pytorch_model.bin", "x"),
        ("hub/models--org--speechless/refs/main", "0123abc"),
        ("hub/models--org--speechless/snapshots/0123abc/onnx/model.onnx", "x"),
    ]);
    let hub = folder.path().join("hub");
    let hub = hub.to_str().unwrap();
    let cases = [
        (
            "org/none",
            "`org/none` is no directory, and no model of the Hugging Face hub's cache: looked in `",
            "`hf download org/none` fetches it",
        ),
        ("org/none@v2", "`org/none@v2` is no directory", "`hf download org/none --revision v2` fetches it"),
        (
            "org/broken",
            "the model `org/broken` in the Hugging Face hub's cache cannot be used: `",
            "`hf download org/broken` fetches it",
        ),
        (
            "org/unnamed",
            "the model `org/unnamed` in the Hugging Face hub's cache cannot be used: `",
            "there is `org/unnamed@0123abc`",
        ),
        (
            "org/torch",
            "there is no ONNX model in the embedder `org/torch`",
            "help: take a model that comes as ONNX",
        ),
        (
            "org/speechless",
            "there is no `tokenizer.json` in the embedder `org/speechless`",
            "help: it comes with the model",
        ),
    ];
    for (name, said, help) in cases {
        for arguments in ASKED {
            let ran = folder.run_with(&[arguments, &["--embedder", name]].concat(), &[("HF_HUB_CACHE", hub)]);
            assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.err);
            assert!(ran.err.starts_with(&format!("error: {said}")), "{arguments:?}: {}", ran.err);
            assert!(ran.err.contains(help) && ran.err.lines().count() == 2, "{}", ran.err);
            assert!(ran.out.is_empty());
        }
    }
    let ran = folder.run(&["search", "password", "--embedder", "org/none"]);
    assert!(ran.err.contains(".cache/huggingface/hub`"), "the usual place: {}", ran.err);
    folder.write("compline.yaml", b"embedder: org/none\n");
    let err = folder.run(&["search", "password"]).err;
    assert!(err.contains("\nerror: `org/none` is no directory"), "{err}");
}

/// The full model's directory.
fn full_model() -> String {
    std::env::var("COMPLINE_FULL_MODEL").expect("`COMPLINE_FULL_MODEL` names the full model")
}

#[test]
#[ignore = "needs `COMPLINE_FULL_MODEL`, a directory that `index/model/full/assemble.sh` made"]
fn documents_indexed_with_one_model_are_never_compared_with_the_other() {
    let model = full_model();
    let folder = Folder::new(&[POLICY, (".config/compline/config.yaml", &format!("embedder: {model}\n"))]);
    let ran = folder.run(&["index", "add", "policy.md"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let found = folder.run(&["search", "how long must a passphrase be", "--format", "json"]).json();
    assert_eq!(found["documents"][0]["file"], "policy.md", "{found}");
    assert_eq!(folder.run(&["map", "minimum passphrase length"]).status, 0);
    folder.write(".config/compline/config.yaml", b"");
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

#[test]
fn a_library_that_came_with_a_repository_is_not_loaded_because_its_configuration_says_so() {
    let folder = Folder::new(&[
        (".git/HEAD", ""),
        ("a/compline.yaml", "embedder: ../model\n"),
        ("model/model.onnx", "x"),
        ("model/tokenizer.json", "{}"),
        ("model/libonnxruntime.so", "x"),
    ]);
    let ran = std::process::Command::new(compline_tests::compline())
        .args(["search", "password"])
        .current_dir(folder.path().join("a"))
        .env("HOME", folder.path())
        .env_remove("ORT_DYLIB_PATH")
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(2), "{error}");
    assert!(!error.contains("that can be used"), "it was tried: {error}");
    let tried = |ran: crate::run::Ran| {
        assert_eq!(ran.status, 3, "who names it means it: {}", ran.err);
        assert!(ran.err.contains("libonnxruntime.so` is no shared library of ONNX Runtime"), "{}", ran.err);
    };
    tried(folder.run(&["search", "password", "--embedder", "model"]));
    tried(folder.run_with(&["search", "password"], &[("COMPLINE_EMBEDDER", "model")]));
    folder.write(".config/compline/config.yaml", b"embedder: ../../model\n");
    tried(folder.run(&["search", "password"]));
}

/// A library that leaves a file where it is loaded, as an unpacked archive could bring one along.
#[cfg(target_os = "linux")]
#[test]
fn no_code_of_an_archive_is_loaded() {
    let folder = Folder::new(&[
        ("infra/compline.yaml", "embedder: ../model\n"),
        ("infra/main.tf", "resource \"aws_db_instance\" \"d\" { publicly_accessible = true }\n"),
        ("model/model.onnx", "x"),
        ("model/tokenizer.json", "{}"),
    ]);
    let proof = folder.path().join("PROOF");
    let code = format!(
        "#include <stdio.h>\n__attribute__((constructor)) static void go(void) {{ fclose(fopen(\"{}\", \"w\")); }}\n",
        proof.display()
    );
    folder.write("evil.c", code.as_bytes());
    let library = folder.path().join("model/libonnxruntime.so");
    let built = std::process::Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &folder.path().join("evil.c")])
        .status();
    if !built.is_ok_and(|status| status.success()) {
        eprintln!("there is no C compiler: nothing was tried");
        return;
    }
    let inside = folder.path().join("infra");
    let absolute = folder.path().join("model");
    let absolute = absolute.to_str().unwrap();
    for written in ["../model", absolute, "./../model", "~/model", "model", "../model/"] {
        folder.write("infra/compline.yaml", format!("embedder: {written}\n").as_bytes());
        for arguments in [
            &["search", "password"][..],
            &["map", "a disk that is not encrypted at rest"],
            &["check", "."],
            &["report", ".", "-f", "soc2-tsc-2017", "-o", "../out"],
        ] {
            let ran = std::process::Command::new(compline_tests::compline())
                .args(arguments)
                .current_dir(&inside)
                .env("HOME", folder.path().join("home"))
                .env_remove("ORT_DYLIB_PATH")
                .env_remove("XDG_CONFIG_HOME")
                .output()
                .unwrap();
            assert!(!proof.exists(), "{written} {arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
        }
    }
    // The library works where the user asks for it, so the test can fail.
    let _ = folder.run(&["search", "password", "--embedder", "model"]);
    assert!(proof.exists());
}

#[test]
fn a_project_may_name_a_model_of_the_cache_and_is_told_so() {
    let folder = Folder::new(&[
        POLICY,
        ("compline.yaml", "embedder: org/mini\n"),
        ("org/mini/model.onnx", "x"),
        ("org/mini/tokenizer.json", "{}"),
        ("org/mini/libonnxruntime.so", "x"),
        ("hub/models--org--mini/refs/main", "0123abc"),
        ("hub/models--org--mini/snapshots/0123abc/model.onnx", "x"),
        ("hub/models--org--mini/snapshots/0123abc/tokenizer.json", "{}"),
    ]);
    let ran = folder.run(&["search", "password"]);
    assert!(
        ran.err.contains("`org/mini` is no directory, and no model"),
        "never among the files: {}",
        ran.err
    );
    let hub = folder.path().join("hub");
    let ran = folder.run_with(&["search", "password"], &[("HF_HUB_CACHE", hub.to_str().unwrap())]);
    assert!(
        ran.err.contains("note: the project's `compline.yaml` names the model `org/mini`"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("you name no shared library of ONNX Runtime"), "{}", ran.err);
}

/// The files of the full model, laid out as the hub's own programs lay them out, below a folder's `hub`.
struct Hub {
    library: String,
    model: Vec<u8>,
    tokenizer: Vec<u8>,
}

impl Hub {
    fn find() -> Self {
        let folder = full_model();
        let folder = std::path::Path::new(&folder);
        let files = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
        let library = files
            .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("libonnxruntime."))
            .min()
            .unwrap();
        let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
        Self {
            library: library.to_str().unwrap().to_owned(),
            model: read("model.onnx"),
            tokenizer: read("tokenizer.json"),
        }
    }

    /// Puts a model there as `org/NAME`; files are links into `blobs`.
    fn lay(&self, folder: &Folder, name: &str, model: &[u8]) {
        let home = format!("hf/hub/models--org--{name}");
        folder.write(&format!("{home}/refs/main"), b"0123abc");
        let small: [(&str, &[u8]); 3] = [
            (
                "1_Pooling/config.json",
                b"{\"pooling_mode_mean_tokens\": true, \"pooling_mode_cls_token\": false}",
            ),
            ("sentence_bert_config.json", b"{\"max_seq_length\": 256}"),
            ("tokenizer.json", &self.tokenizer),
        ];
        for (number, (path, bytes)) in small.into_iter().chain([("onnx/model.onnx", model)]).enumerate() {
            folder.write(&format!("{home}/blobs/{number}"), bytes);
            let link = folder.path().join(format!("{home}/snapshots/0123abc/{path}"));
            std::fs::create_dir_all(link.parent().unwrap()).unwrap();
            let up = "../".repeat(path.split('/').count() + 1);
            #[cfg(unix)]
            std::os::unix::fs::symlink(format!("{up}blobs/{number}"), link).unwrap();
            #[cfg(not(unix))]
            std::fs::write(link, bytes).unwrap();
        }
    }

    fn run(&self, folder: &Folder, arguments: &[&str]) -> crate::run::Ran {
        let home = folder.path().join("hf");
        folder.run_with(arguments, &[("HF_HOME", home.to_str().unwrap()), ("ORT_DYLIB_PATH", &self.library)])
    }
}

const ONCE: &str = "has not seen yet, once; kept in `";

#[test]
#[ignore = "needs `COMPLINE_FULL_MODEL`, a directory that `index/model/full/assemble.sh` made"]
fn a_model_of_the_hub_is_used_by_its_name() {
    let hub = Hub::find();
    let folder = Folder::new(&[POLICY]);
    hub.lay(&folder, "mini", &hub.model);
    let asked = ["map", "minimum passphrase length", "--format", "json", "--embedder"];
    let ran = hub.run(&folder, &[&asked[..], &["org/mini"]].concat());
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "what ships was embedded by this very model");
    let directory = full_model();
    assert_eq!(ran.out, folder.run(&[&asked[..], &[&directory]].concat()).out);
    let found = ran.json();
    assert!(found.get("calibrated").is_none() && found["controls"][0]["tier"] == "mapped", "{found}");
    // The same weights under another hash: asked anew, and found to be the same.
    let mut renamed = hub.model.clone();
    let at = renamed.windows(7).position(|bytes| bytes == b"pytorch").unwrap();
    renamed[at] = b'P';
    hub.lay(&folder, "renamed", &renamed);
    let again = hub.run(&folder, &[&asked[..], &["org/renamed"]].concat());
    assert!(again.err.contains(ONCE) && !again.err.contains("uncalibrated"), "{}", again.err);
    assert_eq!(again.out, ran.out);
    let again = hub.run(&folder, &[&asked[..], &["org/renamed@0123abc"]].concat());
    assert_eq!((again.err.as_str(), again.out), ("", ran.out), "kept");
    folder.write("compline.yaml", b"embedder: org/mini\n");
    assert_eq!(hub.run(&folder, &["index", "add", "policy.md"]).status, 0);
    folder.write("compline.yaml", b"embedder: org/renamed\n");
    let ran = hub.run(&folder, &["index", "add", "policy.md"]);
    assert!(
        ran.err.contains("was made with model `all-MiniLM-L6-v2-int8`")
            && ran.err.contains("not with `org/renamed`"),
        "{}",
        ran.err
    );
    for (name, file, bytes, said) in [
        ("torn", "onnx/model.onnx", &hub.model[..9_000_000], "model `org/torn` cannot be loaded: "),
        (
            "mute",
            "tokenizer.json",
            b"{}".as_slice(),
            "model `org/mute` cannot be loaded: `tokenizer.json` is no tokenizer",
        ),
    ] {
        hub.lay(&folder, name, &renamed);
        let path = format!("hf/hub/models--org--{name}/snapshots/0123abc/{file}");
        std::fs::remove_file(folder.path().join(&path)).unwrap();
        folder.write(&path, bytes);
        let ran = hub.run(&folder, &["search", "password", "--embedder", &format!("org/{name}")]);
        assert_eq!(ran.status, 2, "{}", ran.err);
        assert!(ran.err.starts_with(&format!("error: {said}")), "{}", ran.err);
    }
}

#[test]
#[ignore = "needs `COMPLINE_FULL_MODEL`, a directory that `index/model/full/assemble.sh` made"]
fn another_model_is_embedded_once_and_nothing_is_mapped_on_its_word() {
    let hub = Hub::find();
    let folder = Folder::new(&[POLICY, ("lines.txt", "a disk that is not encrypted at rest\nCKV_AWS_22\n")]);
    // Every word stands for another one: a model that works and knows nothing.
    let mut other = hub.model.clone();
    other[1_000_000..10_000_000].reverse();
    hub.lay(&folder, "other", &other);
    let home = folder.path().join("hf");
    let mut child = std::process::Command::new(compline_tests::compline())
        .args(["map", "--batch", "lines.txt", "--embedder", "org/other"])
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .env_remove("XDG_CACHE_HOME")
        .env("HF_HOME", &home)
        .env("ORT_DYLIB_PATH", &hub.library)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let kept = folder.path().join(".cache/compline/embedded");
    let files = || {
        std::fs::read_dir(&kept)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|file| file.path().extension().is_some_and(|ending| ending == "bin"))
            .count()
    };
    for _ in 0..600 {
        if files() > 0 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    child.kill().unwrap();
    let cut_off = child.wait_with_output().unwrap();
    assert_eq!(files(), 1, "what was done is kept while it is done");

    let run = || hub.run(&folder, &["map", "--batch", "lines.txt", "--embedder", "org/other"]);
    let first = run();
    let asked = |err: &str| {
        let rest =
            err.split_once("is asked for ").map(|(_, rest)| rest.split(' ').next().unwrap().to_owned());
        rest.map(|number| number.parse::<usize>().unwrap())
    };
    let all = asked(&String::from_utf8_lossy(&cut_off.stderr)).expect("says how many it asks for");
    assert!(asked(&first.err).is_none_or(|asked| asked < all), "nothing is lost: {}", first.err);
    assert!(first.err.contains("note: answers by the model `org/other` are uncalibrated"), "{}", first.err);
    let answers: Vec<serde_json::Value> =
        first.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(answers.iter().all(|answer| answer["calibrated"] == false), "{}", first.out);
    let tiers = |answer: &serde_json::Value| {
        let controls = answer["controls"].as_array().unwrap().iter();
        controls.map(|one| one["tier"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(tiers(&answers[0]).iter().all(|tier| tier == "suggested"), "{}", first.out);
    assert!(
        !tiers(&answers[1]).is_empty() && tiers(&answers[1]).iter().all(|tier| tier == "mapped"),
        "curated"
    );
    let second = run();
    assert!(!second.err.contains(ONCE) && second.out == first.out, "{}", second.err);
    let search = || hub.run(&folder, &["search", "a disk that is not encrypted", "--embedder", "org/other"]);
    let found = search();
    assert_eq!(found.status, 0, "{}", found.err);
    assert!(found.err.contains(ONCE) && !search().err.contains(ONCE), "{}", found.err);
}

#[test]
#[ignore = "needs `COMPLINE_FULL_MODEL`, a directory that `index/model/full/assemble.sh` made"]
fn texts_of_ones_own_are_kept_beside_those_that_ship() {
    let hub = Hub::find();
    let ours = "id: ours\ntitle: Ours\nshort: OURS\nversion: \"1\"\npublisher: Us\npublished: \"2026-01-01\"\nlicence: own\nsource: here\ngroups:\n  - id: A\n    title: A\n    controls:\n      - id: A-1\n        title: The hangar of the zeppelin is kept shut\n        summary: Nobody walks in.\n        shown: manual-evidence\n";
    let folder = Folder::new(&[(".compline/frameworks/ours.yaml", ours)]);
    hub.lay(&folder, "mini", &hub.model);
    let search = || hub.run(&folder, &["search", "an airship in an unlocked shed", "--embedder", "org/mini"]);
    let first = search();
    assert!(first.out.contains("OURS A-1") && first.err.is_empty(), "by meaning: {}{}", first.out, first.err);
    let kept = || {
        std::fs::read_dir(folder.path().join(".cache/compline/embedded"))
            .unwrap()
            .flatten()
            .map(|file| file.path())
    };
    let files: Vec<_> = kept().collect();
    assert!(
        files.len() == 1 && std::fs::metadata(&files[0]).unwrap().len() < 100_000,
        "what ships is not in it"
    );
    std::fs::write(&files[0], "torn").unwrap();
    let damaged = search();
    assert!(damaged.err.contains("is damaged; its texts are embedded again"), "{}", damaged.err);
    assert_eq!((search().err.as_str(), damaged.out), ("", first.out));
}
