// SPDX-License-Identifier: EUPL-1.2
//! Where sentences come from: the program's own catalogues (`locales/`), and the files of an installation over them.
//!
//! A folder holds a file for each language, named by its tag: `it.ftl` and `en.ftl` replace single texts of the
//! program's own, any other adds a language. What a language lacks is said in Italian. Reads the folder once, at start;
//! a file that cannot be used is refused with its line and what to do.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::{LazyLock, PoisonError, RwLock};

use fluent_templates::fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_templates::{FluentBundle, LanguageIdentifier};
use rust_embed::RustEmbed;

use crate::domain::language::Language;
use crate::texts::written::{Written, line_of, variables, written};

#[derive(RustEmbed)]
#[folder = "locales"]
struct Sources;

/// The program's own catalogues.
pub(super) static OWN: LazyLock<Catalogues> = LazyLock::new(Catalogues::own);

/// The sentences of every language that an installation speaks.
pub struct Catalogues {
    languages: Vec<Language>,
    spoken: Vec<Catalogue>,
    unknown: Vec<String>,
}

/// The sentences of one language.
struct Catalogue {
    language: Language,
    bundle: FluentBundle<FluentResource>,
    keys: BTreeSet<String>,
    /// Those without places for values that were asked for: a mail asks for two dozen of them, and looking them up
    /// took longer than handing it over.
    known: RwLock<HashMap<String, String>>,
}

/// Why the files of an installation cannot be used: a line for each fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\n- {}", .0.join("\n- "))]
pub struct TextsProblem(pub Vec<String>);

/// What an added language still lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lack {
    /// Which language.
    pub language: Language,
    /// How many texts it lacks.
    pub missing: usize,
    /// How many there are.
    pub all: usize,
}

impl Catalogues {
    fn own() -> Self {
        let catalogues = Language::ALL.map(Catalogue::own);
        Self {
            languages: Language::ALL.into(),
            spoken: catalogues.into(),
            unknown: Vec::new(),
        }
    }

    /// The program's own catalogues under the files of `folder`.
    ///
    /// # Errors
    /// [`TextsProblem`] in words that say which file and line to change, and how.
    pub fn with_folder(folder: &Path) -> Result<Self, TextsProblem> {
        let mut catalogues = Self::own();
        let mut problems = Vec::new();
        let files = files(folder).map_err(|problem| TextsProblem(vec![problem]))?;
        for (name, file) in files {
            if let Err(found) = catalogues.add(&name, &file) {
                problems.extend(found);
            }
        }
        if problems.is_empty() {
            Ok(catalogues)
        } else {
            Err(TextsProblem(problems))
        }
    }

    /// Adds the file called `name`, whose text is `source`.
    fn add(&mut self, name: &str, source: &str) -> Result<(), Vec<String>> {
        let code = name.trim_end_matches(".ftl");
        let Some(language) = Language::from_code(code) else {
            return Err(vec![format!(
                "{name}: {code:?} is no language that can be spoken here: name the file by its language, such as \
                it.ftl, en.ftl or de.ftl"
            )]);
        };
        let resource = FluentResource::try_new(source.to_owned()).map_err(|(_, errors)| {
            let faults = errors.into_iter().map(|error| {
                let line = line_of(source, error.pos.start);
                format!(
                    "{name}:{line}: {}: a text is written as `its-name = Its words`, and what goes on in the next \
                    line begins with spaces",
                    error.kind
                )
            });
            faults.collect::<Vec<_>>()
        })?;
        let texts = written(source);
        let twice = repeated(name, &texts);
        if !twice.is_empty() {
            return Err(twice);
        }
        let mut catalogue = match self.spoken.iter().position(|it| it.language == language) {
            Some(at) => self.spoken.remove(at),
            None => Catalogue::empty(language),
        };
        catalogue.bundle.add_resource_overriding(resource);
        catalogue.keys.extend(texts.iter().map(|text| text.key.to_owned()));
        let (unknown, faults) = judged(name, &texts, &catalogue);
        self.unknown.extend(unknown);
        self.spoken.push(catalogue);
        // The languages keep their order: the program's own, then the added ones by tag.
        let place = |it: &Catalogue| Language::ALL.iter().position(|own| *own == it.language).unwrap_or(9);
        self.spoken.sort_by_key(|it| (place(it), it.language.code()));
        self.languages = self.spoken.iter().map(|it| it.language).collect();
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// The languages that are spoken, Italian first.
    #[must_use]
    pub fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// The texts of an installation that this version of the program never asks for, with file and line.
    #[must_use]
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// What each added language still lacks; it is said in Italian.
    #[must_use]
    pub fn lacks(&self) -> Vec<Lack> {
        let all = own_variables().into_keys().collect::<BTreeSet<_>>();
        let lack = |it: &Catalogue| Lack {
            language: it.language,
            missing: all.difference(&it.keys).count(),
            all: all.len(),
        };
        self.spoken.iter().map(lack).filter(|it| it.missing > 0).collect()
    }

    fn of(&self, language: Language) -> &Catalogue {
        let found = self.spoken.iter().find(|it| it.language == language);
        found.unwrap_or(&self.spoken[0])
    }

    /// The sentence called `key`, which has no places for values.
    pub(super) fn plain(&self, language: Language, key: &str) -> String {
        let known = &self.of(language).known;
        if let Some(sentence) = known.read().unwrap_or_else(PoisonError::into_inner).get(key) {
            return sentence.clone();
        }
        let sentence = self.filled(language, key, None).unwrap_or_else(|| absent(key));
        let mut known = known.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(key.to_owned()).or_insert(sentence).clone()
    }

    /// The sentence called `key` with values in their places, in Italian where the language lacks it.
    pub(super) fn filled(&self, language: Language, key: &str, values: Option<&FluentArgs<'_>>) -> Option<String> {
        let said = self.of(language).say(key, values);
        said.or_else(|| self.of(Language::Italian).say(key, values))
    }
}

/// Which of these texts nobody asks for, and which cannot be said with the values that they get.
fn judged(name: &str, texts: &[Written<'_>], catalogue: &Catalogue) -> (Vec<String>, Vec<String>) {
    let own = own_variables();
    let (mut unknown, mut faults) = (Vec::new(), Vec::new());
    for text in texts {
        let Some(values) = own.get(text.key) else {
            unknown.push(format!(
                "{name}:{}: no text of the program is called {:?}",
                text.line, text.key
            ));
            continue;
        };
        if let Err(what) = catalogue.try_to_say(text.key, values) {
            let has = if values.is_empty() {
                "it has no values".to_owned()
            } else {
                let named: Vec<String> = values.iter().map(|it| format!("{{ ${it} }}")).collect();
                format!("it may use {}", named.join(", "))
            };
            faults.push(format!(
                "{name}:{}: {:?} cannot be said: {what}; {has}",
                text.line, text.key
            ));
        }
    }
    (unknown, faults)
}

/// What is shown for a sentence that nobody wrote; `tests/it/catalogues.rs` finds those.
pub(super) fn absent(key: &str) -> String {
    format!("Unknown localization key: {key:?}")
}

impl Catalogue {
    fn empty(language: Language) -> Self {
        let identifier: LanguageIdentifier = language.code().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
        bundle.set_use_isolating(false);
        Self {
            language,
            bundle,
            keys: BTreeSet::new(),
            known: RwLock::default(),
        }
    }

    fn own(language: Language) -> Self {
        let mut catalogue = Self::empty(language);
        for source in own_sources(language) {
            catalogue
                .keys
                .extend(written(&source).iter().map(|text| text.key.to_owned()));
            // What cannot be read of a file is left out; a test looks for that.
            let resource = FluentResource::try_new(source).unwrap_or_else(|(resource, _)| resource);
            catalogue.bundle.add_resource_overriding(resource);
        }
        catalogue
    }

    fn say(&self, key: &str, values: Option<&FluentArgs<'_>>) -> Option<String> {
        let pattern = self.bundle.get_message(key)?.value()?;
        let mut faults = Vec::new();
        Some(self.bundle.format_pattern(pattern, values, &mut faults).into_owned())
    }

    /// Says a text with something for each value, and tells what is wrong with it.
    fn try_to_say(&self, key: &str, values: &BTreeSet<String>) -> Result<(), String> {
        let pattern = self.bundle.get_message(key).and_then(|message| message.value());
        let pattern = pattern.ok_or("it has no words")?;
        let mut arguments = FluentArgs::new();
        for value in values {
            arguments.set(value.clone(), FluentValue::from(2));
        }
        let mut faults = Vec::new();
        drop(self.bundle.format_pattern(pattern, Some(&arguments), &mut faults));
        faults.first().map_or(Ok(()), |fault| Err(fault.to_string()))
    }
}

/// The program's own files of one language.
fn own_sources(language: Language) -> Vec<String> {
    let folder = format!("{}/", language.code());
    let names = Sources::iter().filter(|name| name.starts_with(&folder) && name.ends_with(".ftl"));
    let files = names.filter_map(|name| Sources::get(&name));
    files
        .map(|file| String::from_utf8_lossy(&file.data).into_owned())
        .collect()
}

/// The values of every text of the program, by its key.
fn own_variables() -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in own_sources(Language::Italian) {
        for text in written(&source) {
            found.insert(text.key.to_owned(), variables(text.text));
        }
    }
    found
}

/// The texts that a file holds twice.
fn repeated(name: &str, texts: &[Written<'_>]) -> Vec<String> {
    let mut first: HashMap<&str, usize> = HashMap::new();
    let twice = texts.iter().filter_map(|text| {
        let before = first.insert(text.key, text.line)?;
        Some(format!(
            "{name}:{}: {:?} is already in line {before}: keep one of them",
            text.line, text.key
        ))
    });
    twice.collect()
}

/// Names and texts of the files of a folder, in the order of their names.
fn files(folder: &Path) -> Result<Vec<(String, String)>, String> {
    let unreadable = |what: &Path, cause: std::io::Error| format!("{} cannot be read: {cause}", what.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|cause| unreadable(folder, cause))? {
        let path = entry.map_err(|cause| unreadable(folder, cause))?.path();
        let name = path
            .file_name()
            .map(|it| it.to_string_lossy().into_owned())
            .unwrap_or_default();
        if path.extension().is_some_and(|it| it == "ftl") {
            let text = std::fs::read_to_string(&path).map_err(|cause| unreadable(&path, cause))?;
            found.push((name, text.trim_start_matches('\u{feff}').to_owned()));
        }
    }
    found.sort();
    Ok(found)
}
