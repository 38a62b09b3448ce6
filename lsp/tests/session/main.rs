//! Sessions as transcripts, over the real protocol through an in-process pipe.
#![expect(clippy::disallowed_methods, reason = "tests make and read files of their own")]
#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that stumbles has failed.

mod client;
mod diagnostics;
mod features;
mod injection;
mod order;
mod project;
mod roots;

/// A bucket whose ACL is public: one failure that can be fixed.
pub const PUBLIC: &str = r#"resource "aws_s3_bucket" "logs" {
  bucket = "logs"
  acl    = "public-read"
}
"#;

/// The rule it breaks.
pub const PUBLIC_RULE: &str = "aws-s3-public-read-acl";
