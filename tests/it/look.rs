// SPDX-License-Identifier: EUPL-1.2
//! How an installation looks: its colour, its logo, and what stands at the head and foot of every public page.

use std::fs;

use axum::http::StatusCode;
use informa::app::App;
use informa::domain::colour::Colour;
use informa::services::open_app::open_app;

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen};
use crate::support::on_both_engines;
use crate::support::reader::{Answer, Reader};

on_both_engines! {
    every_public_page_has_what_the_national_validator_looks_for,
    the_body_says_who_it_is_at_the_foot_of_every_page,
    the_colour_of_the_installation_is_everywhere,
    a_logo_is_served_from_here_with_its_words,
    a_bad_logo_stops_the_program_with_what_to_do,
    without_settings_everything_is_the_programs_own,
    no_page_loads_fonts_or_styles_by_script,
}

/// Every public page that needs no code from a mail.
const PUBLIC: [&str; 24] = [
    "/",
    "/opportunita",
    "/opportunita?q=questo-non-c-e",
    "/iscriviti",
    "/iscriviti/dove",
    "/iscriviti/cosa",
    "/iscriviti/come?topics=environment",
    "/iscriviti/riepilogo?topics=environment",
    "/iscriviti/controlla",
    "/accedi",
    "/accedi/controlla",
    "/conferma/non-c-e",
    "/sposta/non-c-e",
    "/disiscriviti/non-c-e",
    "/disiscriviti/fatto",
    "/disiscriviti/sezione/fatto",
    "/avviso/non-c-e",
    "/cancellato",
    "/privacy",
    "/note-legali",
    "/aiuto",
    "/aiuto/scrivi",
    "/aiuto/scrivi/inviato",
    "/questa-non-esiste",
];

/// Opens every public page in every language of the program, an opportunity among them.
async fn every_public_page(app: &TestApp) -> Vec<(String, Answer)> {
    let call = app.publish(&a_call()).await;
    let opportunity = informa::urls::opportunity_path(&call);
    let paths = PUBLIC.into_iter().map(str::to_owned).chain([opportunity]);
    let mut pages = Vec::new();
    let mut reader = Reader::new(app);
    for path in paths {
        for language in ["it", "en"] {
            let join = if path.contains('?') { '&' } else { '?' };
            let address = format!("{path}{join}lang={language}");
            let page = reader.open(&address).await;
            assert_eq!(page.attributes("html", "lang"), [language], "{address}");
            pages.push((address, page));
        }
    }
    pages
}

async fn every_public_page_has_what_the_national_validator_looks_for(app: &TestApp) {
    for (address, page) in every_public_page(app).await {
        let link = |element: &str| {
            let links = page.attributes(&format!("footer a[data-element={element}]"), "href");
            assert_eq!(links.len(), 1, "{address} has not exactly one {element}");
            links.into_iter().next().unwrap()
        };
        assert!(
            link("accessibility-link").starts_with("https://form.agid.gov.it/"),
            "{address}"
        );
        assert_eq!(link("privacy-policy-link"), "/privacy", "{address}");
        assert_eq!(link("legal-notes"), "/note-legali", "{address}");
        assert_eq!(
            link("accessibility-feedback"),
            "/aiuto/scrivi?argomento=accessibility",
            "{address}"
        );
        assert_eq!(
            (link("faq").as_str(), link("contacts").as_str()),
            ("/aiuto", "/aiuto/scrivi"),
            "{address}"
        );
        let footer = page.attributes("footer a", "href");
        for wanted in ["/opportunita.atom", "https://www.example.org/informa"] {
            assert!(
                footer.iter().any(|it| it == wanted),
                "{address} has no link to {wanted}"
            );
        }
        assert_eq!(page.texts("h1").len(), 1, "{address} has not one h1");
        assert!(
            page.texts("body > header h1").is_empty(),
            "{address}: the name of the site is no heading"
        );
        assert_eq!(
            page.attributes("body > nav:first-child a", "href"),
            ["#content", "#footer"],
            "{address}"
        );
        assert_eq!(page.attributes("main", "id"), ["content"], "{address}");
        let languages = page.attributes(".slim-links a[hreflang]", "hreflang");
        assert_eq!(languages, ["it", "en"], "{address}");
        assert!(!page.text.contains("Unknown localization"), "{address}");
    }
    let notes = Reader::new(app).open("/note-legali").await;
    assert_eq!(
        notes.words("[data-element=legal-notes-section]"),
        "Licenza dei contenuti"
    );
    assert!(
        notes.words("[data-element=legal-notes-body]").contains("CC-BY 4.0"),
        "{}",
        notes.text
    );
}

async fn configured(app: &TestApp) -> App {
    let logo = app.folder().join("logo.svg");
    fs::write(&logo, LOGO).unwrap();
    app.another_process(|config| {
        "Regione di prova".clone_into(&mut config.body_name);
        "Piazza Città di Lombardia 1, 20124 Milano".clone_into(&mut config.body_address);
        "80050050154".clone_into(&mut config.body_tax_code);
        "protocollo@pec.example.org".clone_into(&mut config.body_pec);
        "dpo@regione.example.org".clone_into(&mut config.dpo_contact);
        config.primary_colour = Colour::parse("#a3123f").unwrap();
        config.logo_file = Some(logo);
    })
    .await
}

const LOGO: &str =
    r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40"><path fill="#fff" d="M0 0h120v40H0z"/></svg>"##;

async fn the_body_says_who_it_is_at_the_foot_of_every_page(app: &TestApp) {
    let process = configured(app).await;
    let mut reader = Reader::new(&process);
    for path in PUBLIC {
        let page = reader.open(path).await;
        let lines = page.texts(".footer-body li");
        let expected = [
            "Piazza Città di Lombardia 1, 20124 Milano",
            "Codice fiscale o partita IVA: 80050050154",
            "PEC (posta elettronica certificata): protocollo@pec.example.org",
            "Il sito dell'ente (collegamento esterno)",
        ];
        assert_eq!(lines, expected, "{path}");
        assert!(
            page.texts("footer h2").contains(&"Regione di prova".to_owned()),
            "{path}"
        );
        assert!(
            page.attributes("footer a", "href")
                .contains(&"mailto:protocollo@pec.example.org".to_owned())
        );
    }
    let notice = reader.open("/privacy").await;
    assert!(notice.words("main").contains("risponde a dpo@regione.example.org"));
    assert_eq!(notice.texts("main h2.h4.mt-4").len(), 8, "the parts of the notice");
    let own = Reader::new(app).open("/privacy").await;
    assert!(!own.words("main").contains("responsabile della protezione"));
    let page = Reader::new(app).open("/").await;
    assert_eq!(page.texts(".footer-body li").len(), 1, "what is not set is not shown");
    assert!(!page.text.contains("Per aiuto scrivi"), "the help block says it");
}

async fn the_colour_of_the_installation_is_everywhere(app: &TestApp) {
    let process = configured(app).await;
    let mut reader = Reader::new(&process);
    let page = reader.open("/").await;
    assert_eq!(page.attributes("meta[name=theme-color]", "content"), ["#a3123f"]);
    let sheets = page.attributes("link[rel=stylesheet]", "href");
    assert_eq!(sheets.len(), 1, "one style sheet, in the installation's colour");
    let own = Reader::new(app)
        .open("/")
        .await
        .attributes("link[rel=stylesheet]", "href");
    assert_ne!(sheets, own, "its address changes with it");
    let sheet = reader.open(&sheets[0]).await;
    assert_eq!(sheet.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(sheet.header("content-type").starts_with("text/css"));
    assert!(sheet.text.contains("rgb(163,18,63)") && sheet.text.contains("--bs-primary-rgb: 163, 18, 63"));
    for shade in ["hsl(172", "hsla(172", "#006658", "0, 102, 88", "hsl(178"] {
        assert!(!sheet.text.contains(shade), "{shade} is left");
    }
    assert!(sheet.text.contains("hsl(160"), "other colours stay");
    for part in sheet.text.split("url(drawing.").skip(1) {
        let name = part.split(')').next().unwrap();
        let drawing = reader.open(&format!("/assets/drawing.{name}")).await;
        assert_eq!(drawing.status, StatusCode::OK, "{name}");
        assert!(!drawing.text.contains("hsl(172"), "{name}");
    }
    let icon = page.attributes("link[rel=icon]", "href");
    assert!(reader.open(&icon[0]).await.text.contains("#a3123f"));
    assert!(reader.open("/manifest.webmanifest").await.text.contains("#a3123f"));
}

async fn a_logo_is_served_from_here_with_its_words(app: &TestApp) {
    let process = configured(app).await;
    let mut reader = Reader::new(&process);
    let page = reader.open("/iscriviti").await;
    assert_eq!(page.attributes(".it-brand-wrapper img", "alt"), ["Regione di prova"]);
    assert!(
        page.attributes(".it-brand-wrapper svg", "class").is_empty(),
        "instead of the program's own mark"
    );
    let address = page.attributes(".it-brand-wrapper img", "src").remove(0);
    assert!(address.starts_with("/assets/logo."), "{address}");
    let logo = reader.open(&address).await;
    assert_eq!((logo.status, logo.text.as_str()), (StatusCode::OK, LOGO));
    assert_eq!(logo.header("content-type"), "image/svg+xml");
    assert_eq!(logo.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(
        logo.header("content-security-policy").contains("sandbox"),
        "opened by itself it does nothing"
    );
}

async fn a_bad_logo_stops_the_program_with_what_to_do(app: &TestApp) {
    let logo = app.folder().join("logo.svg");
    for (content, expected) in [
        (
            LOGO.replace("<path", "<script>alert(1)</script><path"),
            "save it as a plain SVG",
        ),
        ("<html></html>".to_owned(), "is neither an SVG nor a PNG"),
        (LOGO.replace("viewBox", "size"), "has no viewBox"),
    ] {
        fs::write(&logo, content).unwrap();
        let mut config = (*app.config).clone();
        config.logo_file = Some(logo.clone());
        let words = open_app(config).await.err().expect("it is not opened").to_string();
        assert!(
            words.starts_with("INFORMA_LOGO_FILE ") && words.contains(expected),
            "{words}"
        );
        assert!(words.contains("logo.svg"), "{words}");
    }
    let mut config = (*app.config).clone();
    config.logo_file = Some(app.folder().join("missing.svg"));
    let words = open_app(config).await.err().expect("it is not opened").to_string();
    assert!(words.contains("missing.svg cannot be read"), "{words}");
}

async fn without_settings_everything_is_the_programs_own(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let page = reader.open("/preferenze").await;
    assert_eq!(page.attributes("meta[name=theme-color]", "content"), ["#006658"]);
    assert!(page.attributes(".it-brand-wrapper img", "src").is_empty());
    assert_eq!(page.attributes(".it-brand-wrapper svg", "aria-hidden"), ["true"]);
    assert_eq!(
        reader.open("/assets/logo.0123456789.svg").await.status,
        StatusCode::NOT_FOUND
    );
}

/// U1 and U3: the library at its version, fonts by a static sheet.
async fn no_page_loads_fonts_or_styles_by_script(app: &TestApp) {
    let mut reader = Reader::new(app);
    let page = reader.open("/").await;
    let sheet = page.attributes("link[rel=stylesheet]", "href").remove(0);
    let sheet = reader.open(&sheet).await.text;
    assert!(
        sheet.contains("--bootstrap-italia-version"),
        "the library says its version"
    );
    assert_eq!(sheet.matches("@font-face").count(), 3);
    for script in page.attributes("script[src]", "src") {
        let text = reader.open(&script).await.text;
        assert!(
            !text.contains("loadFonts") && !text.contains("createElement(\"style\")"),
            "{script}"
        );
    }
    for font in page.attributes("link[as=font]", "href") {
        assert!(font.starts_with("/assets/titillium-web-"), "{font}");
        assert_eq!(reader.open(&font).await.status, StatusCode::OK);
    }
}
