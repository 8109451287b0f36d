// SPDX-License-Identifier: EUPL-1.2
//! The catalogues of texts: complete in both languages, with the same values, and without what nobody asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The texts of a language: where each stands, and all that is written of it.
fn texts(language: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for file in files(&Path::new("locales").join(language), &["ftl"]) {
        let source = fs::read_to_string(&file).unwrap();
        let mut key = String::new();
        for line in source.lines() {
            if line.starts_with(|it: char| it.is_ascii_alphabetic()) {
                let name = line
                    .split_once('=')
                    .unwrap_or_else(|| panic!("{}: {line}", file.display()))
                    .0;
                name.trim().clone_into(&mut key);
                let before = found.insert(key.clone(), String::new());
                assert!(before.is_none(), "{key} is twice in locales/{language}");
            }
            if !line.starts_with('#') && !key.is_empty() {
                let text = found.get_mut(&key).unwrap();
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    found
}

fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, endings));
        } else if path
            .extension()
            .is_some_and(|it| endings.contains(&it.to_str().unwrap()))
        {
            found.push(path);
        }
    }
    found
}

fn values(text: &str) -> BTreeSet<String> {
    let names = text.split('$').skip(1);
    let name = |rest: &str| {
        rest.chars()
            .take_while(|it| it.is_ascii_alphanumeric() || *it == '-')
            .collect()
    };
    names.map(name).collect()
}

#[test]
fn both_languages_have_the_same_texts_in_the_same_files() {
    let (italian, english) = (texts("it"), texts("en"));
    assert!(italian.len() > 500, "only {} texts were found", italian.len());
    let keys = |texts: &BTreeMap<String, String>| texts.keys().cloned().collect::<BTreeSet<_>>();
    let (italian, english) = (keys(&italian), keys(&english));
    assert_eq!(
        italian.difference(&english).collect::<Vec<_>>(),
        [""; 0],
        "not in English"
    );
    assert_eq!(
        english.difference(&italian).collect::<Vec<_>>(),
        [""; 0],
        "not in Italian"
    );
    let names = |language: &str| -> BTreeSet<String> {
        let found = files(&Path::new("locales").join(language), &["ftl"]);
        found
            .iter()
            .map(|it| it.file_name().unwrap().to_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("it"), names("en"));
}

#[test]
fn both_languages_have_places_for_the_same_values() {
    let english = texts("en");
    for (key, text) in texts("it") {
        assert_eq!(values(&text), values(&english[&key]), "{key}");
    }
}

/// What a source asks for: whole keys, and the fixed parts of those that are put together.
fn asked(sources: &[String]) -> (BTreeSet<String>, Vec<Vec<String>>) {
    let (mut whole, mut made) = (BTreeSet::new(), Vec::new());
    for source in sources {
        for literal in source.split('"').skip(1) {
            let letters = |it: char| it.is_ascii_alphanumeric() || "-_{}:.()".contains(it);
            if literal.is_empty() || !literal.chars().all(letters) {
                continue;
            }
            if literal.contains('{') {
                let parts: Vec<String> = fixed_parts(literal);
                if parts.concat().len() > 3 {
                    made.push(parts);
                }
            } else {
                whole.insert(literal.to_owned());
            }
        }
    }
    (whole, made)
}

/// `help-{id}-link` as `help-` and `-link`.
fn fixed_parts(literal: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for letter in literal.chars() {
        match letter {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                parts.push(String::new());
            }
            _ if depth == 0 => parts.last_mut().unwrap().push(letter),
            _ => {}
        }
    }
    parts
}

fn is_made_of(key: &str, parts: &[String]) -> bool {
    let Some(mut rest) = key.strip_prefix(parts[0].as_str()) else {
        return false;
    };
    let (last, middle) = parts[1..].split_last().unwrap();
    for part in middle {
        let Some(at) = rest.get(1..).and_then(|it| it.find(part.as_str())) else {
            return false;
        };
        rest = &rest[1 + at + part.len()..];
    }
    rest.len() > last.len() && rest.ends_with(last.as_str())
}

#[test]
fn every_text_is_asked_for() {
    let sources = files(Path::new("src"), &["rs"]).into_iter();
    let sources = sources.chain(files(Path::new("templates"), &["html", "txt", "xml"]));
    let sources: Vec<String> = sources.map(|file| fs::read_to_string(file).unwrap()).collect();
    let (whole, made) = asked(&sources);
    let italian = texts("it");
    // A text may also stand in another one.
    let referred = |key: &str| italian.values().any(|text| text.contains(&format!("{{ {key} }}")));
    // Paragraphs are numbered after the name of their page.
    let numbered = |key: &str| {
        let (page, number) = key.rsplit_once('-').unwrap_or_default();
        whole.contains(page) && !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit())
    };
    let unused: Vec<&String> = italian
        .keys()
        .filter(|key| !whole.contains(*key) && !numbered(key) && !referred(key))
        .filter(|key| !made.iter().any(|parts| is_made_of(key, parts)))
        .collect();
    assert_eq!(unused, [""; 0], "nobody asks for these");
}

#[test]
fn every_key_of_a_template_has_a_text() {
    let italian = texts("it");
    let mut asked = 0;
    for file in files(Path::new("templates"), &["html", "txt"]) {
        let source = fs::read_to_string(&file).unwrap();
        for call in ["page.t(\"", "page.filled(\"", "page.counted(\""] {
            for rest in source.split(call).skip(1) {
                let (key, _) = rest.split_once('"').unwrap();
                assert!(italian.contains_key(key), "{}: {key}", file.display());
                asked += 1;
            }
        }
    }
    assert!(asked > 200, "only {asked} were found");
}

#[test]
fn the_parts_of_a_made_key_are_found_in_their_order() {
    let parts = fixed_parts("help-{id}-link");
    assert!(is_made_of("help-iphone-link", &parts));
    assert!(!is_made_of("help-link", &parts) && !is_made_of("help-iphone", &parts));
    let (whole, made) = asked(&["t(\"one\"); format!(\"mail-{name}-note\")".to_owned()]);
    assert!(whole.contains("one") && made.len() == 1);
}
