// SPDX-License-Identifier: EUPL-1.2
//! Signing up step by step: nothing is lost on the way, and before confirming it is told what it would have brought.

use axum::http::StatusCode;
use chrono::TimeDelta;
use informa::domain::profile::{Frequency, ProfileKind};
use informa::services::import_opportunities::{Options, import_opportunities};
use informa::storage::{profiles, subscribers, targets};

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen};
use crate::support::forms::{forward, sent, serde_urlencoded, submit};
use crate::support::on_both_engines;
use crate::support::reader::Reader;

on_both_engines! {
    five_steps_lead_to_a_subscription_with_every_answer,
    going_back_loses_nothing,
    a_mistyped_address_is_all_that_is_written_again,
    each_kind_is_asked_among_its_own_types,
    the_summary_says_by_which_way,
    a_step_with_a_wrong_answer_is_shown_again_with_what_to_do,
    a_step_beyond_what_was_answered_leads_back,
    a_place_of_any_length_makes_no_long_address,
    codes_that_there_are_not_are_left_out,
    the_summary_tells_what_a_month_would_have_brought,
    nothing_and_too_much_are_warned_of,
    an_address_that_was_typed_waits_while_an_answer_is_changed,
    the_address_never_stands_in_an_address_of_a_page,
    tell_me_takes_two_pages,
    a_search_by_words_offers_the_topics_of_what_it_found,
    tell_me_of_a_call_for_businesses_asks_who_they_are,
    the_estimate_counts_what_people_were_told_in_as_many_messages,
    who_is_signed_in_adds_to_their_profile,
    who_is_known_goes_on_with_what_they_chose_once_they_sign_in,
    who_confirms_sees_what,
}

async fn five_steps_lead_to_a_subscription_with_every_answer(app: &TestApp) {
    let mut reader = Reader::new(app);
    let who = reader.open("/iscriviti").await;
    assert_eq!(who.words("[aria-current=step]"), "Chi sei Sei qui");
    let place = forward(
        &mut reader,
        &who,
        &[("kind", "operator"), ("company_size", "small"), ("sectors", "A")],
    )
    .await;
    let what = forward(
        &mut reader,
        &place,
        &[("place", "Albino"), ("place", "Bergamo (provincia)")],
    )
    .await;
    let how = forward(&mut reader, &what, &[("topics", "environment"), ("topics", "health")]).await;
    let summary = forward(&mut reader, &how, &[("frequency", "daily"), ("way", "email")]).await;
    assert_eq!(summary.words("h1"), "Controlla e conferma");
    let answers = summary.words("dl.facts");
    for words in ["impresa", "Albino", "Bergamo", "Salute", "Una volta al giorno"] {
        assert!(answers.contains(words), "{words} in {answers}");
    }
    let done = submit(
        &mut reader,
        "/iscriviti/riepilogo",
        &summary,
        &[("consent", "yes"), ("email", "officina@example.org")],
    )
    .await;
    assert!(
        done.location().starts_with("/iscriviti/controlla?"),
        "{}",
        done.location()
    );
    app.run_jobs().await;
    app.relay.only_mail_to("officina@example.org");
    let mut transaction = app.database.read().await.unwrap();
    let person = subscribers::last_id(&mut transaction).await.unwrap();
    let profile = profiles::list(&mut transaction, person).await.unwrap().remove(0);
    let vocabulary = app.vocabulary();
    let areas: Vec<&str> = profile
        .facets
        .areas
        .iter()
        .map(|id| vocabulary.areas.code(*id))
        .collect();
    assert_eq!((profile.kind, profile.follows.len()), (ProfileKind::Operator, 2));
    assert_eq!(areas.len(), 2, "{areas:?}");
    assert!(areas.contains(&"016"), "{areas:?}");
    assert_eq!(
        (profile.facets.sectors.len(), profile.facets.company_size.is_some()),
        (1, true)
    );
    assert_eq!(profile.telling.frequency, Frequency::Daily);
}

async fn a_mistyped_address_is_all_that_is_written_again(app: &TestApp) {
    let mut reader = Reader::new(app);
    let summary = reader
        .open("/iscriviti/riepilogo?kind=operator&company_size=small&areas=016024&topics=environment&frequency=daily&way=email")
        .await;
    let done = submit(
        &mut reader,
        "/iscriviti/riepilogo",
        &summary,
        &[("consent", "yes"), ("email", "sbaglaito@example.org")],
    )
    .await;
    assert!(!done.location().contains("sbaglaito"), "{}", done.location());
    let page = reader.open(done.location()).await;
    assert!(
        page.words(".lead").contains("sbaglaito@example.org"),
        "{}",
        page.words(".lead")
    );
    let back = page
        .attributes("main a[href^='/iscriviti/riepilogo']", "href")
        .remove(0);
    let again = reader.open(&back).await;
    assert_eq!(again.attributes("#email", "value"), ["sbaglaito@example.org"]);
    for kept in [
        "Piccola impresa",
        "Bergamo",
        "Ambiente ed energia",
        "Una volta al giorno",
    ] {
        assert!(again.words("dl.answers").contains(kept), "{kept}");
    }
    reader.open("/iscriviti").await;
    let anew = reader.open(&back).await;
    assert_eq!(
        anew.attributes("#email", "value"),
        [""],
        "whoever begins anew begins without it"
    );
    let nobody = Reader::new(app).open(done.location()).await;
    assert!(
        !nobody.words("main").contains('@'),
        "only the browser that typed it is told"
    );
    app.run_jobs().await;
}

async fn each_kind_is_asked_among_its_own_types(app: &TestApp) {
    let mut reader = Reader::new(app);
    let page = reader.open("/iscriviti?kind=authority").await;
    let of = |field: &str| page.attributes(&format!("#{field} option"), "value");
    let (operators, authorities) = (of("organisation_type"), of("authority_type"));
    let has = |codes: &[String], code: &str| codes.iter().any(|it| it == code);
    assert!(
        has(&operators, "farm") && !has(&operators, "municipality"),
        "{operators:?}"
    );
    assert!(
        has(&authorities, "municipality") && !has(&authorities, "farm"),
        "{authorities:?}"
    );
    assert!(has(&operators, "university") && has(&authorities, "university"));
    let answers = "organisation_type=farm&authority_type=municipality&topics=environment";
    for (kind, said, other) in [
        ("authority", "Comune", "Impresa agricola"),
        ("operator", "Impresa agricola", "Comune"),
    ] {
        let summary = reader
            .open(&format!("/iscriviti/riepilogo?kind={kind}&{answers}"))
            .await;
        let who = summary.texts("dl.answers dd").remove(0);
        assert!(who.contains(said) && !who.contains(other), "{kind}: {who}");
    }
}

async fn the_summary_says_by_which_way(app: &TestApp) {
    let mut reader = Reader::new(app);
    for (way, said) in [("email", "Per e-mail"), ("push", "Con una notifica in questo browser")] {
        let summary = reader
            .open(&format!("/iscriviti/riepilogo?topics=environment&way={way}"))
            .await;
        let how = summary.texts("dl.answers dd").pop().unwrap();
        assert!(how.contains(said), "{way}: {how}");
    }
}

async fn going_back_loses_nothing(app: &TestApp) {
    let mut reader = Reader::new(app);
    let how = reader
        .open("/iscriviti/come?kind=citizen&age_band=18-24&areas=016024&topics=environment&frequency=weekly&way=push")
        .await;
    let back = how.attributes("button[formaction]", "formaction").remove(0);
    let what = reader
        .open(&format!("{back}?{}", serde_urlencoded(&sent(&how, &[]))))
        .await;
    assert_eq!(what.attributes("input[name=topics][checked]", "value"), ["environment"]);
    let back = what.attributes("button[formaction]", "formaction").remove(0);
    let place = reader
        .open(&format!("{back}?{}", serde_urlencoded(&sent(&what, &[]))))
        .await;
    assert_eq!(place.attributes("input[name=areas][checked]", "value"), ["016024"]);
    let back = place.attributes("button[formaction]", "formaction").remove(0);
    let who = reader
        .open(&format!("{back}?{}", serde_urlencoded(&sent(&place, &[]))))
        .await;
    assert_eq!(who.attributes("option[selected]", "value"), ["18-24"]);
    let kept = |name: &str| who.attributes(&format!("input[type=hidden][name={name}]"), "value");
    assert_eq!(
        (kept("frequency"), kept("way")),
        (vec!["weekly".to_owned()], vec!["push".to_owned()])
    );
}

async fn a_step_with_a_wrong_answer_is_shown_again_with_what_to_do(app: &TestApp) {
    let mut reader = Reader::new(app);
    let place = reader.open("/iscriviti/dove?kind=citizen").await;
    let again = forward(&mut reader, &place, &[("place", "Bergmo")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(again.words("[aria-current=step]"), "Dove Sei qui");
    assert_eq!(
        again.attributes("#place-1", "value"),
        ["Bergmo"],
        "what was typed is kept"
    );
    assert_eq!(again.attributes("#errors a", "href"), ["#place-1"]);
    let offered = again.attributes("input[name=areas]", "value");
    assert!(
        offered.contains(&"016024".to_owned()),
        "what may be meant is offered: {offered:?}"
    );
    let what = forward(&mut reader, &again, &[("place", ""), ("areas", "016024")]).await;
    assert_eq!(what.words("[aria-current=step]"), "Che cosa Sei qui");
    let again = forward(&mut reader, &what, &[]).await;
    assert_eq!(again.attributes("#errors a", "href"), ["#topics-everything"]);
    assert_eq!(again.attributes("input[type=hidden][name=areas]", "value"), ["016024"]);
}

async fn a_step_beyond_what_was_answered_leads_back(app: &TestApp) {
    let mut reader = Reader::new(app);
    for path in ["/iscriviti/come", "/iscriviti/riepilogo"] {
        let answer = reader.open(path).await;
        assert_eq!(answer.location(), "/iscriviti/cosa?checked=yes", "{path}");
    }
    assert_eq!(reader.open("/iscriviti/altro").await.status, StatusCode::NOT_FOUND);
}

async fn codes_that_there_are_not_are_left_out(app: &TestApp) {
    let mut reader = Reader::new(app);
    let forged = "kind=emperor&topics=environment&topics=nonsense&areas=999999&sectors=ZZ&age_band=0-1\
                  &organisation_type=x&company_size=x&frequency=hourly&way=pigeon&email=a@example.org&consent=yes";
    let summary = reader.open(&format!("/iscriviti/riepilogo?{forged}")).await;
    assert_eq!(summary.status, StatusCode::OK);
    let kept = summary.attributes("#subscription input[type=hidden]", "value");
    assert!(kept.contains(&"environment".to_owned()) && kept.contains(&"citizen".to_owned()));
    for code in ["nonsense", "999999", "ZZ", "0-1", "hourly"] {
        assert!(!kept.contains(&code.to_owned()), "{code}");
    }
    assert_eq!(
        summary.attributes("#email", "value"),
        [""],
        "nobody's address comes from a link"
    );
    assert!(
        summary.attributes("#consent-yes[checked]", "value").is_empty(),
        "nor their consent"
    );
}

async fn the_summary_tells_what_a_month_would_have_brought(app: &TestApp) {
    app.publish(&a_call().titled("Troppo tempo fa")).await;
    app.advance(TimeDelta::days(20));
    app.publish(&a_call().titled("Primo")).await;
    app.advance(TimeDelta::days(11));
    for title in ["Secondo", "Terzo", "Quarto"] {
        app.publish(&a_call().titled(title)).await;
    }
    app.publish(&a_call().titled("D'altro").about(&["health"])).await;
    app.publish(&a_call().titled("Per le imprese").for_kinds(&["operator"]))
        .await;
    app.run_jobs().await;
    let mut reader = Reader::new(app);
    let summary = reader
        .open("/iscriviti/riepilogo?kind=citizen&areas=016024&topics=environment")
        .await;
    assert_eq!(
        summary.words("#recall"),
        "Con queste scelte avresti ricevuto 4 avvisi negli ultimi 30 giorni"
    );
    let examples = summary.texts("[aria-labelledby=recall] li");
    assert_eq!(examples, ["Quarto", "Terzo", "Secondo"]);
    let links = summary.attributes("[aria-labelledby=recall] li a", "href");
    assert_eq!(reader.open(&links[0]).await.words("h1"), "Quarto");
    // The same count by the service itself, from somebody who really chose so.
    let person = a_citizen().in_areas(&["016024"]).following(&["environment"]);
    let choices = person.choices(&app.vocabulary());
    let recall = informa::services::recall_month::recall_month(app, &choices)
        .await
        .unwrap();
    assert_eq!((recall.count, recall.is_too_much()), (4, false));
}

async fn nothing_and_too_much_are_warned_of(app: &TestApp) {
    let mut reader = Reader::new(app);
    let path = "/iscriviti/riepilogo?topics=environment";
    let none = reader.open(path).await;
    assert!(none.words("#recall").contains("non avresti ricevuto avvisi"));
    assert!(
        none.words("[aria-labelledby=recall]")
            .contains("Prova ad aggiungere un argomento")
    );
    for number in 0..61 {
        app.publish(&a_call().titled(&format!("Bando {number}"))).await;
    }
    app.run_jobs().await;
    let many = reader.open(path).await;
    assert!(many.words("#recall").contains("avresti ricevuto 61 avvisi"));
    assert!(many.words("[aria-labelledby=recall]").contains("Sono tanti"));
}

async fn an_address_that_was_typed_waits_while_an_answer_is_changed(app: &TestApp) {
    let mut reader = Reader::new(app);
    let summary = reader.open("/iscriviti/riepilogo?topics=environment").await;
    let typed = "maria@example.org";
    let back = submit(
        &mut reader,
        "/iscriviti/riepilogo",
        &summary,
        &[("email", typed), ("change", "dove")],
    )
    .await;
    assert!(back.location().starts_with("/iscriviti/dove?"), "{}", back.location());
    assert!(!back.location().contains("maria"));
    let again = reader
        .open("/iscriviti/riepilogo?topics=environment&areas=016024")
        .await;
    assert_eq!(again.attributes("#email", "value"), [typed]);
    app.advance(TimeDelta::minutes(31));
    let later = reader.open("/iscriviti/riepilogo?topics=environment").await;
    assert_eq!(later.attributes("#email", "value"), [""], "not for ever");
}

async fn the_address_never_stands_in_an_address_of_a_page(app: &TestApp) {
    let mut reader = Reader::new(app);
    reader.open("/iscriviti/riepilogo?topics=environment").await;
    let wrong = [("topics", ""), ("email", "maria@example.org"), ("consent", "yes")];
    let back = reader.send("/iscriviti/riepilogo", &wrong).await;
    assert_eq!(back.location(), "/iscriviti/cosa?kind=citizen&checked=yes");
    assert_eq!(subscribed(app).await, 0);
}

async fn subscribed(app: &TestApp) -> i64 {
    let mut transaction = app.database.read().await.unwrap();
    subscribers::last_id(&mut transaction).await.unwrap().0
}

async fn tell_me_takes_two_pages(app: &TestApp) {
    let call = app.publish(&a_call().about(&["environment"])).await;
    app.run_jobs().await;
    let mut reader = Reader::new(app);
    let page = reader.open(&informa::urls::opportunity_path(&call)).await;
    let way = page.attributes("[aria-labelledby=tell-me] a.btn", "href").remove(0);
    let how = reader.open(&way).await;
    assert_eq!(how.words("[aria-current=step]"), "Come e quando Sei qui");
    let summary = forward(&mut reader, &how, &[("way", "email")]).await;
    let done = submit(
        &mut reader,
        "/iscriviti/riepilogo",
        &summary,
        &[("consent", "yes"), ("email", "maria@example.org")],
    )
    .await;
    assert!(
        done.location().starts_with("/iscriviti/controlla?"),
        "{}",
        done.location()
    );
    app.run_jobs().await;
    app.relay.only_mail_to("maria@example.org");
}

async fn a_search_by_words_offers_the_topics_of_what_it_found(app: &TestApp) {
    app.publish(&a_call().titled("Orti di quartiere").about(&["health"]))
        .await;
    app.run_jobs().await;
    let mut reader = Reader::new(app);
    let list = reader.open("/opportunita?q=orti&area=Albino").await;
    let way = list.attributes("main a[href^='/iscriviti']", "href").remove(0);
    let how = reader.open(&way).await;
    assert_eq!(how.words("[aria-current=step]"), "Come e quando Sei qui");
    assert!(
        how.words("main").contains("su: Salute e prevenzione."),
        "what is followed is said"
    );
    assert_eq!(how.attributes("input[type=hidden][name=topics]", "value"), ["health"]);
    let nothing = reader.open("/opportunita?q=nientedelgenere").await;
    let way = nothing.attributes("main a[href^='/iscriviti']", "href").remove(0);
    let what = reader.open(&way).await;
    assert_eq!(
        what.words("[aria-current=step]"),
        "Che cosa Sei qui",
        "nothing was found to follow"
    );
}

async fn tell_me_of_a_call_for_businesses_asks_who_they_are(app: &TestApp) {
    let call = app
        .publish(&a_call().about(&["environment"]).for_kinds(&["operator"]))
        .await;
    app.run_jobs().await;
    let mut reader = Reader::new(app);
    let page = reader.open(&informa::urls::opportunity_path(&call)).await;
    let way = page.attributes("[aria-labelledby=tell-me] a.btn", "href").remove(0);
    let how = reader.open(&way).await;
    assert_eq!(how.attributes("input[name=kind][checked]", "value"), ["operator"]);
    let back = reader.open(&way.replace("/come", "/cosa")).await;
    let again = forward(&mut reader, &back, &[]).await;
    assert_eq!(
        again.attributes("input[name=kind][checked]", "value"),
        ["operator"],
        "the steps before keep what is suggested"
    );
    let summary = forward(&mut reader, &how, &[]).await;
    assert!(
        summary.words("main").contains("avresti ricevuto un avviso"),
        "{}",
        summary.words("main")
    );
    let as_citizen = forward(&mut reader, &how, &[("kind", "citizen")]).await;
    assert!(
        as_citizen.words("main").contains("cambiare chi sei"),
        "{}",
        as_citizen.words("main")
    );
    let once_more = reader.open("/iscriviti/come?kind=citizen&topics=environment").await;
    assert!(
        once_more
            .attributes("input[name=kind]", "type")
            .iter()
            .all(|it| it == "hidden")
    );
}

async fn the_estimate_counts_what_people_were_told_in_as_many_messages(app: &TestApp) {
    for number in 0..7 {
        app.publish(&a_call().titled(&format!("Bando {number}")).about(&["environment"]))
            .await;
    }
    let quiet = r#"{"source": "archivio", "source_id": "1", "kind": "call", "title": "Di un archivio",
        "topics": ["Transizione ecologica"], "territory": {"level": "national"}}"#;
    let options = Options {
        source: None,
        publish: true,
        notify: false,
    };
    let lines = [Ok(quiet.replace('\n', " "))].into_iter();
    import_opportunities(app, lines, options, || {}).await.unwrap();
    app.run_jobs().await;
    let listed = Reader::new(app).open("/opportunita").await;
    assert_eq!(listed.texts("h2.it-card-title").len(), 8, "it can be read");
    let mut reader = Reader::new(app);
    let mut said = async |frequency: &str| {
        let path = format!("/iscriviti/riepilogo?topics=environment&frequency={frequency}");
        reader.open(&path).await.words("[aria-labelledby=recall]")
    };
    let at_once = said("immediate").await;
    assert!(at_once.contains("avresti ricevuto 7 avvisi"), "{at_once}");
    assert!(!at_once.contains("riepilog"), "{at_once}");
    assert!(said("weekly").await.contains("Raccolti in 5 riepiloghi al massimo."));
    assert!(said("daily").await.contains("Raccolti in 7 riepiloghi al massimo."));
}

async fn who_is_signed_in_adds_to_their_profile(app: &TestApp) {
    let person = a_citizen().in_areas(&["016024"]).following(&["environment"]);
    let mut reader = Reader::of_person(app, &person).await;
    let sent_on = reader.open("/iscriviti/come?topics=health&place=Albino").await;
    assert!(
        sent_on.location().starts_with("/preferenze/profilo/citizen?"),
        "{}",
        sent_on.location()
    );
    let form = reader.open(sent_on.location()).await;
    assert_eq!(
        form.attributes("input[name=topics][checked]", "value"),
        ["environment", "health"]
    );
    assert_eq!(form.attributes("input[name=areas][checked]", "value").len(), 2);
    let mut transaction = app.database.read().await.unwrap();
    let place = targets::find_mailbox(&mut transaction, &person.address())
        .await
        .unwrap()
        .unwrap();
    let kept = profiles::list(&mut transaction, place.subscriber)
        .await
        .unwrap()
        .remove(0);
    assert_eq!(kept.follows.len(), 1, "nothing is changed before it is saved");
}

async fn who_is_known_goes_on_with_what_they_chose_once_they_sign_in(app: &TestApp) {
    let person = a_citizen().in_areas(&["016024"]).following(&["environment"]);
    app.subscribe(&person).await;
    let mut reader = Reader::new(app);
    reader.open("/iscriviti/riepilogo?topics=health&areas=016003").await;
    let fields = [
        ("topics", "health"),
        ("areas", "016003"),
        ("consent", "yes"),
        ("way", "email"),
        ("email", &person.email),
    ];
    let done = reader.send("/iscriviti/riepilogo", &fields).await;
    assert!(
        done.location().starts_with("/iscriviti/controlla"),
        "the same answer as ever"
    );
    app.run_jobs().await;
    let code = app.relay.only_mail_to(&person.email).code_after("/accedi/");
    let asked = reader.open(&format!("/accedi/{code}")).await;
    assert!(
        asked.words("main").contains("quello che hai appena scelto"),
        "{}",
        asked.words("main")
    );
    let entered = reader.send(&format!("/accedi/{code}"), &[]).await;
    let sent_on = reader.open(entered.location()).await;
    let form = reader.open(sent_on.location()).await;
    assert_eq!(
        form.attributes("input[name=topics][checked]", "value"),
        ["environment", "health"],
        "{}",
        entered.location()
    );
}

async fn who_confirms_sees_what(app: &TestApp) {
    let person = a_citizen()
        .in_areas(&["016024"])
        .following(&["environment"])
        .told("weekly");
    informa::services::ask_to_subscribe::ask_to_subscribe(app, &person.request(&app.vocabulary(), app.now()))
        .await
        .unwrap();
    app.run_jobs().await;
    let code = app.relay.only_mail_to(&person.email).code_after("/conferma/");
    let asked = Reader::new(app).open(&format!("/conferma/{code}")).await;
    let said = asked.words("main");
    for words in ["Ambiente", "Bergamo", "settimana"] {
        assert!(said.contains(words), "{words} is not in {said}");
    }
}

async fn a_place_of_any_length_makes_no_long_address(app: &TestApp) {
    let mut reader = Reader::new(app);
    for typed in ["x".repeat(10_000), "à".repeat(10_000)] {
        let query = serde_urlencoded(&[
            ("kind".to_owned(), "citizen".to_owned()),
            ("place".to_owned(), typed.clone()),
        ]);
        let beyond = reader.open(&format!("/iscriviti/cosa?{query}")).await;
        let lead = beyond.location();
        assert!(lead.starts_with("/iscriviti/dove?"), "{lead:.100}");
        assert!(lead.len() < 2_000, "an address of {} bytes", lead.len());
        let again = reader.open(lead).await;
        let kept = again.attributes("#place-1", "value").remove(0);
        assert_eq!(kept, typed.chars().take(200).collect::<String>());
        let sent = reader
            .send(
                "/iscriviti/riepilogo",
                &[("kind", "citizen"), ("topics", "environment"), ("place", &typed)],
            )
            .await;
        assert!(sent.location().len() < 2_000, "{} bytes", sent.location().len());
        let list = reader.open(&format!("/opportunita?area={typed}")).await;
        for way in list.attributes("main a[href^='/iscriviti']", "href") {
            assert!(way.len() < 2_000, "{} bytes", way.len());
        }
    }
}
