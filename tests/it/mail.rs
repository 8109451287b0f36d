// SPDX-License-Identifier: EUPL-1.2
//! Every mail as it arrives: its words in both languages, and its headers.

use chrono::TimeDelta;
use informa::domain::language::Language;
use informa::services::ask_to_subscribe::ask_to_subscribe;
use informa::services::send_sign_in_link::send_link_to_mailbox;
use informa::services::send_test::send_test;
use informa::storage::targets;

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen, an_operator, at};
use crate::support::on_both_engines;
use crate::support::smtp_receiver::{Mail, Stage};

on_both_engines! {
    an_announcement_in_italian,
    an_announcement_in_english,
    a_confirmation_in_italian,
    a_confirmation_in_english,
    an_announcement_has_the_headers_of_mail_that_can_be_stopped,
    what_a_person_waits_for_has_no_list_headers,
    both_parts_say_the_same_and_carry_no_foreign_address,
    markup_in_a_title_is_shown_and_does_nothing,
    a_title_cannot_add_a_header,
    a_second_attempt_is_the_same_mail,
    a_long_title_is_cut_in_the_subject_and_whole_in_the_text,
    a_subject_says_its_kind_once,
    what_editors_write_is_marked_in_a_mail_of_another_language,
    no_mail_carries_a_credential,
}

/// Addresses end in something random: it is left out of what is compared, as are spaces at the end of lines.
fn without_codes(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let coded = ["/avviso/", "/conferma/", "/disiscriviti/", "/accedi/", "-fotovoltaico-"];
        match coded
            .iter()
            .find_map(|path| line.split_once(path).map(|(before, _)| (before, path)))
        {
            Some((before, path)) => format!("{before}{path}…"),
            None => line.trim_end().to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

async fn announced(app: &TestApp, language: Language) -> Mail {
    let person = a_citizen().reading(language);
    app.subscribe(&person).await;
    app.publish(&a_call()).await;
    app.relay.only_mail_to(&person.email)
}

async fn confirmation(app: &TestApp, language: Language) -> Mail {
    let person = a_citizen().reading(language);
    ask_to_subscribe(app, &person.request(&app.vocabulary(), app.now()))
        .await
        .unwrap();
    app.run_jobs().await;
    app.relay.only_mail_to(&person.email)
}

async fn an_announcement_in_italian(app: &TestApp) {
    let mail = announced(app, Language::Italian).await;
    assert_eq!(mail.subject(), "Bando: Contributi per il fotovoltaico");
    insta::allow_duplicates! {
        insta::assert_snapshot!(without_codes(&mail.text()), @r#"
    Contributi per il fotovoltaico

    Fino a 5.000 euro per un impianto sul tetto di casa.

    Scadenza: mercoledì 30 settembre 2026
    Apertura: mercoledì 1 luglio 2026 alle 12:00
    Chi lo pubblica: Regione Lombardia
    Risorse: 1.200.000 €

    Leggi tutto:
    https://informa.example.org/opportunita/contributi-per-il-fotovoltaico-…

    Perché ricevi questa e-mail
    Perché segui Ambiente ed energia · Bergamo
    Hai chiesto di ricevere gli avvisi subito.
    Non mi interessa: https://informa.example.org/avviso/…
    Cambia: https://informa.example.org/preferenze

    --
    Gestisci questo avviso: https://informa.example.org/avviso/…
    Non voglio più queste e-mail: https://informa.example.org/disiscriviti/…
    Cambia preferenze: https://informa.example.org/preferenze
    Privacy: https://informa.example.org/privacy
    Messaggio inviato da Informa, un servizio di Ente di esempio.
    Questa e-mail non contiene tracciamenti: non sappiamo se la apri né dove clicchi.
    "#);
    }
}

async fn an_announcement_in_english(app: &TestApp) {
    let mail = announced(app, Language::English).await;
    assert_eq!(mail.subject(), "Call: Contributi per il fotovoltaico");
    insta::allow_duplicates! {
        insta::assert_snapshot!(without_codes(&mail.text()), @r#"
    Contributi per il fotovoltaico

    Fino a 5.000 euro per un impianto sul tetto di casa.

    Deadline: Wednesday 30 September 2026
    Opens: Wednesday 1 July 2026 at 12:00
    Published by: Regione Lombardia
    Funding: € 1,200,000

    Read more:
    https://informa.example.org/opportunita/contributi-per-il-fotovoltaico-…

    Why you receive this e-mail
    Because you follow Environment and energy · Bergamo
    You asked to be told at once.
    Not interested: https://informa.example.org/avviso/…
    Change: https://informa.example.org/preferenze

    --
    Manage this notification: https://informa.example.org/avviso/…
    I no longer want these e-mails: https://informa.example.org/disiscriviti/…
    Change preferences: https://informa.example.org/preferenze
    Privacy: https://informa.example.org/privacy
    Sent by Informa, a service of Ente di esempio.
    This e-mail holds no tracking: we do not know whether you open it or what you click.
    "#);
    }
}

async fn a_confirmation_in_italian(app: &TestApp) {
    let mail = confirmation(app, Language::Italian).await;
    assert_eq!(mail.subject(), "Conferma la tua iscrizione a Informa");
    insta::allow_duplicates! {
        insta::assert_snapshot!(without_codes(&mail.text()), @r#"
    Conferma la tua iscrizione

    Qualcuno, speriamo tu, ha chiesto di ricevere gli avvisi di Informa a questo indirizzo.

    Conferma l'iscrizione:
    https://informa.example.org/conferma/…

    Il collegamento vale 7 giorni e si usa una volta sola. Se non l'hai chiesto tu, ignora questo messaggio: non riceverai altro.

    --
    Privacy: https://informa.example.org/privacy
    Messaggio inviato da Informa, un servizio di Ente di esempio.
    "#);
    }
}

async fn a_confirmation_in_english(app: &TestApp) {
    let mail = confirmation(app, Language::English).await;
    assert_eq!(mail.subject(), "Confirm your subscription to Informa");
    insta::allow_duplicates! {
        insta::assert_snapshot!(without_codes(&mail.text()), @r#"
    Confirm your subscription

    Somebody (you, we hope) asked to receive the notifications of Informa at this address.

    Confirm the subscription:
    https://informa.example.org/conferma/…

    The link works for 7 days and once only. If it was not you, ignore this message: you will receive nothing else.

    --
    Privacy: https://informa.example.org/privacy
    Sent by Informa, a service of Ente di esempio.
    "#);
    }
}

fn header(mail: &Mail, name: &str) -> String {
    mail.header(name).unwrap_or_else(|| panic!("no header {name}"))
}

async fn an_announcement_has_the_headers_of_mail_that_can_be_stopped(app: &TestApp) {
    let mail = announced(app, Language::Italian).await;
    let stop = header(&mail, "List-Unsubscribe");
    let (page, address) = stop
        .split_once(", ")
        .expect("an address to post to and one to write to");
    assert!(
        page.starts_with("<https://informa.example.org/disiscriviti/") && page.ends_with('>'),
        "{page}"
    );
    assert!(address.starts_with("<mailto:informa@example.org?subject="), "{address}");
    assert_eq!(header(&mail, "List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert_eq!(header(&mail, "List-Id"), "\"Informa\" <citizen.informa.example.org>");
    assert_eq!(header(&mail, "Auto-Submitted"), "auto-generated");
    assert_eq!(header(&mail, "Precedence"), "bulk");
    assert_eq!(header(&mail, "Reply-To"), "informa@example.org");
    assert_eq!(header(&mail, "From"), "Informa <avvisi@informa.example.org>");
    assert_eq!(header(&mail, "Content-Language"), "it");
    assert!(header(&mail, "Feedback-ID").contains("citizen"));
    assert!(header(&mail, "Message-ID").ends_with("@informa.example.org>"));
    assert!(header(&mail, "Content-Type").starts_with("multipart/alternative"));
    assert_eq!(
        header(&mail, "Date"),
        "Wed, 01 Jul 2026 08:00:00 +0000",
        "by the program's clock"
    );
    assert!(mail.raw.len() < 100_000);
}

async fn what_a_person_waits_for_has_no_list_headers(app: &TestApp) {
    let person = a_citizen();
    let mut mails = vec![confirmation(app, Language::Italian).await];
    let subscriber = {
        app.advance(TimeDelta::hours(2));
        app.subscribe(&person).await
    };
    send_link_to_mailbox(app, &person.address()).await.unwrap();
    let mut transaction = app.database.read().await.unwrap();
    let target = targets::list(&mut transaction, subscriber).await.unwrap()[0].id;
    drop(transaction);
    send_test(app, subscriber, target).await.unwrap();
    app.run_jobs().await;
    mails.extend(app.relay.mails_to(&person.email));
    assert_eq!(mails.len(), 3);
    for mail in &mails {
        for name in ["List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Precedence"] {
            assert_eq!(mail.header(name), None, "{name} in {}", mail.subject());
        }
        assert_eq!(header(mail, "Auto-Submitted"), "auto-generated");
        assert!(!mail.text().contains("disiscriviti"), "{}", mail.text());
    }
}

async fn both_parts_say_the_same_and_carry_no_foreign_address(app: &TestApp) {
    let mail = announced(app, Language::Italian).await;
    let (text, html) = (mail.text(), mail.html());
    assert!(
        text.contains("\n-- \n"),
        "a signature begins with two hyphens and a space"
    );
    for said in [
        "Contributi per il fotovoltaico",
        "Fino a 5.000 euro per un impianto sul tetto di casa.",
        "mercoledì 30 settembre 2026",
        "Regione Lombardia",
        "1.200.000",
        "https://informa.example.org/disiscriviti/",
        "https://informa.example.org/preferenze",
        "https://informa.example.org/privacy",
    ] {
        assert!(text.contains(said), "{said} is not in the text:\n{text}");
        assert!(html.contains(said), "{said} is not in the page:\n{html}");
    }
    let addresses = html.split("href=\"").skip(1).chain(html.split("src=\"").skip(1));
    for address in addresses {
        assert!(
            address.starts_with("https://informa.example.org/"),
            "{}",
            &address[..60]
        );
    }
    assert!(!html.contains("<img"), "no tracking");
}

async fn markup_in_a_title_is_shown_and_does_nothing(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    let title = "<script>alert(1)</script> & <b>\"grassetto\"</b>";
    app.publish(&a_call().titled(title).summed_up("<img src=x onerror=alert(1)>"))
        .await;
    let mail = app.relay.only_mail_to(&person.email);
    assert!(mail.text().contains(title), "{}", mail.text());
    let html = mail.html();
    assert!(
        !html.contains("<script") && !html.contains("<img") && !html.contains("<b>"),
        "{html}"
    );
    assert!(html.contains("alert(1)"));
}

async fn a_title_cannot_add_a_header(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    app.publish(&a_call().titled("Uno\r\nBcc: altri@example.org\r\n\r\nDue"))
        .await;
    let mail = app.relay.only_mail_to(&person.email);
    assert_eq!(mail.header("Bcc"), None);
    assert_eq!(mail.subject(), "Bando: Uno Bcc: altri@example.org Due");
}

async fn a_second_attempt_is_the_same_mail(app: &TestApp) {
    let (one, other) = (a_citizen(), an_operator());
    app.subscribe(&one).await;
    app.subscribe(&other).await;
    app.publish(&a_call()).await;
    let first = header(&app.relay.only_mail_to(&one.email), "Message-ID");
    assert_ne!(first, header(&app.relay.only_mail_to(&other.email), "Message-ID"));
    // The relay takes it, and the program is not there to hear so: what it had claimed is sent again.
    crate::support::rows::execute(
        &app.database,
        "update notifications set state = 1, finished_at = null where lane = 2",
    )
    .await;
    app.relay.refuse(&one.email, Stage::Recipient, "451 4.3.0 later");
    app.run_jobs().await;
    app.relay.accept(&one.email);
    app.advance(TimeDelta::minutes(1));
    app.run_jobs().await;
    let ids: Vec<String> = app
        .relay
        .mails_to(&one.email)
        .iter()
        .map(|mail| header(mail, "Message-ID"))
        .collect();
    assert_eq!(ids, [first.clone(), first]);
}

async fn a_long_title_is_cut_in_the_subject_and_whole_in_the_text(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    let title = "Contributi a fondo perduto per l'efficientamento energetico degli edifici pubblici dei piccoli comuni";
    app.publish(&a_call().titled(title).closing(Some(at("2026-09-15T12:00:00"))))
        .await;
    let mail = app.relay.only_mail_to(&person.email);
    let subject = mail.subject();
    assert!(subject.chars().count() <= 60 && subject.ends_with('…'), "{subject}");
    assert!(mail.text().contains(title));
    assert!(
        mail.text().contains("martedì 15 settembre 2026 alle 12:00"),
        "{}",
        mail.text()
    );
}

async fn a_subject_says_its_kind_once(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    for (title, subject) in [
        ("Vetrine nuove", "Bando: Vetrine nuove"),
        ("Bando Vetrine nuove", "Bando Vetrine nuove"),
        ("BANDO: vetrine", "BANDO: vetrine"),
        ("Avviso pubblico per le vetrine", "Avviso pubblico per le vetrine"),
        ("Bandolo della matassa", "Bando: Bandolo della matassa"),
    ] {
        app.relay.forget();
        app.publish(&a_call().titled(title)).await;
        assert_eq!(app.relay.only_mail_to("maria@example.org").subject(), subject);
    }
}

async fn what_editors_write_is_marked_in_a_mail_of_another_language(app: &TestApp) {
    let english = announced(app, Language::English).await.html();
    for words in [
        "<h1 lang=\"it\">Contributi per il fotovoltaico</h1>",
        "<p lang=\"it\">Fino a 5.000 euro per un impianto sul tetto di casa.</p>",
    ] {
        assert!(english.contains(words), "{words} is not in\n{english}");
    }
    let italian = a_citizen().called("ugo@example.org");
    app.subscribe(&italian).await;
    app.publish(&a_call().titled("Altro")).await;
    let html = app.relay.only_mail_to("ugo@example.org").html();
    assert_eq!(html.matches("lang=").count(), 1, "the whole mail is Italian");
}

async fn no_mail_carries_a_credential(app: &TestApp) {
    let text = announced(app, Language::Italian).await.text();
    assert!(text.contains("https://informa.example.org/preferenze\n"), "{text}");
    assert!(!text.contains("/accedi/") && !text.contains("/conferma/"), "{text}");
}
