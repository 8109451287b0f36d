# SPDX-License-Identifier: EUPL-1.2
# I miei avvisi: letti e da leggere, filtri, indirizzi privati

inbox-unread-count = { $count ->
    [0] Da leggere: niente
   *[other] Da leggere: { $number }
}
inbox-is-unread = Da leggere
inbox-mark-read = Segna come letto
inbox-mark-unread = Segna come da leggere
inbox-read-all = Segna tutto come letto
inbox-read-these = Segna come letti questi avvisi
inbox-done-read-all = Hai segnato tutto come letto.
inbox-done-read-these = Avvisi segnati come letti.
inbox-nothing-unread = Hai letto tutto.
inbox-none-such = Tra i tuoi avvisi non c'è niente così.
inbox-filters = Filtra
inbox-beyond = Qui non c'è altro.
inbox-first-page = Torna all'inizio
inbox-more-unread = Ce ne sono altri: compaiono quando avrai letto questi.
inbox-calendar = Aggiungi al calendario

inbox-feeds = Nel tuo lettore di notizie e nel tuo calendario
inbox-feeds-lead = Con un indirizzo solo tuo, il programma che usi già mostra i tuoi avvisi e le scadenze di ciò che hai salvato, senza password.
inbox-feeds-atom = I tuoi avvisi (Atom)
inbox-feeds-calendar = Le date di ciò che hai salvato (iCalendar)
inbox-feeds-secret = Chi conosce questi indirizzi vede gli stessi elenchi: non darli ad altri. Se qualcuno li ha visti, cambiali: quelli di prima non funzionano più.
inbox-feeds-make = Crea i miei indirizzi
inbox-feeds-renew = Cambia gli indirizzi
inbox-feeds-stop = Togli gli indirizzi
inbox-done-feeds-renewed = Ecco i tuoi indirizzi. Se ne avevi altri, non funzionano più.
inbox-done-feeds-stopped = I tuoi indirizzi non funzionano più.

deed-saved = Salvato: «{ $title }».
deed-dropped = Non è più tra i salvati: «{ $title }».
deed-read = Segnato come letto: «{ $title }».
deed-unread = Segnato come da leggere: «{ $title }».
deed-hidden = Nascosto: «{ $title }». Non te ne parliamo più.
deed-shown = Di nuovo visibile: «{ $title }».
deed-judged = Grazie, abbiamo registrato che cosa pensi di «{ $title }».
deed-withdrawn = Abbiamo tolto la tua risposta su «{ $title }».
deed-back = Torna a questo avviso
