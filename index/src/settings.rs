//! What a model's own files say of how it is used: how its tokens become one vector, and how much of a text it reads.

use serde_json::Value;

// Files by their names in the model's directory, as the sentence-transformers library writes them.
const MODULES: &str = "modules.json";
const POOLING: &str = "1_Pooling/config.json";
const SENTENCE: &str = "sentence_bert_config.json";
const TOKENIZER: &str = "tokenizer_config.json";

/// Word pieces that are read of a text where no file says how many.
const DEFAULT_MAX_TOKENS: usize = 256;
/// Files write very large numbers for "no end"; what is above this says nothing.
const LARGEST_MAX_TOKENS: usize = 16_384;

/// How the vectors of a text's word pieces become the text's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// Their mean.
    Mean,
    /// The first one's, which stands for all.
    First,
}

/// How a model is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    pub pooling: Pooling,
    /// Word pieces that are read of a text.
    pub max_tokens: usize,
}

impl Settings {
    /// Those of the reference model.
    pub const REFERENCE: Self = Self { pooling: Pooling::Mean, max_tokens: DEFAULT_MAX_TOKENS };

    /// Reads them from the files that are there; `text` gives the text of one.
    ///
    /// # Errors
    /// A file that says nothing readable, or asks for what is not done here.
    pub fn read(text: &dyn Fn(&str) -> Option<String>) -> Result<Self, String> {
        let file = |name: &str| -> Result<Value, String> {
            text(name).map_or(Ok(Value::Null), |text| {
                serde_json::from_str(&text).map_err(|error| format!("`{name}` cannot be read: {error}"))
            })
        };
        for module in file(MODULES)?.as_array().into_iter().flatten() {
            let step = module.get("type").and_then(Value::as_str).unwrap_or_default();
            let steps = ["Transformer", "Pooling", "Normalize"];
            if !steps.contains(&step.rsplit('.').next().unwrap_or_default()) {
                return Err(format!(
                    "`{MODULES}` asks for a step `{step}`, and this program knows {}",
                    steps.join(", ")
                ));
            }
        }
        let length = |name: &str, key: &str| -> Result<Option<usize>, String> {
            let value =
                file(name)?.get(key).and_then(Value::as_u64).and_then(|most| usize::try_from(most).ok());
            Ok(value.filter(|most| (1..=LARGEST_MAX_TOKENS).contains(most)))
        };
        let max_tokens = match length(SENTENCE, "max_seq_length")? {
            Some(max_tokens) => max_tokens,
            None => length(TOKENIZER, "model_max_length")?.unwrap_or(DEFAULT_MAX_TOKENS),
        };
        Ok(Self { pooling: pooling(&file(POOLING)?)?, max_tokens })
    }

    /// As it is part of a model's identity.
    pub(super) fn fingerprint(self) -> String {
        let pooling = match self.pooling {
            Pooling::Mean => "mean",
            Pooling::First => "cls",
        };
        format!("{pooling} {}", self.max_tokens)
    }
}

/// The way a configuration of pooling asks for: one switch each, or since version 5 one word.
fn pooling(file: &Value) -> Result<Pooling, String> {
    let mut modes: Vec<&str> = Vec::new();
    for (key, value) in file.as_object().into_iter().flatten() {
        match key.strip_prefix("pooling_mode") {
            Some("") => modes.extend(value.as_str()),
            Some(mode) if value.as_bool() == Some(true) => modes.push(mode.trim_start_matches('_')),
            _ => {}
        }
    }
    match modes.as_slice() {
        [] | ["mean" | "mean_tokens"] => Ok(Pooling::Mean),
        ["cls" | "cls_token"] => Ok(Pooling::First),
        other => Err(format!(
            "`{POOLING}` asks for pooling by {}, and this program knows the mean and the first token (`cls`)",
            other.iter().map(|mode| format!("`{mode}`")).collect::<Vec<_>>().join(" with ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> Result<Settings, String> {
        Settings::read(&|name| {
            files.iter().find(|(file, _)| *file == name).map(|(_, text)| (*text).to_owned())
        })
    }

    #[test]
    fn a_model_says_how_it_is_used() {
        assert_eq!(read(&[]), Ok(Settings::REFERENCE));
        let first = r#"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}"#;
        let settings = read(&[(POOLING, first), (SENTENCE, r#"{"max_seq_length": 512}"#)]);
        assert_eq!(settings, Ok(Settings { pooling: Pooling::First, max_tokens: 512 }));
        assert_eq!(
            read(&[(POOLING, r#"{"pooling_mode": "cls"}"#)]).map(|settings| settings.pooling),
            Ok(Pooling::First)
        );
        let endless = [(TOKENIZER, r#"{"model_max_length": 1000000000000000019884624838656}"#)];
        assert_eq!(read(&endless), Ok(Settings::REFERENCE), "a length nobody means");
        let settings =
            read(&[(TOKENIZER, r#"{"model_max_length": 384}"#), (SENTENCE, r#"{"max_seq_length": null}"#)]);
        assert_eq!(settings.map(|settings| settings.max_tokens), Ok(384));
    }

    #[test]
    fn what_is_not_done_here_is_said() {
        let error = read(&[(POOLING, r#"{"pooling_mode_max_tokens": true}"#)]).expect_err("an error");
        assert!(error.contains("asks for pooling by `max_tokens`"), "{error}");
        let both = r#"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true}"#;
        assert!(read(&[(POOLING, both)]).expect_err("an error").contains("`cls_token` with `mean_tokens`"));
        let dense = r#"[{"type": "sentence_transformers.models.Transformer"}, {"type": "sentence_transformers.models.Dense"}]"#;
        let error = read(&[(MODULES, dense)]).expect_err("an error");
        assert!(error.contains("a step `sentence_transformers.models.Dense`"), "{error}");
        assert!(
            read(&[(SENTENCE, "{")]).expect_err("an error").starts_with("`sentence_bert_config.json` cannot")
        );
    }
}
