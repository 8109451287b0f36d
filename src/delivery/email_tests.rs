// SPDX-License-Identifier: EUPL-1.2
//! Mails read back by a parser that did not write them.

use insta::assert_snapshot;
use mail_parser::HeaderValue as Parsed;
use mail_parser::MessageParser;
use proptest::prelude::*;

use super::*;

/// As long as tokens get.
const LONG_TOKEN: &str = "Q2l0dGFkaW5pLWUtaW1wcmVzZS1kZWxsYS1Mb21iYXJkaWEtMDEyMzQ1Njc4OWFiY2RlZg";

fn letter() -> Letter<'static> {
    Letter {
        from: "Lombardia Informa <avvisi@example.org>",
        reply_to: Some("URP <urp@example.org>"),
        to: "maria.rossi@example.com",
        return_path: "bounces+k3x9@example.org",
        subject: "Bando Nuova Impresa: domande fino al 30/11",
        text: "Ciao,\nil bando è aperto.\n.\nFrom here on: 100% = tutto.\n",
        html: "<!doctype html><html lang=\"it\"><p>Il bando è <b>aperto</b>.</p></html>",
        message_id: "n42.t7@example.org",
        date: Timestamp::from_milliseconds(1_782_864_000_000),
        language: "it",
        is_automatic: true,
        list: Some(ListHeaders {
            unsubscribe_url: "https://informa.example.org/unsubscribe/abc",
            unsubscribe_mailto: Some("mailto:unsubscribe@example.org?subject=abc"),
            list_id: "avvisi.informa.example.org",
            list_name: "Lombardia Informa",
        }),
        feedback_id: Some("call:immediate:informa:example"),
    }
}

fn composed(letter: &Letter<'_>) -> String {
    String::from_utf8(compose(letter).unwrap().message).unwrap()
}

/// The header as it stands, unfolded.
fn header<'a>(message: &'a str, name: &str) -> Vec<&'a str> {
    let (head, _) = message.split_once("\r\n\r\n").unwrap();
    let start = format!("{name}: ");
    head.split("\r\n")
        .filter_map(|line| line.strip_prefix(start.as_str()))
        .collect()
}

fn unfolded(message: &str) -> String {
    message.replace("\r\n ", " ").replace("\r\n\t", "\t")
}

#[test]
fn a_mail_has_two_complete_alternatives_and_the_headers_of_automatic_mail() {
    assert_snapshot!(composed(&letter()).replace('\r', ""), @r#"
    From: "Lombardia Informa" <avvisi@example.org>
    To: maria.rossi@example.com
    Date: Wed, 01 Jul 2026 00:00:00 +0000
    Subject: Bando Nuova Impresa: domande fino al 30/11
    Message-ID: <n42.t7@example.org>
    Reply-To: URP <urp@example.org>
    Auto-Submitted: auto-generated
    Content-Language: it
    Feedback-ID: call:immediate:informa:example
    List-Unsubscribe: <https://informa.example.org/unsubscribe/abc>,
     <mailto:unsubscribe@example.org?subject=abc>
    List-Unsubscribe-Post: List-Unsubscribe=One-Click
    List-Id: "Lombardia Informa" <avvisi.informa.example.org>
    Precedence: bulk
    MIME-Version: 1.0
    Content-Type: multipart/alternative; boundary="=_n42t7exampleorg"

    --=_n42t7exampleorg
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: quoted-printable

    Ciao,
    il bando =C3=A8 aperto.
    .
    From here on: 100% =3D tutto.

    --=_n42t7exampleorg
    Content-Type: text/html; charset=utf-8
    Content-Transfer-Encoding: quoted-printable

    <!doctype html><html lang=3D"it"><p>Il bando =C3=A8 <b>aperto</b>.</p></htm=
    l>
    --=_n42t7exampleorg--
    "#);
}

#[test]
fn a_parser_reads_back_what_was_written() {
    let letter = letter();
    let mail = compose(&letter).unwrap();
    let parsed = MessageParser::default().parse(&mail.message).unwrap();
    assert_eq!(parsed.subject(), Some(letter.subject));
    assert_eq!(parsed.message_id(), Some(letter.message_id));
    assert_eq!(parsed.date().unwrap().to_timestamp(), letter.date.seconds());
    assert_eq!(parsed.body_text(0).unwrap().replace("\r\n", "\n"), letter.text);
    assert_eq!(parsed.body_html(0).unwrap(), letter.html);
    assert_eq!(parsed.text_body_count() + parsed.html_body_count(), 2);
    assert_eq!(mail.to.to_string(), letter.to);
    assert_eq!(mail.return_path.to_string(), letter.return_path);
}

#[test]
fn a_mail_shows_no_address() {
    let shown = format!("{:?}", compose(&letter()).unwrap());
    assert!(!shown.contains("maria") && !shown.contains("bounces"), "{shown}");
}

#[test]
fn the_same_letter_makes_the_same_mail() {
    assert_eq!(compose(&letter()), compose(&letter()));
}

#[test]
fn mail_that_is_no_list_mail_has_no_list_headers() {
    let message = composed(&Letter {
        list: None,
        feedback_id: None,
        reply_to: None,
        ..letter()
    });
    for name in [
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "List-Id",
        "Precedence",
        "Feedback-ID",
        "Reply-To",
    ] {
        assert_eq!(header(&message, name), Vec::<&str>::new(), "{name}");
    }
    assert_eq!(header(&message, "Auto-Submitted"), ["auto-generated"]);
}

#[test]
fn long_unsubscribe_links_are_folded_between_and_never_encoded() {
    let url = format!("https://informa.example.org/unsubscribe/{LONG_TOKEN}?kind=follow&digest=weekly");
    let mailto = format!("mailto:unsubscribe@example.org?subject={LONG_TOKEN}");
    let mut letter = letter();
    letter.list = letter.list.map(|list| ListHeaders {
        unsubscribe_url: &url,
        unsubscribe_mailto: Some(&mailto),
        ..list
    });
    let message = composed(&letter);
    assert!(!message.split("\r\n\r\n").next().unwrap().contains("=?utf-8?"));
    let whole = unfolded(&message);
    let headers = header(&whole, "List-Unsubscribe");
    let [value] = headers.as_slice() else {
        panic!("{headers:?}")
    };
    assert_eq!(
        value.split_whitespace().collect::<String>(),
        format!("<{url}>,<{mailto}>")
    );
    let parsed = MessageParser::default().parse(message.as_bytes()).unwrap();
    let Parsed::Address(list) = parsed.list_unsubscribe() else {
        panic!()
    };
    let addresses: Vec<_> = list.iter().filter_map(|it| it.address()).collect();
    assert_eq!(addresses, [&url, &mailto]);
}

#[test]
fn names_and_subjects_beyond_ascii_survive() {
    let name = "Novità, \"avvisi\" e bandi della Città metropolitana di Milano – perché no? 🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉";
    let mut letter = letter();
    letter.subject = "È aperto: «Città» 🎉 — Tourismusförderung, perché più novità non guastano mai in oggetto lungo";
    letter.from = "Città informa <avvisi@example.org>";
    letter.list = letter.list.map(|list| ListHeaders {
        list_name: name,
        ..list
    });
    let message = composed(&letter);
    assert!(message.is_ascii());
    let parsed = MessageParser::default().parse(message.as_bytes()).unwrap();
    assert_eq!(parsed.subject(), Some(letter.subject));
    assert_eq!(parsed.from().unwrap().first().unwrap().name(), Some("Città informa"));
    let Parsed::Address(list) = parsed.list_id() else {
        panic!()
    };
    assert_eq!(list.first().unwrap().name(), Some(name));
    assert_eq!(list.first().unwrap().address(), Some("avvisi.informa.example.org"));
}

#[test]
fn a_quoted_list_name_keeps_its_specials() {
    let mut letter = letter();
    letter.list = letter.list.map(|list| ListHeaders {
        list_name: "Bandi \"A\\B\" (prova) <x>",
        ..list
    });
    let message = composed(&letter);
    assert_eq!(
        header(&unfolded(&message), "List-Id"),
        ["\"Bandi \\\"A\\\\B\\\" (prova) <x>\" <avvisi.informa.example.org>"]
    );
}

proptest! {
    #[test]
    fn no_title_and_no_name_adds_a_header(
        subject in "(\\PC|[\r\n\t\0]|Bcc: a@b\\.c){0,20}",
        name in "(\\PC|[\r\n\t\0]){0,12}",
    ) {
        let subject = format!("{subject}\r\nBcc: eve@example.net\r\n\r\nbody");
        let name = format!("{name}\r\nBcc: eve@example.net");
        let mut letter = letter();
        letter.subject = &subject;
        letter.list = letter.list.map(|list| ListHeaders { list_name: &name, ..list });
        let message = composed(&letter);
        prop_assert!(message.is_ascii());
        let expected = composed(&self::letter());
        let names = |message: &str| -> Vec<String> {
            let (head, _) = message.split_once("\r\n\r\n").unwrap();
            let lines = head.split("\r\n").filter(|line| !line.starts_with(' '));
            lines.map(|line| line.split(':').next().unwrap().to_owned()).collect()
        };
        prop_assert_eq!(names(&message), names(&expected));
        let body = |message: &str| message.split_once("\r\n\r\n").unwrap().1.to_owned();
        prop_assert_eq!(body(&message), body(&expected));
    }

    #[test]
    fn every_text_comes_through_whole_in_short_ascii_lines(text in "(\\PC|\n){0,400}") {
        let message = composed(&Letter { text: &text, ..letter() });
        prop_assert!(message.is_ascii());
        prop_assert!(message.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])));
        let parsed = MessageParser::default().parse(message.as_bytes()).unwrap();
        prop_assert_eq!(parsed.body_text(0).unwrap_or_default().replace("\r\n", "\n"), text);
    }
}

#[test]
fn international_domains_are_written_in_ascii_and_international_local_parts_refused() {
    let mail = compose(&Letter {
        to: "maria@città.example",
        ..letter()
    })
    .unwrap();
    assert_eq!(mail.to.to_string(), "maria@xn--citt-3na.example");
    let refused = compose(&Letter {
        to: "marià@example.com",
        ..letter()
    });
    assert_eq!(refused, Err(LetterError::Address("the recipient")));
}

#[test]
fn malformed_parts_are_refused_by_name() {
    let refusal = |change: fn(&mut Letter<'static>)| {
        let mut letter = letter();
        change(&mut letter);
        compose(&letter).unwrap_err()
    };
    let list = |change: fn(&mut ListHeaders<'static>)| {
        let mut letter = letter();
        letter.list.as_mut().map(change);
        compose(&letter).unwrap_err()
    };
    let recipient = LetterError::Address("the recipient");
    assert_eq!(refusal(|it| it.to = "maria.rossi"), recipient);
    assert_eq!(refusal(|it| it.to = "Maria <maria@example.com>"), recipient);
    assert_eq!(
        refusal(|it| it.to = "a@example.com>\r\nRCPT TO:<b@example.com"),
        recipient
    );
    assert_eq!(refusal(|it| it.to = "\"a\r\n\"@example.com"), recipient);
    assert_eq!(refusal(|it| it.to = "a@example.com, b@example.com"), recipient);
    assert_eq!(
        refusal(|it| it.from = "Evil\r\nBcc: eve@example.net"),
        LetterError::Address("the sender")
    );
    assert_eq!(
        refusal(|it| it.return_path = ""),
        LetterError::Address("the return path")
    );
    assert_eq!(
        refusal(|it| it.reply_to = Some("urp")),
        LetterError::Address("the address for answers")
    );
    let message_id = LetterError::Header("the message id");
    assert_eq!(refusal(|it| it.message_id = "<a@b>"), message_id);
    assert_eq!(refusal(|it| it.message_id = "a b@c"), message_id);
    assert_eq!(refusal(|it| it.message_id = "a@b@c"), message_id);
    assert_eq!(refusal(|it| it.message_id = "a@b\r\nBcc: c@d"), message_id);
    assert_eq!(
        refusal(|it| it.language = "it\r\nX: y"),
        LetterError::Header("the language")
    );
    assert_eq!(
        refusal(|it| it.feedback_id = Some("è")),
        LetterError::Header("the feedback id")
    );
    let link = LetterError::Header("the unsubscribe link");
    assert_eq!(list(|it| it.unsubscribe_url = "javascript:alert(1)"), link);
    assert_eq!(list(|it| it.unsubscribe_url = "/unsubscribe"), link);
    assert_eq!(list(|it| it.unsubscribe_url = "https://example.org/a,b"), link);
    assert_eq!(
        list(|it| it.unsubscribe_mailto = Some("https://example.org")),
        LetterError::Header("the unsubscribe address")
    );
    assert_eq!(list(|it| it.list_id = "a> b"), LetterError::Header("the list id"));
}
