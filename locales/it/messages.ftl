# SPDX-License-Identifier: EUPL-1.2
# Notifications and mails.
when-opens = Apre { $when }
when-open = Scade { $when }
when-closed = Chiuso { $when }
when-until = Fino a { $when }
when-ended = Finito { $when }
when-no-deadline = Nessuna scadenza indicata
when-withdrawn = Ritirato
when-exhausted = Fondi esauriti
area-province = { $name } (provincia)
reason-saved = l'hai salvato
why = Perché segui { $facets }
why-saved = Perché l'hai salvato

kind-call = Bando
kind-service = Servizio
kind-news = Notizia
kind-event = Evento
kind-alert = Allerta

mail-subject-opportunity = { $kind }: { $title }
mail-open = Leggi tutto
mail-fact-publisher = Chi lo pubblica
mail-fact-place = Dove
mail-fact-amount = Risorse
mail-why-heading = Perché ricevi questa e-mail
mail-frequency-immediate = Hai chiesto di ricevere gli avvisi subito.
mail-no-tracking = Questa e-mail non contiene tracciamenti: non sappiamo se la apri né dove clicchi.
mail-unsubscribe = Non voglio più queste e-mail
mail-preferences = Cambia preferenze
mail-privacy = Privacy
mail-sent-by = Messaggio inviato da { $service }, un servizio di { $body }.

mail-subject-confirmation = Conferma la tua iscrizione a { $service }
mail-confirmation-heading = Conferma la tua iscrizione
mail-confirmation-lead = Qualcuno, speriamo tu, ha chiesto di ricevere gli avvisi di { $service } a questo indirizzo.
mail-confirmation-action = Conferma l'iscrizione
mail-confirmation-note = Il collegamento vale 7 giorni e si usa una volta sola. Se non l'hai chiesto tu, ignora questo messaggio: non riceverai altro.

mail-subject-sign-in = Il collegamento alle tue preferenze
mail-sign-in-heading = Entra nella tua pagina
mail-sign-in-lead = Hai chiesto di vedere o cambiare i tuoi avvisi di { $service }.
mail-sign-in-action = Apri le mie preferenze
mail-sign-in-note = Il collegamento vale 30 minuti e si usa una volta sola. Non inoltrare questo messaggio: chi lo apre entra nella tua pagina.

mail-subject-test = Messaggio di prova di { $service }
mail-test-heading = Funziona
mail-test-lead = Questo è il messaggio di prova che hai chiesto: gli avvisi di { $service } arrivano a questo indirizzo.
mail-test-action = Apri le mie preferenze

push-confirmation-title = Conferma la tua iscrizione
push-sign-in-title = Apri la tua pagina
push-sign-in-body = Tocca per vedere o cambiare i tuoi avvisi. Vale 30 minuti.
push-test-title = Funziona!
push-test-body = Gli avvisi di { $service } arrivano in questo browser.

digest-heading-daily = I tuoi avvisi di oggi
digest-heading-weekly = I tuoi avvisi della settimana
digest-section-closing-soon = In scadenza
digest-section-new = Nuovi
digest-section-changed = Cambiati
digest-section-events = Eventi
digest-section-news = Notizie
digest-section-stop = Non voglio più la parte «{ $section }»
digest-more = { $count ->
    [one] C'è un altro avviso: leggilo in «I miei avvisi»
   *[other] Ci sono altri { $number } avvisi: leggili in «I miei avvisi»
}
digest-subject-others = { $count ->
    [one] e un altro avviso
   *[other] e altri { $number } avvisi
}
mail-frequency-daily = Hai chiesto un riepilogo al giorno: raccoglie ciò che riguarda quello che segui.
mail-frequency-weekly = Hai chiesto un riepilogo alla settimana, il lunedì: raccoglie ciò che riguarda quello che segui.
push-digest-title = { $count ->
    [one] Un nuovo avviso per te
   *[other] { $number } nuovi avvisi per te
}

told-deadline-set = Scadenza fissata
told-extended = Prorogato
told-closes-earlier = Chiude prima
told-closed-early = Chiuso in anticipo
told-reopened = Di nuovo aperto
told-exhausted = Fondi esauriti
told-results = Risultati pubblicati
told-corrected = Aggiornato
told-withdrawn = Ritirato
coming-closes = { $count ->
    [0] Scade oggi
    [1] Scade domani
   *[other] Scade tra { $number } giorni
}
coming-opens = { $count ->
    [0] Apre oggi
    [1] Apre domani
   *[other] Apre tra { $number } giorni
}
coming-begins = { $count ->
    [0] Comincia oggi
    [1] Comincia domani
   *[other] Comincia tra { $number } giorni
}
coming-at = { $coming } alle { $time }
change-closes = Scadenza
change-opens = Apertura
change-ends = Fine
change-begins = Inizio
change-total = Risorse
change-minimum = Importo minimo
change-maximum = Importo massimo
change-place = Luogo
change-of-date = { $name }: { $from } { $to }
change-of-value = { $name }: da { $from } a { $to }
change-set = { $name }: { $to }
change-taken-away = { $name }: non c'è più (era { $from })
told-title = { $what }: { $title }
mail-frequency-reminder = Hai chiesto un promemoria prima delle date che ti interessano.
mail-frequency-change = Te ne avevamo già scritto, o l'hai salvato: per questo ti diciamo che cosa è cambiato.

# La conferma di una cancellazione
mail-subject-erased = I tuoi dati sono stati cancellati
mail-erased-heading = I tuoi dati sono stati cancellati
mail-erased-lead = Come hai chiesto, abbiamo cancellato quello che { $service } sapeva di te: indirizzi, browser, profili, scelte, risposte e l'elenco degli avvisi che hai ricevuto. Questa è l'ultima e-mail che ricevi da noi.
mail-erased-action = Vai al sito
mail-erased-note = Se non l'hai chiesto tu, rispondi a questa e-mail: qualcuno è entrato nella tua pagina. Restano la prova dei consensi che hai dato e ritirato, sotto un numero che non porta a nessuno, e, se ci hai dato un indirizzo e-mail, una sua impronta fatta con una chiave segreta: serve solo a non iscriverlo di nuovo da un elenco, senza di te. Restano anche i totali degli avvisi inviati, che non dicono a chi.
