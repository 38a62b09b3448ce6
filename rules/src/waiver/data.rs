//! Waivers held in data, for formats without comments: CloudFormation's and ARM's metadata, Kubernetes' annotations.
//!
//! Ours: `Metadata: { compline: { waive: [{ rule, reason, until, by }] } }`, and the annotation `compline/waive` (or
//! `compline/waive-…`) with what a comment says behind `waive`.

use std::sync::Arc;

use compline_iac::{Data, Dialect, Inventory, Mode, Resource, Snapshot, Span, Value};

use super::inline::{Place, Scanner, WaiverOptions, faulty, ours, summed, unknown_to_us};
use super::{Scope, Waiver, WaiverFault, WaiverSource};

/// All waivers held in the data of an inventory's resources. Suppressions that do not count waive nothing: one of each
/// tool says so for its file.
pub fn parse(inventory: &Inventory, snapshot: &Snapshot, honor: &[Scanner]) -> Vec<Waiver> {
    let mut reading = Reading { snapshot, honor, waivers: Vec::new(), others: Vec::new() };
    for resource in inventory.resources.iter().filter(|resource| resource.mode == Mode::Managed) {
        match resource.dialect {
            Dialect::CloudFormation => {
                let metadata = resource.outer.as_ref().and_then(|outer| outer.get("Metadata"));
                metadata.into_iter().for_each(|metadata| reading.metadata(resource, metadata));
            }
            Dialect::Arm => {
                let metadata = resource.body.get("metadata");
                metadata.into_iter().for_each(|metadata| reading.metadata(resource, metadata));
            }
            Dialect::Kubernetes => reading.object(resource, &resource.body, 0),
            Dialect::Terraform if resource.kind.starts_with("kubernetes_") => {
                reading.object(resource, &resource.body, 0);
            }
            Dialect::Terraform => {}
        }
    }
    let Reading { mut waivers, others, .. } = reading;
    waivers.extend(summed(others));
    waivers
}

/// Levels of an object at which pod templates have metadata of their own.
const DEPTH: usize = 8;

struct Reading<'a> {
    snapshot: &'a Snapshot,
    honor: &'a [Scanner],
    waivers: Vec<Waiver>,
    /// Those that do not count.
    others: Vec<Waiver>,
}

impl Reading<'_> {
    /// The annotations of an object and of the pod templates in it.
    fn object(&mut self, resource: &Resource, value: &Value, depth: usize) {
        if depth > DEPTH {
            return;
        }
        match &value.data {
            Data::List(list) => list.items.iter().for_each(|item| self.object(resource, item, depth)),
            Data::Map(map) => {
                for (key, inner) in &map.entries {
                    match &**key {
                        "metadata" => self.annotations(resource, inner),
                        "spec" | "template" | "jobTemplate" | "job_template" | "manifest" => {
                            self.object(resource, inner, depth + 1);
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn annotations(&mut self, resource: &Resource, metadata: &Value) {
        // A block of Terraform is a list of one.
        let of_block = metadata.as_list().and_then(|list| list.items.first());
        let annotations = of_block.unwrap_or(metadata).get("annotations").and_then(Value::as_map);
        for (key, value) in annotations.into_iter().flat_map(|map| &map.entries) {
            let Some((prefix, name)) = key.split_once('/') else { continue };
            let text = value.as_text().unwrap_or("");
            match prefix {
                "compline" if name == "waive" || name.starts_with("waive-") => {
                    if let Some(place) = self.place(resource, value, None) {
                        ours(&format!("waive {text}"), &place, &mut self.waivers);
                    }
                }
                "checkov.io" if name.starts_with("skip") => {
                    let (id, reason) = text.split_once('=').unwrap_or((text, ""));
                    self.theirs(Scanner::Checkov, id, reason, resource, value);
                }
                "ignore-check.kube-linter.io" => self.other("kube-linter", name, resource, value),
                "kube-linter.io" if name == "ignore-all" => self.other("kube-linter", name, resource, value),
                "polaris.fairwinds.com" if name.ends_with("exempt") => {
                    self.other("polaris", name, resource, value);
                }
                "runterrascan.io" if name == "skip" => self.other("terrascan", text, resource, value),
                "datree.skip" => self.other("datree", name, resource, value),
                _ => {}
            }
        }
    }

    fn metadata(&mut self, resource: &Resource, metadata: &Value) {
        let below = |value: &Value, key: &str| -> Vec<Value> {
            match value.get(key).map(|found| (&found.data, found)) {
                Some((Data::List(list), _)) => list.items.clone(),
                Some((_, found)) => vec![found.clone()],
                None => Vec::new(),
            }
        };
        let text = |value: &Value, keys: &[&str]| -> String {
            let named = keys.iter().find_map(|key| value.get(key).and_then(Value::as_text));
            named.or(value.as_text()).unwrap_or("").to_owned()
        };
        if let Some(checkov) = metadata.get("checkov") {
            for one in below(checkov, "skip") {
                let reason = one.get("comment").and_then(Value::as_text).unwrap_or("").to_owned();
                self.theirs(Scanner::Checkov, &text(&one, &["id"]), &reason, resource, &one);
            }
        }
        for (tool, key) in
            [("cfn_nag", "rules_to_suppress"), ("cdk_nag", "rules_to_suppress"), ("guard", "SuppressedRules")]
        {
            let Some(found) = metadata.get(tool) else { continue };
            let tool = if tool == "guard" { "cfn-guard" } else { tool };
            for one in below(found, key) {
                self.other(tool, &text(&one, &["id"]), resource, &one);
            }
        }
        if let Some(own) = metadata.get("compline") {
            for one in below(own, "waive") {
                self.own(resource, &one);
            }
        }
    }

    /// One waiver of ours: a text as in a comment, or a map.
    fn own(&mut self, resource: &Resource, value: &Value) {
        let Some(place) = self.place(resource, value, None) else { return };
        if let Some(text) = value.as_text() {
            ours(&format!("waive {text}"), &place, &mut self.waivers);
            return;
        }
        let Some(map) = value.as_map() else {
            self.waivers.push(faulty(WaiverFault::NoText, place.scope, place.source));
            return;
        };
        let text = |key: &str| map.entries.get(key).and_then(Value::as_text);
        let unknown = map.entries.keys().find(|key| !matches!(&***key, "rule" | "reason" | "until" | "by"));
        let options = WaiverOptions { reason: text("reason"), until: text("until"), by: text("by") };
        let fault = match (unknown, text("rule").map(str::trim)) {
            (Some(key), _) => Some(WaiverFault::UnknownOption { written: Arc::clone(key) }),
            (None, None | Some("")) => Some(WaiverFault::NoRule),
            (None, Some("*")) => Some(WaiverFault::EveryRule),
            (None, Some(_)) => options.check().err(),
        };
        self.waivers.push(Waiver {
            rule: Arc::from(text("rule").unwrap_or("").trim()),
            reason: options.reason.map(Arc::from),
            until: options.until.map(Arc::from),
            by: options.by.map(Arc::from),
            source: place.source,
            scope: place.scope,
            conditions: Vec::new(),
            fault,
        });
    }

    fn theirs(&mut self, scanner: Scanner, id: &str, reason: &str, resource: &Resource, at: &Value) {
        let Some(place) = self.place(resource, at, Some(scanner)) else { return };
        let out = if self.honor.contains(&scanner) { &mut self.waivers } else { &mut self.others };
        out.push(Waiver {
            rule: Arc::from(id.trim()),
            reason: Some(reason.trim()).filter(|reason| !reason.is_empty()).map(Arc::from),
            until: None,
            by: None,
            source: place.source,
            scope: place.scope,
            conditions: Vec::new(),
            fault: None,
        });
    }

    fn other(&mut self, tool: &'static str, id: &str, resource: &Resource, at: &Value) {
        let Some(place) = self.place(resource, at, None) else { return };
        self.others.push(unknown_to_us(tool, id, &place));
    }

    /// Where a value stands. What came from elsewhere, by a variable or an anchor, is the resource's all the same.
    fn place(&self, resource: &Resource, value: &Value, scanner: Option<Scanner>) -> Option<Place> {
        let span = value.origin.span.unwrap_or(resource.header);
        let within: Span = if resource.span.contains(&span) { span } else { resource.header };
        let source = self.snapshot.source(within)?;
        let line = source.place(within.start).line;
        Some(Place {
            scope: Scope::Resource { comment: within, next_line: 0 },
            file: Scope::File(source.id),
            source: WaiverSource::Comment { scanner, span: within, path: Arc::clone(&source.path), line },
        })
    }
}
