// SPDX-License-Identifier: EUPL-1.2
//! The catalogue: what words find on the real calls, what facets keep, and what happens with anything else.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};

use axum::http::StatusCode;
use chrono::TimeDelta;
use informa::domain::ids::OpportunityId;
use informa::domain::opportunity::OpportunityKind;
use informa::domain::search::Question;
use informa::services::import_opportunities::{Options, import_opportunities};
use informa::services::publish_opportunity::publish_opportunity;
use informa::services::revise_published::{Turn, revise_published, turn};
use informa::services::search_opportunities::{Found, index_opportunities, search_opportunities};
use informa::storage::opportunity_lists::Filter;

use crate::support::app::{TestApp, run_at};
use crate::support::builders::{BERGAMO_PROVINCE, MILAN, Writing, a_call, at};
use crate::support::database::Engine;
use crate::support::on_both_engines;
use crate::support::reader::Reader;
use crate::support::real_data::real_data;
use crate::support::rows;

on_both_engines! {
    a_revision_is_found_by_its_new_words,
    a_draft_is_found_by_nobody,
    what_has_all_words_comes_alone_and_what_has_some_comes_otherwise,
    the_beginning_of_a_word_finds_it,
    a_misspelt_word_finds_what_was_meant_and_says_so,
    what_a_list_is_narrowed_to_is_taken_away_one_by_one,
    facets_narrow_the_list,
    the_soonest_deadline_comes_first_if_asked,
    what_was_indexed_by_another_version_is_indexed_again,
    anything_may_be_asked,
    a_list_has_an_address_and_its_pages_keep_it,
    a_list_leads_to_signing_up_for_it,
}

/// Questions about the real calls, and the calls of which one must come first.
const QUESTIONS: &[(&str, &[&str])] = &[
    ("nuova sabatini", &["52"]),
    ("SMART&START", &["81"]),
    ("cicloturismo", &["1190"]),
    ("microcredito di libertà", &["281"]),
    ("microcredito della liberta", &["281"]),
    ("sala cinematografica", &["8038", "8039"]),
    ("bando brevetti lombardia", &["5155"]),
    ("impresa storica", &["2639"]),
    ("dote impresa, collocamento mirato: Como", &["8295"]),
    ("start-up alzano lombardo", &["8035"]),
    ("startup Alzano", &["8035"]),
    ("start up alzano", &["8035"]),
    ("fiera internazionale unioncamere", &["2350"]),
    ("efficienza energetica degli edifici", &["7792"]),
    ("prevenzione degli atti criminosi", &["2126", "4602"]),
    ("IRAP piccoli comuni", &["788"]),
    (
        "certificazione di sostenibilità per alberghi, Sondrio",
        &["3628", "1834"],
    ),
    ("distretto commercio montagna lago", &["1373"]),
    ("basket bond filiere", &["2393"]),
    ("credito d’imposta beni strumentali", &["138"]),
    ("voucher 3i", &["72", "3265"]),
    ("tax credit distribuzione", &["596", "7776"]),
    ("parità di genere", &["3941", "4188"]),
    ("imprenditoria femminile", &["4511"]),
    ("nuova sabbatini", &["52"]),
    ("ciclotursimo", &["1190"]),
    ("efficenza energetica degli edifici", &["7792"]),
    ("vino", &["3520", "2024"]),
    ("vini", &["3520", "2024"]),
    ("taxi", &["1818"]),
    ("casa", &["1762", "3842", "127", "1113"]),
    ("case", &["1762", "3842"]),
    ("sale", &["1426", "8038", "8039"]),
    ("trattori", &["805", "1091"]),
    ("trattore", &["805", "1091"]),
    ("marchi", &["178", "88", "7607", "7548", "3592"]),
    ("marchio", &["2395", "2398", "178", "88"]),
    ("negozio", &["8392", "8136", "2150"]),
    ("negozi", &["8392", "8136", "2150"]),
    ("pesca", &["3489"]),
    ("partita iva", &["889", "893", "3858", "461"]),
    ("alluvione", &["855", "1374", "947"]),
    ("alluvioni", &["855", "1374", "947"]),
    ("terremoto", &["855", "1374", "142"]),
    ("bici", &["1190"]),
    ("bicicletta", &["1190", "4741"]),
    ("hotel", &["1043", "463", "3628", "1834"]),
    ("alberghi", &["1043", "463"]),
    ("affitto", &["2378", "8393", "1113", "4207"]),
    ("tourism", &["1443", "906", "3305"]),
    ("farming", &["805", "1091", "1530", "1531", "2072", "304"]),
    ("servizio turistico", &["1452"]),
    ("musei", &["3349", "7887", "4378"]),
    ("disabile", &["4467", "4529", "2780"]),
    ("fiera", &["2350", "511", "8145", "3489", "1423"]),
    ("giovane agricoltore", &["feasr-row-1", "feasr-row-2", "feasr-row-7"]),
    ("colonnina elettrica", &["915"]),
    ("discoteca", &["1739"]),
    ("teatro", &["1426"]),
    ("l'edicola", &["965", "4345", "1231"]),
    ("un asilo", &["8255"]),
    ("dell’apprendistato", &["266", "5214"]),
    ("affittacamere", &["2310"]),
    ("impresa al femminile", &["4511", "226"]),
    ("università", &["8417", "2300", "2298"]),
    ("universita'", &["8417", "2300", "2298"]),
    ("turizmo", &["1443", "906"]),
    ("negozzi", &["8392", "8136", "2150"]),
    ("videosorvelianza", &["3148"]),
];

/// Questions about the real calls, and what the titles of the first five must not have: words that only look alike.
const NOT_MEANT: &[(&str, &[&str])] = &[
    ("vino", &["distribuzione", "editorial", "consulenza"]),
    ("taxi", &["tax "]),
    ("casa", &["caso", "caseari"]),
    ("pesca", &["pesco", "pescara"]),
    ("sale", &["salut"]),
    ("marchi", &["marche"]),
    ("negozio", &["negoziat"]),
    ("trattori", &["trattament"]),
    ("alluvione", &["biologic"]),
];

/// In how few real calls somebody is to look for theirs.
const FEW: &[(&str, i64)] = &[("partita iva", 30), ("taxi", 10), ("vino", 30)];

async fn the_real_calls(engine: Engine) {
    let Some(folder) = real_data() else { return };
    run_at(engine, at("2026-07-01T00:00:00"), async |app| {
        let lines = BufReader::new(File::open(folder.join("calls.jsonl")).unwrap()).lines();
        let options = Options {
            source: None,
            publish: true,
            notify: false,
        };
        import_opportunities(app, lines, options, || {}).await.unwrap();
        for (question, first) in QUESTIONS {
            let found = ask(app, question).await;
            let origin = found.page.first().and_then(|it| it.origin.as_ref());
            let key = origin.map_or("", |it| &it.source_key);
            assert!(
                first.contains(&key),
                "{question:?} finds {key:?} first, not one of {first:?}"
            );
        }
        for (question, strange) in NOT_MEANT {
            let found = ask(app, question).await;
            for title in titles(&found).into_iter().take(5).map(str::to_lowercase) {
                assert!(
                    !strange.iter().any(|it| title.contains(it)),
                    "{question:?} finds {title:?}"
                );
            }
        }
        for (question, most) in FEW {
            let count = ask(app, question).await.count;
            assert!((1..=*most).contains(&count), "{question:?} finds {count}");
        }
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_calls_that_are_meant_come_first_on_sqlite() {
    the_real_calls(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_calls_that_are_meant_come_first_on_postgres() {
    the_real_calls(Engine::Postgres).await;
}

async fn ask(app: &TestApp, question: &str) -> Found {
    let question = Question::parse(question);
    search_opportunities(app, &question, Filter::default(), 20, 0)
        .await
        .unwrap()
}

fn titles(found: &Found) -> Vec<&str> {
    found.page.iter().map(|it| it.content.title.as_str()).collect()
}

async fn publish_all(app: &TestApp, writings: &[Writing]) -> BTreeMap<String, OpportunityId> {
    let mut ids = BTreeMap::new();
    for writing in writings {
        let published = app.publish(writing).await;
        ids.insert(published.content.title.clone(), published.id);
        app.advance(TimeDelta::seconds(1));
    }
    ids
}

async fn a_revision_is_found_by_its_new_words(app: &TestApp) {
    let call = app.publish(&a_call().titled("Contributi per le zanzariere")).await;
    assert_eq!(titles(&ask(app, "zanzariera").await), ["Contributi per le zanzariere"]);
    let content = a_call()
        .titled("Bonus caldaie")
        .summed_up("")
        .content(&app.vocabulary());
    revise_published(app, app.editor, call.id, &content, "").await.unwrap();
    assert_eq!(titles(&ask(app, "caldaia").await), ["Bonus caldaie"]);
    assert_eq!(ask(app, "zanzariere").await.count, 0);
    app.run_jobs().await;
}

async fn a_draft_is_found_by_nobody(app: &TestApp) {
    let id = app.draft(&a_call()).await;
    assert_eq!(ask(app, "fotovoltaico").await.count, 0);
    publish_opportunity(app, app.editor, id).await.unwrap();
    assert_eq!(ask(app, "fotovoltaico").await.count, 1);
    turn(app, app.editor, id, Turn::Withdrawn, "").await.unwrap();
    assert_eq!(
        ask(app, "fotovoltaico").await.count,
        1,
        "its page says that it was withdrawn"
    );
    app.run_jobs().await;
}

async fn what_has_all_words_comes_alone_and_what_has_some_comes_otherwise(app: &TestApp) {
    let writings = ["Turismo in montagna", "Turismo sul lago", "Pascoli di montagna"];
    publish_all(app, &writings.map(|title| a_call().titled(title).summed_up(""))).await;
    let all = ask(app, "turismo montagna").await;
    assert_eq!(
        (titles(&all), all.some_words_only),
        (vec!["Turismo in montagna"], false)
    );
    let some = ask(app, "pascoli sul lago").await;
    assert_eq!((some.count, some.some_words_only), (2, true));
    let unknown = ask(app, "turismo xylofono").await;
    assert_eq!((unknown.count, unknown.some_words_only), (2, true));
    assert_eq!(ask(app, "xylofono").await.count, 0);
}

async fn the_beginning_of_a_word_finds_it(app: &TestApp) {
    app.publish(&a_call()).await;
    assert_eq!(ask(app, "fotov").await.count, 1);
    assert_eq!(ask(app, "fo").await.count, 0, "too short to say anything");
}

async fn a_misspelt_word_finds_what_was_meant_and_says_so(app: &TestApp) {
    app.publish(&a_call().titled("Fotovoltaico per tutti")).await;
    let cinema = a_call().titled("Sale cinematografiche").summed_up("");
    app.publish(&cinema.about(&["culture-festivals"])).await;
    app.draft(&a_call().titled("Zafferano").summed_up("")).await;
    let found = ask(app, "fotovolatico").await;
    assert_eq!(titles(&found), ["Fotovoltaico per tutti"]);
    let typed_and_meant = |typed: &str, meant: &str| (typed.to_owned(), meant.to_owned());
    assert_eq!(found.corrected, [typed_and_meant("fotovolatico", "fotovoltaico")]);
    let exact = ask(app, "fotovoltaici").await;
    assert_eq!((exact.count, exact.corrected.len()), (1, 0), "nothing to correct");
    let both = ask(app, "sala cinematogafica").await;
    assert_eq!(titles(&both), ["Sale cinematografiche"]);
    assert_eq!(both.corrected, [typed_and_meant("cinematogafica", "cinematografiche")]);
    let draft = ask(app, "zaferano").await;
    assert_eq!(
        (draft.count, draft.corrected.len()),
        (0, 0),
        "what is no news yet is not told"
    );
    let mut reader = Reader::new(app);
    let page = reader.open("/opportunita?q=fotovolatico").await;
    let said = page.words("main [role=status]");
    assert!(
        said.contains("Non troviamo «fotovolatico»") && said.contains("«fotovoltaico»"),
        "{said}"
    );
    app.run_jobs().await;
}

async fn what_a_list_is_narrowed_to_is_taken_away_one_by_one(app: &TestApp) {
    app.publish(&a_call()).await;
    let mut reader = Reader::new(app);
    let page = reader
        .open("/opportunita?q=bando&kind=call&area=Bergamo+(BG)&standing=open&amount=1000&topic=nonsense&order=latest&page=1")
        .await;
    let without = page.attributes("main .narrowed a.chip", "href");
    assert_eq!(
        without,
        [
            "/opportunita?q=bando&topic=nonsense&area=Bergamo+%28BG%29&standing=open&amount=1000&order=latest",
            "/opportunita?q=bando&kind=call&topic=nonsense&standing=open&amount=1000&order=latest",
            "/opportunita?q=bando&kind=call&topic=nonsense&area=Bergamo+%28BG%29&amount=1000&order=latest",
            "/opportunita?q=bando&kind=call&topic=nonsense&area=Bergamo+%28BG%29&standing=open&order=latest",
        ]
    );
    let all = page.attributes("main .narrowed li:last-child a", "href");
    assert_eq!(all, ["/opportunita?q=bando&order=latest"]);
    assert_eq!(
        reader
            .open("/opportunita?q=bando")
            .await
            .attributes(".narrowed", "class")
            .len(),
        0
    );
    app.run_jobs().await;
}

async fn facets_narrow_the_list(app: &TestApp) {
    let now = at("2026-07-01T10:00:00");
    let writings = [
        a_call().titled("a"),
        a_call().titled("b").in_areas(&[MILAN]).for_kinds(&["operator"]),
        a_call()
            .titled("c")
            .kind(OpportunityKind::News)
            .closing(None)
            .opening(None),
        a_call()
            .titled("d")
            .closing(Some(now.plus(TimeDelta::days(3))))
            .opening(None),
        a_call()
            .titled("e")
            .opening(Some(now.plus(TimeDelta::days(3))))
            .about(&["social"]),
    ];
    let ids = publish_all(app, &writings).await;
    app.advance(TimeDelta::hours(3));
    turn(app, app.editor, ids["a"], Turn::Exhausted, "").await.unwrap();
    let mut reader = Reader::new(app);
    for (query, expected) in [
        ("", "edcba"),
        ("kind=news", "c"),
        ("topic=social", "e"),
        ("area=Milano+(MI)", "edcba"),
        ("area=Bergamo+(provincia)", "edca"),
        ("area=Torino+(TO)", ""),
        ("audience=citizen", "edca"),
        ("audience=operator", "edcba"),
        ("standing=open", "dcb"),
        ("standing=closing", "d"),
        ("standing=announced", "e"),
        ("standing=closed", "a"),
        ("amount=1000000", "edcba"),
        ("amount=1000000&standing=closing&kind=call", "d"),
        (
            "standing=nonsense&kind=nonsense&amount=7&topic=nonsense&audience=nonsense&order=nonsense",
            "edcba",
        ),
    ] {
        let page = reader.open(&format!("/opportunita?{query}")).await;
        assert_eq!(page.status, StatusCode::OK);
        let found: String = page.texts("h2.it-card-title").concat();
        assert_eq!(found, expected, "{query}");
    }
    assert_eq!(
        app.vocabulary().areas.by_code(BERGAMO_PROVINCE).unwrap().names.italian,
        "Bergamo"
    );
    let unknown = reader.open("/opportunita?area=Atlantide").await;
    assert!(unknown.words("#area-error").contains("Non conosciamo questo luogo"));
    assert_eq!(unknown.attributes("#area", "value"), ["Atlantide"]);
    app.run_jobs().await;
}

async fn the_soonest_deadline_comes_first_if_asked(app: &TestApp) {
    let day = |days| Some(at("2026-07-01T10:00:00").plus(TimeDelta::days(days)));
    let writings = [
        a_call().titled("mai").closing(None),
        a_call().titled("presto").closing(day(20)),
        a_call().titled("poi").closing(day(30)),
    ];
    publish_all(app, &writings).await;
    let mut reader = Reader::new(app);
    let page = reader.open("/opportunita?order=deadline").await;
    assert_eq!(page.texts("h2.it-card-title"), ["presto", "poi", "mai"]);
    let page = reader.open("/opportunita?order=latest&q=contributi").await;
    assert_eq!(page.texts("h2.it-card-title").len(), 0);
}

async fn what_was_indexed_by_another_version_is_indexed_again(app: &TestApp) {
    app.publish(&a_call()).await;
    app.draft(&a_call()).await;
    rows::execute(&app.database, "delete from search_words").await;
    rows::execute(&app.database, "update opportunities set search_version = 0").await;
    assert_eq!(ask(app, "fotovoltaico").await.count, 0);
    assert_eq!(index_opportunities(app).await.unwrap(), 2);
    assert_eq!(index_opportunities(app).await.unwrap(), 0);
    assert_eq!(ask(app, "fotovoltaico").await.count, 1);
}

async fn anything_may_be_asked(app: &TestApp) {
    app.publish(&a_call()).await;
    let mut reader = Reader::new(app);
    for question in [
        "<script>alert(1)</script>",
        "'; drop table opportunities; --",
        "%",
        "_ \" ' \\ \u{0}",
        "\u{301}\u{301}",
        &"parola ".repeat(1_500),
        &"a".repeat(10_000),
        "🦀 ★ ½ ﬁ",
    ] {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("q", question)
            .finish();
        let page = reader.open(&format!("/opportunita?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{question:.40}");
        assert!(!page.text.contains("<script>alert"), "{question:.40}");
    }
    assert_eq!(ask(app, "fotovoltaico").await.count, 1);
}

async fn a_list_has_an_address_and_its_pages_keep_it(app: &TestApp) {
    let writings: Vec<Writing> = (0..21)
        .map(|number| a_call().titled(&format!("Bando {number}")))
        .collect();
    publish_all(app, &writings).await;
    let mut reader = Reader::new(app);
    let page = reader.open("/opportunita?q=bando&kind=call&area=Bergamo+(BG)").await;
    let next = page.attributes("a[rel=next]", "href");
    assert_eq!(next, ["?q=bando&kind=call&area=Bergamo+%28BG%29&page=2"]);
    let page = reader.open(&format!("/opportunita{}", next[0])).await;
    assert_eq!(page.texts("h2.it-card-title"), ["Bando 0"]);
    assert_eq!(page.attributes("#q", "value"), ["bando"]);
    assert_eq!(page.attributes("a[rel=prev]", "href").len(), 1);
}

async fn a_list_leads_to_signing_up_for_it(app: &TestApp) {
    let mut reader = Reader::new(app);
    let list = reader
        .open("/opportunita?topic=environment-energy&area=Albino+(BG)&audience=operator")
        .await;
    let way = list.attributes("main a[href^='/iscriviti']", "href");
    let form = reader.open(&way[0]).await;
    let kept = |name: &str| form.attributes(&format!("input[type=hidden][name={name}]"), "value");
    assert_eq!(kept("topics"), ["environment-energy"]);
    assert_eq!(kept("areas"), ["016004"]);
    let asked = form.attributes("input[name=kind][checked]", "value");
    assert_eq!(asked, ["operator"], "who they are is asked, and only suggested");
}
