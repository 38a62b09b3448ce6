pub fn render(_report: &crate::report::Report) -> Result<String, String> { Err(String::new()) }
