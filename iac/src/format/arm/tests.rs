use super::*;
use crate::source::SourceId;
use crate::syntax::json;
use crate::value::Piece;

fn load(text: &str) -> Option<(Inventory, Vec<Problem>)> {
    let source = Arc::new(Source::new(SourceId(0), "t.json", text));
    let nodes: Vec<Node> = json::parse(&source).0.into_iter().collect();
    read(&source, &nodes, &Options::default())
}

fn show(value: &Value) -> String {
    match &value.data {
        Data::Null => "null".to_owned(),
        Data::Bool(bool) => bool.to_string(),
        Data::Number(number) => number.to_string(),
        Data::Text(text) => text.to_string(),
        Data::Holed(pieces) => pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.to_string(),
                Piece::Hole(why) => format!("<{:?}>", why.kind),
            })
            .collect(),
        Data::List(list) => format!("[{}]", list.items.iter().map(show).collect::<Vec<_>>().join(", ")),
        Data::Map(map) => format!("{:?}", map.entries.keys().collect::<Vec<_>>()),
        Data::Unknown(why) => format!("?{:?}", why.kind),
        Data::Choice(choices) => format!("({})", choices.iter().map(show).collect::<Vec<_>>().join(" | ")),
    }
}

const HEAD: &str = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
 "parameters": {"env": {"type": "string", "defaultValue": "prod"}, "open": {"type": "bool"}, "two": {"type": "string", "allowedValues": ["a", "b"]},
   "pass": {"type": "secureString", "defaultValue": "x"}},
 "variables": {"name": "[concat('st', parameters('env'))]", "o": {"k": [1, 2]}, "c": "[variables('c')]"},
 "resources": "#;

/// One value of a resource, as an expression.
fn check(expression: &str, expect: &str) {
    let text = format!(r#"{HEAD}[{{"type": "A.B/c", "name": "n", "x": "{expression}"}}]}}"#);
    let (inventory, _) = load(&text).expect("a template");
    let resource = inventory.find("A.B/c/n").expect("the resource");
    assert_eq!(show(resource.body.get("x").expect("x")), expect, "{expression}");
}

#[test]
fn expressions() {
    check("plain", "plain");
    check("[[x]", "[x]");
    check("[parameters('env')]", "prod");
    check("[parameters('open')]", "?Variable");
    check("[parameters('two')]", "(a | b)");
    check("[variables('name')]", "stprod");
    check("[variables('o').k[1]]", "2");
    check("[variables('c')]", "?Error");
    check("[toUpper(format('{0}-{1}', parameters('env'), 'it''s'))]", "PROD-IT'S");
    check("[concat(parameters('env'), resourceGroup().location)]", "prod<Outside>");
    check("[if(equals(parameters('env'), 'PROD'), 1, 2)]", "1");
    check("[if(parameters('open'), 'a', 'b')]", "(a | b)");
    check("[and(parameters('open'), false())]", "false");
    check("[uniqueString(resourceGroup().id)]", "?Computed");
    check("[reference('x').y]", "?Computed");
    check("[nope", "[nope");
    check("[nope(]", "?Error");
    check(&format!("[{}'x'{}]", "concat(".repeat(200), ")".repeat(200)), "?Error");
}

#[test]
fn resources_and_their_children() {
    let text = format!(
        r#"{HEAD}[
  {{"type": "Microsoft.Sql/servers", "name": "[variables('name')]", "resources": [
    {{"type": "auditingSettings", "name": "default", "properties": {{"id": "[resourceId('Microsoft.Sql/servers', variables('name'))]"}}}}]}},
  {{"type": "A.B/c", "name": "[parameters('open')]"}},
  {{"type": "A.B/c", "name": "gone", "condition": "[equals(parameters('env'), 'dev')]"}},
  {{"type": "A.B/c", "name": "maybe", "condition": "[parameters('open')]"}},
  {{"type": "Microsoft.Resources/deployments", "name": "d"}},
  {{"name": "typeless"}}]}}"#
    );
    let (inventory, problems) = load(&text).unwrap();
    let found: Vec<&str> = inventory.resources.iter().map(|resource| &*resource.address).collect();
    assert_eq!(
        found,
        [
            "Microsoft.Sql/servers/auditingSettings/stprod/default",
            "Microsoft.Sql/servers/stprod",
            "A.B/c/{parameters('open')}",
            "A.B/c/maybe",
            "Microsoft.Resources/deployments/d",
        ]
    );
    assert!(matches!(inventory.find("A.B/c/maybe").unwrap().existence, Existence::Possible(_)));
    assert_eq!((inventory.gaps.len(), problems.len()), (2, 1));
    let child = inventory.find("Microsoft.Sql/servers/auditingSettings/stprod/default").unwrap();
    let id = child.body.get("properties").unwrap().get("id").unwrap();
    assert_eq!(&*id.refers.as_ref().unwrap().address, "Microsoft.Sql/servers/stprod");
}

/// `v0` of a template with these variables.
fn first_of(entries: &[String]) -> String {
    let head = HEAD.replacen("\"c\": ", &format!("{}, \"c\": ", entries.join(", ")), 1);
    let text = format!(r#"{head}[{{"type": "A.B/c", "name": "n", "x": "[variables('v0')]"}}]}}"#);
    let (inventory, _) = load(&text).expect("a template");
    show(inventory.resources[0].body.get("x").expect("x"))
}

/// `v0` … `v<levels>`, each an expression of the next.
fn chain(levels: usize, expression: impl Fn(&str) -> String) -> Vec<String> {
    let mut entries: Vec<String> = (0..levels)
        .map(|n| format!("\"v{n}\": \"[{}]\"", expression(&format!("variables('v{}')", n + 1))))
        .collect();
    entries.push(format!("\"v{levels}\": \"xxxxxxxxxx\""));
    entries
}

#[test]
fn variables_beyond_reason() {
    assert_eq!(first_of(&chain(2000, |next| next.to_owned())), "?Limit");
    assert_eq!(first_of(&chain(40, |next| format!("concat({next}, {next})"))), "?Limit");
    let lists = first_of(&chain(40, |next| format!("createArray({next}, {next})")));
    assert!(lists.contains("?Limit") && lists.len() < 1_000_000);
}

#[test]
fn what_is_no_template() {
    for text in ["", "{}", r#"{"$schema": "x", "resources": []}"#, "[1]"] {
        assert!(load(text).is_none(), "{text}");
    }
}

#[test]
fn letter_case_does_not_matter() {
    let text = HEAD.replace("$schema", "$Schema").replace("\"resources\"", "\"RESOURCES\"");
    let text = format!(
        r#"{text}[{{"TYPE": "microsoft.network/NETWORKSECURITYGROUPS", "Name": "n", "PROPERTIES": {{"SecurityRules": [], "Odd": 1}}}}]}}"#
    );
    let (inventory, problems) = load(&text).unwrap();
    assert!(problems.is_empty(), "{problems:?}");
    let group = inventory.find("Microsoft.Network/networkSecurityGroups/n").unwrap();
    let properties = group.body.get("properties").unwrap();
    assert!(properties.get("securityRules").is_some() && properties.get("Odd").is_some());
}

#[test]
fn keys_that_differ_by_case_alone_are_told() {
    let text = format!(
        r#"{HEAD}[{{"type": "A.B/c", "name": "n", "properties": {{}}, "Properties": {{"x": 1}}}}], "Resources": []}}"#
    );
    let (inventory, problems) = load(&text).unwrap();
    assert!(matches!(inventory.resources[0].body.get("properties").unwrap().data, Data::Unknown(_)));
    let messages: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert!(
        messages.len() == 2 && messages.iter().all(|message| message.contains("another case")),
        "{messages:?}"
    );
}

#[test]
fn resources_that_a_text_stands_for_are_a_gap() {
    let (inventory, _) = load(&format!("{HEAD}\"[variables('o')]\"}}")).unwrap();
    assert_eq!((inventory.resources.len(), inventory.gaps.len()), (0, 1));
}

#[test]
fn what_is_a_template_but_for_a_word_is_told() {
    let resource = r#"{"type": "A.B/c", "apiVersion": "1", "name": "n"}"#;
    let without_schema = format!(r#"{{"contentVersion": "1", "resources": [{resource}]}}"#);
    let without_resources = format!(r#"{HEAD}null}}"#);
    let odd_type = format!(r#"{HEAD}[{}]}}"#, resource.replace("A.B", "A[B"));
    for (text, resources) in [(without_schema, 1), (without_resources, 0), (odd_type, 1)] {
        let (inventory, problems) = load(&text).expect("a template");
        assert_eq!((inventory.resources.len(), problems.len()), (resources, 1), "{text}: {problems:?}");
        assert_eq!(inventory.gaps.len(), 1, "{text}");
    }
}
