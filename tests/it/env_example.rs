// SPDX-License-Identifier: EUPL-1.2
//! `deploy/env.example` names every setting once, in the order of the struct, with its default and what it means.

use std::collections::HashMap;
use std::fs;

use informa::config::Config;

#[test]
fn the_example_names_every_setting_in_the_order_of_the_struct() {
    let named: Vec<String> = settings().into_iter().map(|setting| setting.name).collect();
    assert_eq!(named, fields());
}

#[test]
fn the_example_shows_the_defaults() {
    let variables: HashMap<String, String> = settings().into_iter().map(|it| (it.name, it.value)).collect();
    let shown = Config::from_variables(variables).unwrap();
    assert_eq!(format!("{shown:#?}"), format!("{:#?}", Config::default()));
}

#[test]
fn the_example_says_what_every_setting_means() {
    let unexplained: Vec<String> = settings()
        .into_iter()
        .filter(|setting| !setting.is_explained)
        .map(|setting| setting.name)
        .collect();
    assert!(unexplained.is_empty(), "no comment above {unexplained:?}");
}

#[test]
fn the_example_changes_nothing_as_it_is() {
    let text = fs::read_to_string("deploy/env.example").unwrap();
    let in_force: Vec<&str> = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    assert!(in_force.is_empty(), "not commented out: {in_force:?}");
}

/// A line of the example.
struct Setting {
    name: String,
    value: String,
    is_explained: bool,
}

fn settings() -> Vec<Setting> {
    let text = fs::read_to_string("deploy/env.example").unwrap();
    let mut settings = Vec::new();
    let mut is_explained = false;
    for line in text.lines() {
        if let Some((name, value)) = line
            .strip_prefix('#')
            .and_then(|it| it.split_once('='))
            .filter(|(name, _)| name.starts_with("INFORMA_"))
        {
            settings.push(Setting {
                name: name.to_owned(),
                value: value.trim_matches('"').to_owned(),
                is_explained,
            });
        }
        is_explained = line.starts_with("# ");
    }
    settings
}

/// The variables of the struct's fields, read from its source.
fn fields() -> Vec<String> {
    let source = fs::read_to_string("src/config/mod.rs").unwrap();
    let fields = source
        .lines()
        .skip_while(|line| !line.starts_with("pub struct Config {"))
        .take_while(|line| *line != "}")
        .filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(':'))
        .map(|(name, _)| format!("INFORMA_{}", name.to_uppercase()));
    fields.collect()
}
