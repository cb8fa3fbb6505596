use super::*;

#[test]
fn every_rule_says_what_its_examples_say() {
    let text = include_str!("../../catalogue/commands.toml");
    let rules = Rules::parse(text).unwrap();
    let catalogue = Catalogue::shipped();
    let mut wrong = Vec::new();
    for example in rules.examples() {
        let found = facts(&example.command, None, catalogue);
        let spoke = found.iter().any(|f| f.rule.as_deref() == Some(&example.rule));
        if spoke != example.hit {
            wrong.push(format!("{} hit={} {:?}", example.rule, example.hit, example.command));
        }
    }
    assert!(wrong.is_empty(), "{} of {} examples:\n{}", wrong.len(), rules.examples().len(), wrong.join("\n"));
}
