// SPDX-License-Identifier: EUPL-1.2
//! What makes two words one, and what keeps them apart.

use super::*;

#[test]
fn the_forms_of_a_word_are_one() {
    for (one, other) in [
        ("contributo", "contributi"),
        ("impresa", "Imprese"),
        ("attività", "attivita'"),
        ("energetica", "energetico"),
        ("perche\u{301}", "perché"),
        ("formazione", "formazioni"),
        ("asilo", "ASILI"),
        ("artigiano", "artigiani"),
        ("artigiana", "artigiane"),
        ("laboratorio", "laboratori"),
        ("anziano", "anziani"),
        ("quartiere", "quartieri"),
        ("parco", "parchi"),
        ("lago", "laghi"),
        ("servizio", "servizi"),
        ("provincia", "province"),
        ("europeo", "europee"),
        ("finanziare", "finanziamenti"),
        ("militare", "militari"),
    ] {
        assert_eq!(stems(one), stems(other), "{one} and {other}");
    }
    for (one, other) in [
        ("energia", "energumeno"),
        ("italiano", "Italia"),
        ("veneziani", "Venezia"),
    ] {
        assert_ne!(stems(one), stems(other), "{one} and {other}");
    }
}

#[test]
fn articles_and_apostrophes_say_nothing() {
    assert_eq!(stems("l'efficienza dell’energia"), stems("efficienza energia"));
    assert_eq!(Question::parse("il per la di"), Question::default());
    assert!(Question::parse(" … ?!").is_empty());
}

#[test]
fn a_word_with_a_hyphen_is_found_in_each_way() {
    let found = stems("start-up");
    assert!(stems("startup").iter().all(|word| found.contains(word)), "{found:?}");
    assert!(stems("start up").iter().all(|word| found.contains(word)), "{found:?}");
}

#[test]
fn a_question_is_short() {
    let long: Vec<String> = (0..100).map(|number| format!("parola{number}")).collect();
    assert_eq!(Question::parse(&long.join(" ")).words.len(), MOST_WORDS);
    assert_eq!(Question::parse("bando bandi BANDO").words.len(), 1);
}

#[test]
fn a_misspelt_word_is_near_the_one_that_was_meant() {
    let known = [
        "fotovoltaico",
        "fotografia",
        "agricoltura",
        "turismo",
        "bando",
        "imprese",
        "formazione",
        "asilo",
        "cinematografiche",
    ];
    let known = known.map(|word| format!("={word}"));
    for (typed, meant) in [
        ("fotovoltaco", "fotovoltaico"),
        ("fotovlotaico", "fotovoltaico"),
        ("agricultura", "agricoltura"),
        ("turisno", "turismo"),
        ("turizmi", "turismo"),
        ("impresse", "imprese"),
        ("impressa", "imprese"),
        ("formazzione", "formazione"),
        ("cinematogafica", "cinematografiche"),
    ] {
        assert_eq!(similar(typed, &known), [meant], "{typed:?}");
    }
    for typed in ["asi", "xylofono", "forma", "banca", "xylofon"] {
        assert!(similar(typed, &known).is_empty(), "{typed}");
    }
    let stems = ["turis", "band"].map(str::to_owned);
    assert!(similar("turizmo", &stems).is_empty(), "stems are not words");
}

#[test]
fn a_word_is_shown_as_a_text_writes_it() {
    let text = "Contributi per l’energia: FOTOVOLTAICO e città, perche\u{301}";
    for (word, shown) in [
        ("fotovoltaico", Some("fotovoltaico")),
        ("citta", Some("città")),
        ("perche", Some("perche\u{301}")),
        ("fotovoltaici", None),
        ("altro", None),
    ] {
        assert_eq!(written(word, text).as_deref(), shown, "{word}");
    }
}

/// How much it counts that a text has `word` when `typed` is asked for.
fn counts(typed: &str, word: &str) -> i64 {
    let asked = Asked::word(typed);
    asked.keys.get(&format!("={word}")).copied().unwrap_or_default()
}

#[test]
fn one_and_many_are_the_same_word() {
    for (one, many) in [
        ("vino", "vini"),
        ("casa", "case"),
        ("pesca", "pesche"),
        ("parco", "parchi"),
        ("marchio", "marchi"),
        ("negozio", "negozi"),
        ("zio", "zii"),
        ("provincia", "province"),
        ("rete", "reti"),
        ("voucher", "vouchers"),
        ("farm", "farms"),
    ] {
        assert_eq!(counts(one, one), AS_TYPED);
        assert_eq!(counts(one, many), OTHER_NUMBER, "{many} for {one}");
        assert_eq!(counts(many, one), OTHER_NUMBER, "{one} for {many}");
    }
}

#[test]
fn a_short_word_is_no_form_of_another() {
    for (typed, other) in [
        ("casa", "caso"),
        ("marchi", "marche"),
        ("marchio", "marche"),
        ("sale", "salute"),
        ("taxi", "tax"),
        ("pesca", "pesco"),
        ("vino", "vina"),
    ] {
        assert_eq!(counts(typed, other), 0, "{other} for {typed}");
        assert!(
            !Asked::word(typed).keys.contains_key(&stems(other)[0]),
            "the stem of {other} for {typed}"
        );
    }
}

#[test]
fn a_long_word_has_forms_for_women_and_men_and_relatives() {
    assert_eq!(counts("artigiano", "artigiane"), OTHER_FORM);
    assert_eq!(counts("energetica", "energetici"), OTHER_FORM);
    for (typed, relative) in [
        ("alluvione", "alluvionali"),
        ("turismo", "turistico"),
        ("ambiente", "ambientale"),
        ("finanziare", "finanziamenti"),
    ] {
        let keys = Asked::word(typed).keys;
        assert_eq!(
            keys.get(&stems(relative)[0]),
            Some(&SAME_STEM),
            "{relative} for {typed}"
        );
    }
}

#[test]
fn synonyms_count_half_in_both_directions_and_languages() {
    for (typed, other) in [
        ("bicicletta", "bici"),
        ("biciclette", "bici"),
        ("bici", "bicicletta"),
        ("hotel", "alberghi"),
        ("affitti", "locazione"),
        ("farming", "agricola"),
        ("tourism", "turistici"),
        ("università", "ateneo"),
    ] {
        let question = Question::parse(typed);
        let counts = question.words[0].keys.get(&format!("={other}"));
        assert_eq!(counts, Some(&SYNONYM), "{other} for {typed}");
    }
}

#[test]
fn a_rare_word_tells_more() {
    assert!(rarity(1, 10_000) > rarity(5_000, 10_000));
    assert!(rarity(10_000, 10_000) > 0);
    assert!(rarity(0, 0) > 0);
}
