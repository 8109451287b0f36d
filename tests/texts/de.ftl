# SPDX-License-Identifier: EUPL-1.2
# A third language as an installation adds it: one file, here for the parts that people meet first. The rest is said in
# Italian until somebody translates it.
number-groups = .
tagline = Öffentliche Angebote, die Sie betreffen
site-description = Förderungen, Dienste, Nachrichten, Veranstaltungen und Warnungen öffentlicher Stellen: wir melden Ihnen, was Sie betrifft.
skip-links = Sprungmarken
skip-to-content = Zum Inhalt springen
skip-to-footer = Zur Fußzeile springen
external-link = externer Link
staff-area = Interner Bereich
main-menu = Hauptmenü
menu-opportunities = Angebote
menu-subscribe = Anmelden
menu-preferences = Meine Einstellungen
footer-service = Der Dienst
footer-legal = Rechtliches
footer-source = Quellcode
footer-privacy = Datenschutz
footer-legal-notes = Rechtliche Hinweise
footer-accessibility = Erklärung zur Barrierefreiheit
footer-body-site = Die Website der Behörde
home-title = Startseite
home-heading = Öffentliche Angebote, die Sie betreffen, sobald es sie gibt
home-lead = Sagen Sie uns, wer Sie sind und was Sie interessiert: wir schreiben Ihnen per E-Mail oder im Browser.
home-promise = Kostenlos, ohne digitale Identität, in zwei Minuten.
home-latest = Neueste Angebote
home-all = Alle ansehen
opportunities-count = { $count ->
    [0] Keine Ergebnisse
    [one] Ein Ergebnis
   *[other] { $number } Ergebnisse
}
help-block-heading = Brauchen Sie Hilfe?
help-block-questions = Fragen und Antworten
help-block-write = Schreiben Sie uns

weekday-1 = Montag
weekday-2 = Dienstag
weekday-3 = Mittwoch
weekday-4 = Donnerstag
weekday-5 = Freitag
weekday-6 = Samstag
weekday-7 = Sonntag
month-1 = Januar
month-2 = Februar
month-3 = März
month-4 = April
month-5 = Mai
month-6 = Juni
month-7 = Juli
month-8 = August
month-9 = September
month-10 = Oktober
month-11 = November
month-12 = Dezember
date-in-year = { $weekday }, { $day }. { $month }
date-long = { $date } { $year }
date-short = { $day }. { $month } { $year }
date-time = { $date } um { $time } Uhr

kind-call = Förderung
mail-open = Weiterlesen
mail-fact-publisher = Veröffentlicht von
fact-deadline = Frist
fact-opens = Beginn
mail-fact-amount = Mittel
mail-why-heading = Warum Sie diese E-Mail erhalten
why = Weil Sie { $facets } folgen
mail-frequency-immediate = Sie möchten sofort benachrichtigt werden.
mail-no-tracking = Diese E-Mail verfolgt Sie nicht: wir wissen nicht, ob Sie sie öffnen oder worauf Sie klicken.
mail-unsubscribe = Ich möchte diese E-Mails nicht mehr
mail-preferences = Einstellungen ändern
mail-privacy = Datenschutz
mail-sent-by = Gesendet von { $service }, einem Dienst von { $body }.
mail-subject-confirmation = Bestätigen Sie Ihre Anmeldung bei { $service }
mail-confirmation-heading = Bestätigen Sie Ihre Anmeldung
mail-confirmation-lead = Jemand, hoffentlich Sie, möchte die Meldungen von { $service } an diese Adresse erhalten.
mail-confirmation-action = Anmeldung bestätigen
