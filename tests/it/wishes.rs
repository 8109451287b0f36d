// SPDX-License-Identifier: EUPL-1.2
//! What a person chooses for themselves: topic by topic, when to be left in peace, and a pause that loses nothing.

use axum::http::StatusCode;
use chrono::TimeDelta;
use informa::domain::ids::SubscriberId;
use informa::domain::opportunity::OpportunityKind;
use informa::domain::profile::{Channels, Frequency, TellingOverride};
use informa::domain::quiet_hours::QuietHours;
use informa::domain::wishes::Pause;
use informa::services::choose_wishes::{choose_restraints, read_wishes, take_pause};
use informa::services::compose_digests::compose_digests;
use informa::services::read_inbox::read_inbox;
use informa::services::save_profile::{save_profile, telling_of};
use informa::storage::{profiles, subscribers};

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen, at};
use crate::support::on_both_engines;
use crate::support::push_service::Browser;
use crate::support::reader::Reader;
use crate::support::smtp_receiver::Mail;

on_both_engines! {
    each_topic_is_told_as_its_own_line_says,
    the_rest_is_told_as_usual,
    answering_the_questions_again_keeps_the_lines,
    a_grid_without_its_usual_line_is_refused_and_changes_nothing,
    own_quiet_hours_go_before_the_installations,
    somebody_may_be_told_at_any_hour,
    an_own_cap_goes_before_the_installations,
    what_is_as_usual_follows_the_installation,
    nothing_is_sent_in_a_pause_and_one_digest_follows_it,
    a_weekly_reader_gets_one_digest_after_a_pause_too,
    alerts_arrive_in_a_pause,
    a_pause_can_be_ended_at_once,
    hours_that_there_are_not_are_refused,
    hours_that_begin_when_they_end_are_explained_and_stay,
    a_pause_can_be_lengthened_once_by_each_form,
}

async fn until(app: &TestApp, time: &str) {
    let delta = TimeDelta::milliseconds(at(time).milliseconds() - app.now().milliseconds());
    assert!(delta > TimeDelta::zero(), "{time} is past");
    app.advance(delta);
    app.run_jobs().await;
}

async fn morning(app: &TestApp, day: &str) {
    until(app, &format!("{day}T08:30:00")).await;
    compose_digests(app, Frequency::Daily).await.unwrap();
    compose_digests(app, Frequency::Weekly).await.unwrap();
    app.run_jobs().await;
}

fn subjects(app: &TestApp) -> Vec<String> {
    app.relay.mails().iter().map(Mail::subject).collect()
}

fn pushed(app: &TestApp, browser: &Browser) -> usize {
    app.push_service.messages_to(browser).len()
}

async fn last_person(app: &TestApp) -> SubscriberId {
    let mut transaction = app.database.read().await.unwrap();
    subscribers::last_id(&mut transaction).await.unwrap()
}

async fn each_topic_is_told_as_its_own_line_says(app: &TestApp) {
    let person = a_citizen().following(&["environment", "health", "work"]);
    let mut reader = Reader::of_person(app, &person).await;
    let grid = reader.open("/preferenze/profilo/citizen/argomenti").await;
    assert_eq!(grid.status, StatusCode::OK);
    let chosen = |field: &str| {
        let listed = grid.attributes(&format!("#{field} option[selected]"), "value");
        let buttons = grid.attributes(&format!("input[name={field}][checked]"), "value");
        [listed, buttons].concat()
    };
    assert_eq!(
        (chosen("frequency"), chosen("way")),
        (vec!["immediate".to_owned()], vec!["email".to_owned()])
    );
    assert_eq!(
        (chosen("frequency-health"), chosen("way-health")),
        (vec![String::new()], vec![String::new()])
    );
    let saved = reader
        .send(
            "/preferenze/profilo/citizen/argomenti",
            &[
                ("frequency", "immediate"),
                ("way", "email"),
                ("frequency-health", "daily"),
                ("way-work", "none"),
                ("frequency-nonsense", "daily"),
            ],
        )
        .await;
    assert_eq!(saved.location(), "/preferenze?done=saved");
    app.relay.forget();
    app.publish(&a_call().titled("Salute").about(&["health"])).await;
    app.publish(&a_call().titled("Lavoro").about(&["work"])).await;
    app.publish(&a_call().titled("Ambiente").about(&["environment"])).await;
    app.run_jobs().await;
    let at_once = subjects(app);
    assert_eq!(at_once.len(), 1, "{at_once:?}");
    assert!(at_once[0].contains("Ambiente"), "{at_once:?}");
    app.relay.forget();
    morning(app, "2026-07-02").await;
    let digest = app.relay.only_mail_to(&person.email).text();
    assert!(
        digest.contains("Salute") && !digest.contains("Lavoro") && !digest.contains("Ambiente"),
        "{digest}"
    );
    let inbox = read_inbox(app, last_person(app).await, 10, 0).await.unwrap();
    assert_eq!(inbox.len(), 3, "what is not told is in the inbox");
}

async fn the_rest_is_told_as_usual(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen().following(&["environment", "health"])).await;
    let fields = [
        ("frequency", "daily"),
        ("way", "email"),
        ("frequency-health", "immediate"),
    ];
    reader.send("/preferenze/profilo/citizen/argomenti", &fields).await;
    app.relay.forget();
    app.publish(&a_call().titled("Ambiente").about(&["environment"])).await;
    app.run_jobs().await;
    assert_eq!(subjects(app), Vec::<String>::new());
    app.publish(&a_call().titled("Salute").about(&["health"])).await;
    app.run_jobs().await;
    assert_eq!(subjects(app).len(), 1);
}

async fn answering_the_questions_again_keeps_the_lines(app: &TestApp) {
    let person = a_citizen().following(&["environment", "health"]);
    let mut reader = Reader::of_person(app, &person).await;
    let fields = [
        ("frequency", "immediate"),
        ("way", "email"),
        ("frequency-health", "weekly"),
        ("way-health", "both"),
    ];
    reader.send("/preferenze/profilo/citizen/argomenti", &fields).await;
    let id = last_person(app).await;
    let again = person.following(&["health", "work"]);
    save_profile(app, id, &again.choices(&app.vocabulary())).await.unwrap();
    let mut transaction = app.database.read().await.unwrap();
    let kept = profiles::list(&mut transaction, id).await.unwrap().remove(0);
    let vocabulary = app.vocabulary();
    let telling = |code: &str| telling_of(&kept, vocabulary.topics.by_code(code).unwrap().id);
    let weekly_by_both = TellingOverride {
        frequency: Some(Frequency::Weekly),
        channels: Some(Channels::WEB_PUSH.union(Channels::EMAIL)),
    };
    assert_eq!(telling("health"), weekly_by_both);
    assert_eq!(telling("work"), TellingOverride::default());
    drop(transaction);
    app.run_jobs().await;
}

async fn a_grid_without_its_usual_line_is_refused_and_changes_nothing(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    for fields in [
        vec![("frequency", "hourly"), ("way", "email")],
        vec![("frequency", "daily"), ("way", "pigeon")],
    ] {
        let answer = reader.send("/preferenze/profilo/citizen/argomenti", &fields).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{fields:?}");
    }
    let missing = reader.open("/preferenze/profilo/operator/argomenti").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    let id = last_person(app).await;
    let mut transaction = app.database.read().await.unwrap();
    let kept = profiles::list(&mut transaction, id).await.unwrap().remove(0);
    assert_eq!(kept.telling.frequency, Frequency::Immediate);
}

async fn own_quiet_hours_go_before_the_installations(app: &TestApp) {
    let (person, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    choose_restraints(app, person, QuietHours::between(13, 15).unwrap(), 5)
        .await
        .unwrap();
    until(app, "2026-07-01T13:30:00").await;
    app.publish(&a_call().titled("Di pomeriggio")).await;
    app.run_jobs().await;
    assert_eq!(pushed(app, &browser), 0, "it is their quiet hour");
    until(app, "2026-07-01T15:00:00").await;
    assert_eq!(pushed(app, &browser), 1);
    until(app, "2026-07-01T22:00:00").await;
    app.publish(&a_call().titled("Di sera")).await;
    app.run_jobs().await;
    assert_eq!(pushed(app, &browser), 2, "the night is not theirs");
}

async fn somebody_may_be_told_at_any_hour(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let fields = [("quiet", "none"), ("from", "21"), ("to", "8"), ("cap", "5")];
    let saved = reader.send("/preferenze/quando", &fields).await;
    assert_eq!(saved.location(), "/preferenze?done=saved");
    let wishes = read_wishes(app, last_person(app).await).await.unwrap();
    assert_eq!(
        (wishes.quiet_hours, wishes.weekly_pushes),
        (Some(QuietHours::NONE), None)
    );
    let page = reader.open("/preferenze/quando").await;
    assert_eq!(page.attributes("input[name=quiet][checked]", "value"), ["none"]);
    let fields = [("quiet", "hours"), ("from", "22"), ("to", "6"), ("cap", "5")];
    reader.send("/preferenze/quando", &fields).await;
    let page = reader.open("/preferenze/quando").await;
    assert_eq!(page.attributes("input[name=quiet][checked]", "value"), ["hours"]);
    assert_eq!(page.attributes("option[selected]", "value"), ["22", "6"]);
}

async fn an_own_cap_goes_before_the_installations(app: &TestApp) {
    let (person, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let (other, unlimited) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    choose_restraints(app, person, QuietHours::of_the_night(), 3)
        .await
        .unwrap();
    choose_restraints(app, other, QuietHours::of_the_night(), 0)
        .await
        .unwrap();
    for number in 0..7 {
        app.publish(&a_call().titled(&format!("Bando {number}"))).await;
    }
    app.run_jobs().await;
    assert_eq!((pushed(app, &browser), pushed(app, &unlimited)), (3, 7));
    morning(app, "2026-07-02").await;
    assert_eq!(
        (pushed(app, &browser), pushed(app, &unlimited)),
        (4, 7),
        "the rest is one digest"
    );
}

async fn what_is_as_usual_follows_the_installation(app: &TestApp) {
    let person = app.subscribe(&a_citizen()).await;
    choose_restraints(app, person, QuietHours::between(22, 6).unwrap(), 10)
        .await
        .unwrap();
    choose_restraints(app, person, app.config.quiet_hours, app.config.weekly_pushes)
        .await
        .unwrap();
    let wishes = read_wishes(app, person).await.unwrap();
    assert_eq!((wishes.quiet_hours, wishes.weekly_pushes), (None, None));
}

async fn nothing_is_sent_in_a_pause_and_one_digest_follows_it(app: &TestApp) {
    let person = a_citizen().by(&["web_push", "email"]);
    let (id, browser) = app.subscribe_browser(&person).await;
    take_pause(app, id, Some(Pause::Week)).await.unwrap();
    app.publish(&a_call().titled("Nella pausa")).await;
    let soon = app.now().plus(TimeDelta::days(3));
    app.publish(&a_call().titled("Scade nella pausa").closing(Some(soon)))
        .await;
    app.run_jobs().await;
    for day in ["2026-07-02", "2026-07-04", "2026-07-08"] {
        morning(app, day).await;
        assert_eq!((pushed(app, &browser), subjects(app).len()), (0, 0), "{day}");
    }
    until(app, "2026-07-08T12:00:00").await;
    app.publish(&a_call().titled("Dopo la pausa")).await;
    app.run_jobs().await;
    assert_eq!(pushed(app, &browser), 1, "it is over at once");
    morning(app, "2026-07-09").await;
    let messages = app.push_service.messages_to(&browser);
    assert_eq!(messages.len(), 2, "and one digest tells the rest");
    let digest = &messages[1];
    assert!(digest.body().contains("Nella pausa"), "{}", digest.body());
    assert!(!digest.body().contains("Scade nella pausa") && !digest.body().contains("Dopo la pausa"));
    morning(app, "2026-07-10").await;
    assert_eq!(pushed(app, &browser), 2, "nothing twice");
}

async fn a_weekly_reader_gets_one_digest_after_a_pause_too(app: &TestApp) {
    let person = a_citizen().told("weekly");
    let id = app.subscribe(&person).await;
    app.publish(&a_call().titled("Prima")).await;
    app.run_jobs().await;
    take_pause(app, id, Some(Pause::Week)).await.unwrap();
    morning(app, "2026-07-06").await;
    assert_eq!(subjects(app), Vec::<String>::new(), "Monday is in the pause");
    app.publish(&a_call().titled("Seconda")).await;
    app.run_jobs().await;
    morning(app, "2026-07-13").await;
    let digest = app.relay.only_mail_to(&person.email).text();
    assert!(digest.contains("Prima") && digest.contains("Seconda"), "{digest}");
}

async fn alerts_arrive_in_a_pause(app: &TestApp) {
    let (id, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    take_pause(app, id, Some(Pause::Month)).await.unwrap();
    app.publish(&a_call().kind(OpportunityKind::Alert).titled("Allerta neve"))
        .await;
    app.run_jobs().await;
    assert_eq!(pushed(app, &browser), 1);
}

async fn a_pause_can_be_ended_at_once(app: &TestApp) {
    let person = a_citizen();
    let mut reader = Reader::of_person(app, &person).await;
    let paused = reader.send("/preferenze/pausa", &[("length", "month")]).await;
    assert_eq!(paused.location(), "/preferenze?done=paused");
    let page = reader.open("/preferenze").await;
    assert!(
        page.words("[aria-labelledby=peace]").contains("31 luglio 2026"),
        "{}",
        page.words("main")
    );
    app.relay.forget();
    app.publish(&a_call().titled("Nella pausa")).await;
    app.run_jobs().await;
    assert_eq!(subjects(app).len(), 0);
    let forged = reader.send("/preferenze/pausa", &[("length", "century")]).await;
    assert_eq!(
        forged.status,
        StatusCode::BAD_REQUEST,
        "what no button says ends no pause"
    );
    let resumed = reader.send("/preferenze/pausa", &[("length", "")]).await;
    assert_eq!(resumed.location(), "/preferenze?done=resumed");
    morning(app, "2026-07-02").await;
    assert!(app.relay.only_mail_to(&person.email).text().contains("Nella pausa"));
}

async fn hours_that_there_are_not_are_refused(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    for (from, to, cap) in [
        ("24", "8", "5"),
        ("x", "8", "5"),
        ("21", "", "5"),
        ("21", "8", "4"),
        ("21", "8", "-1"),
    ] {
        let answer = reader
            .send(
                "/preferenze/quando",
                &[("quiet", "hours"), ("from", from), ("to", to), ("cap", cap)],
            )
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{from}-{to}, {cap}");
    }
    let fields = [("quiet", "sometimes"), ("from", "21"), ("to", "8"), ("cap", "5")];
    let answer = reader.send("/preferenze/quando", &fields).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let wishes = read_wishes(app, last_person(app).await).await.unwrap();
    assert_eq!((wishes.quiet_hours, wishes.weekly_pushes), (None, None));
}

async fn hours_that_begin_when_they_end_are_explained_and_stay(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    reader.open("/preferenze/quando").await;
    let fields = [("quiet", "hours"), ("from", "8"), ("to", "8"), ("cap", "0")];
    let answer = reader.send("/preferenze/quando", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.words("title").starts_with("Errore"), "{}", answer.words("title"));
    assert_eq!(answer.attributes("#errors a", "href"), ["#from"]);
    assert!(answer.words("#hours-error").contains("due ore diverse"));
    assert_eq!(
        answer.attributes("#from, #to", "aria-describedby"),
        ["hours-error", "hours-error"]
    );
    assert_eq!(answer.attributes("option[selected]", "value"), ["8", "8"]);
    assert_eq!(answer.attributes("input[name=cap][checked]", "value"), ["0"]);
    let wishes = read_wishes(app, last_person(app).await).await.unwrap();
    assert_eq!((wishes.quiet_hours, wishes.weekly_pushes), (None, None));
}

async fn a_pause_can_be_lengthened_once_by_each_form(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    reader.send("/preferenze/pausa", &[("length", "week")]).await;
    let page = reader.open("/preferenze/quando").await;
    let end = page.attributes("input[name=end]", "value").remove(0);
    assert_eq!(page.attributes("button[name=longer]", "value"), ["week", "month"]);
    for _ in 0..2 {
        let done = reader
            .send("/preferenze/pausa", &[("longer", "week"), ("end", &end)])
            .await;
        assert_eq!(done.location(), "/preferenze?done=paused");
    }
    let wishes = read_wishes(app, last_person(app).await).await.unwrap();
    let until = wishes.pause(app.now()).unwrap();
    assert_eq!(
        until.since(app.now()),
        TimeDelta::days(14),
        "twice the same form lengthens it once"
    );
    for fields in [
        [("longer", "century"), ("end", &*end)],
        [("longer", "week"), ("end", "x")],
    ] {
        let answer = reader.send("/preferenze/pausa", &fields).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{fields:?}");
    }
}
