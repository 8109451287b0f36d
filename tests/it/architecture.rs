// SPDX-License-Identifier: EUPL-1.2
//! What holds of the sources themselves: who imports whom, which crates the rules may know, licences and lengths.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules that must not know each other although the order would allow it.
const NEVER: [(&str, &str); 3] = [("delivery", "storage"), ("web", "jobs"), ("web", "delivery")];

/// The layers that hold rules, and the crates that they may use: none does I/O.
const PURE: [&str; 2] = ["domain", "matching"];
const PURE_CRATES: [&str; 10] = [
    "chrono",
    "chrono_tz",
    "email_address",
    "rand",
    "rand_chacha",
    "serde",
    "thiserror",
    "rust_stemmers",
    "strsim",
    // Reads names of hosts; it opens no connection.
    "url",
];

/// The parts of `std` that reach outside the program.
const OUTSIDE: [&str; 7] = [
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::SystemTime",
];

/// What is somebody else's, or made by a program.
const FOREIGN: [&str; 5] = ["target", "node_modules", "dist", ".git", "data"];

const LICENSED: [&str; 8] = ["ftl", "js", "mjs", "rs", "scss", "sh", "sql", "toml"];

const LONGEST_FILE: usize = 400;
const LONGEST_FUNCTION: usize = 60;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder` that is the project's own.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        match path.is_dir() {
            true if FOREIGN.contains(&name) => {}
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

fn with_extension(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let wanted = |path: &PathBuf| {
        path.extension()
            .is_some_and(|it| extensions.contains(&it.to_str().unwrap()))
    };
    files(folder).into_iter().filter(wanted).collect()
}

fn sources() -> Vec<PathBuf> {
    with_extension(&root().join("src"), &["rs"])
}

/// The path as people say it.
fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// Source text whose comments and literals are blanked; line breaks stay where they are.
fn code_of(source: &str) -> String {
    let characters: Vec<char> = source.chars().collect();
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    while at < characters.len() {
        let length = blank_length(&characters[at..], code.chars().last());
        if length == 0 {
            code.push(characters[at]);
            at += 1;
            continue;
        }
        let blanked = characters[at..at + length].iter();
        code.extend(blanked.map(|&it| if it == '\n' { '\n' } else { ' ' }));
        at += length;
    }
    code
}

/// How many characters at the beginning of `rest` are a comment or a literal; 0 where none begins.
fn blank_length(rest: &[char], before: Option<char>) -> usize {
    let begins = |text: &str| text.chars().zip(rest).filter(|(one, other)| one == *other).count() == text.len();
    if begins("//") {
        return rest.iter().position(|it| *it == '\n').unwrap_or(rest.len());
    }
    if begins("/*") {
        return rest
            .windows(2)
            .position(|it| it == ['*', '/'])
            .map_or(rest.len(), |at| at + 2);
    }
    let in_word = before.is_some_and(|it| it.is_alphanumeric() || it == '_');
    if !in_word && (begins("r\"") || begins("r#")) {
        return raw_string_length(rest);
    }
    match rest[0] {
        '"' => quoted_length(rest, '"'),
        '\'' if is_character(rest) => quoted_length(rest, '\''),
        _ => 0,
    }
}

/// A raw string with however many `#`, or nothing for a raw identifier.
fn raw_string_length(rest: &[char]) -> usize {
    let marks = rest[1..].iter().take_while(|it| **it == '#').count();
    if rest.get(1 + marks) != Some(&'"') {
        return 0;
    }
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', marks)).collect();
    let inside = &rest[2 + marks..];
    inside
        .windows(end.len())
        .position(|it| it == end)
        .map_or(rest.len(), |at| 2 + marks + at + end.len())
}

/// A character literal rather than a lifetime.
fn is_character(rest: &[char]) -> bool {
    rest.get(1) == Some(&'\\') || rest.get(2) == Some(&'\'')
}

fn quoted_length(rest: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// The names that follow `prefix` in code.
fn names_after<'a>(code: &'a str, prefix: &str) -> Vec<&'a str> {
    let after = code.split(prefix).skip(1);
    let name = |rest: &'a str| {
        let end = rest
            .find(|it: char| !it.is_alphanumeric() && it != '_')
            .unwrap_or(rest.len());
        &rest[..end]
    };
    after.map(name).filter(|it| !it.is_empty()).collect()
}

/// The first names of all paths in code: crates, and what the file itself declares.
fn first_names(code: &str) -> BTreeSet<String> {
    let word = |it: char| it.is_alphanumeric() || it == '_';
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices("::") {
        let before = &code[..at];
        let start = before.rfind(|it| !word(it)).map_or(0, |at| at + 1);
        if start < at && !code[..start].ends_with("::") {
            names.insert(before[start..].to_owned());
        }
    }
    names
}

/// The modules of the crate in the order of `lib.rs`, which is the order of imports.
fn module_order() -> Vec<String> {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let declared = lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    declared
        .map(str::to_owned)
        .chain(std::iter::once("main".to_owned()))
        .collect()
}

/// `src/storage/ledger.rs` belongs to `storage`, and so does `src/storage_tests.rs`; what `main.rs` declares is its own.
fn module_of(file: &Path) -> String {
    let inside = file.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
    let module = first.trim_end_matches(".rs").trim_end_matches("_tests");
    let main = fs::read_to_string(root().join("src/main.rs")).unwrap();
    let is_mains = main.lines().any(|line| line == format!("mod {module};"));
    if is_mains { "main".to_owned() } else { module.to_owned() }
}

#[test]
fn every_module_imports_only_what_is_declared_above_it() {
    let order = module_order();
    let position = |module: &str| order.iter().position(|it| it == module);
    let mut broken = Vec::new();
    for file in sources() {
        let module = module_of(&file);
        let Some(own) = position(&module) else {
            assert_eq!(module, "lib", "{} belongs to no module of lib.rs", shown(&file));
            continue;
        };
        let code = code_of(&fs::read_to_string(&file).unwrap());
        for imported in names_after(&code, "crate::")
            .into_iter()
            .chain(names_after(&code, "informa::"))
        {
            let above = position(imported).is_none_or(|it| it <= own);
            if !above || NEVER.contains(&(module.as_str(), imported)) {
                broken.push(format!("{} imports {imported}", shown(&file)));
            }
        }
    }
    assert!(broken.is_empty(), "forbidden imports:\n{}", broken.join("\n"));
}

#[test]
fn the_order_of_modules_is_the_agreed_one() {
    let agreed = [
        "domain",
        "matching",
        "telemetry",
        "config",
        "urls",
        "outbound",
        "storage",
        "delivery",
        "app",
        "services",
        "jobs",
        "web",
        "main",
    ];
    let order = module_order();
    let declared: Vec<&str> = order
        .iter()
        .map(String::as_str)
        .filter(|it| agreed.contains(it))
        .collect();
    assert_eq!(declared, agreed);
}

#[test]
fn one_module_is_imported_a_line() {
    for file in sources() {
        let code = code_of(&fs::read_to_string(&file).unwrap());
        assert!(
            !code.contains("use crate::{"),
            "{}: one `use crate::module` a line",
            shown(&file)
        );
    }
}

#[test]
fn rules_know_no_crate_that_does_anything_outside() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let dependencies: BTreeSet<String> = manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| Some(line.split_once(" = ")?.0.replace('-', "_")))
        .collect();
    assert!(
        dependencies.contains("sqlx"),
        "the dependencies were not found: {dependencies:?}"
    );
    let mut broken = Vec::new();
    for file in sources()
        .into_iter()
        .filter(|file| PURE.contains(&module_of(file).as_str()))
    {
        let code = code_of(&fs::read_to_string(&file).unwrap());
        let used = first_names(&code);
        let foreign = used
            .iter()
            .filter(|it| dependencies.contains(*it) && !PURE_CRATES.contains(&it.as_str()));
        broken.extend(foreign.map(|it| format!("{} uses {it}", shown(&file))));
        let outside = OUTSIDE.iter().filter(|it| code.contains(*it));
        broken.extend(outside.map(|it| format!("{} uses {it}", shown(&file))));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_source_file_names_its_licence() {
    let licensed = with_extension(root(), &LICENSED).into_iter().filter(|file| {
        let text = fs::read_to_string(file).unwrap();
        !text
            .lines()
            .take(3)
            .any(|line| line.contains("SPDX-License-Identifier: EUPL-1.2"))
    });
    let missing: Vec<String> = licensed.map(|file| shown(&file)).collect();
    assert!(
        missing.is_empty(),
        "no SPDX line in the first three of:\n{}",
        missing.join("\n")
    );
}

/// Unit tests stand at the end of a file, or in a file of their own.
fn without_tests(source: &str) -> &str {
    source
        .split_once("\n#[cfg(test)]")
        .map_or(source, |(program, _)| program)
}

fn program_files() -> Vec<PathBuf> {
    let is_test = |file: &PathBuf| file.file_stem().unwrap().to_str().unwrap().ends_with("_tests");
    sources().into_iter().filter(|file| !is_test(file)).collect()
}

#[test]
fn no_file_is_too_long_to_be_read_at_once() {
    let too_long = program_files().into_iter().filter_map(|file| {
        let length = without_tests(&fs::read_to_string(&file).unwrap()).lines().count();
        (length > LONGEST_FILE).then(|| format!("{}: {length} lines", shown(&file)))
    });
    let too_long: Vec<String> = too_long.collect();
    assert!(
        too_long.is_empty(),
        "over {LONGEST_FILE} lines:\n{}",
        too_long.join("\n")
    );
}

/// The name and the number of lines of every function with a body.
fn functions(code: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (start, _) in code.match_indices("fn ") {
        if code[..start].ends_with(|it: char| it.is_alphanumeric() || it == '_') {
            continue;
        }
        let rest = &code[start + 3..];
        let name: String = rest
            .chars()
            .take_while(|it| it.is_alphanumeric() || *it == '_')
            .collect();
        if let (false, Some(body)) = (name.is_empty(), body_of(rest)) {
            found.push((name, rest[..body].lines().count()));
        }
    }
    found
}

/// Where the body of the function whose name begins `rest` ends; nothing for one without a body.
fn body_of(rest: &str) -> Option<usize> {
    let (mut round, mut curly) = (0_i32, 0_i32);
    for (at, character) in rest.char_indices() {
        match character {
            '(' | '[' => round += 1,
            ')' | ']' => round -= 1,
            ';' if round == 0 && curly == 0 => return None,
            '{' => curly += 1,
            '}' => {
                curly -= 1;
                if curly == 0 && round == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[test]
fn no_function_is_too_long_to_be_understood_at_once() {
    let mut too_long = Vec::new();
    let mut lengths = Vec::new();
    for file in program_files() {
        let source = fs::read_to_string(&file).unwrap();
        for (name, length) in functions(&code_of(without_tests(&source))) {
            lengths.push(length);
            // The defaults of the settings are a table, a line each, with nothing to understand.
            if length > LONGEST_FUNCTION && name != "default" {
                too_long.push(format!("{}: {name} has {length} lines", shown(&file)));
            }
        }
    }
    assert!(
        too_long.is_empty(),
        "over {LONGEST_FUNCTION} lines:\n{}",
        too_long.join("\n")
    );
    lengths.sort_unstable();
    assert!(lengths.len() > 100, "only {} functions were found", lengths.len());
    let median = lengths[lengths.len() / 2];
    assert!(median <= 12, "half of the functions have {median} lines or more");
}

#[test]
fn comments_and_literals_are_no_code() {
    let source = "let a = \"fn x() { // no\"; // fn y() {\n/* fn z() {\n */ let b = r#\"fn \"w\"() {\"#; let c = '{'; let d: &'a T;";
    let code = code_of(source);
    assert!(!code.contains("fn"), "{code}");
    assert!(!code.contains('{'), "{code}");
    assert_eq!(code.lines().count(), source.lines().count());
    assert!(code.contains("&'a T"));
}

#[test]
fn the_length_of_a_function_is_counted_from_its_name_to_its_last_brace() {
    let code = "trait T { fn none(&self) -> [u8; 4]; }\nfn two(\n) { if x { y } }\nfn one() {}\n";
    let found = functions(code);
    assert_eq!(found, [("two".to_owned(), 2), ("one".to_owned(), 1)]);
}

#[test]
fn whatever_people_open_in_a_spreadsheet_is_written_in_one_place() {
    let writers = program_files().into_iter().filter(|file| {
        let source = fs::read_to_string(file).unwrap();
        without_tests(&source).contains("csv::Writer")
    });
    let writers: Vec<String> = writers.map(|file| shown(&file)).collect();
    assert_eq!(writers.len(), 1, "{writers:?}");
    assert!(writers[0].ends_with("src/services/spreadsheet.rs"), "{writers:?}");
}
