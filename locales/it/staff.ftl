# SPDX-License-Identifier: EUPL-1.2
# The back office, and the mailbox of a development installation.
staff-menu-opportunities = Opportunità
staff-menu-new = Nuova opportunità
staff-menu-site = Sito pubblico
staff-breadcrumb = Percorso di navigazione

staff-sign-in-heading = Area riservata
staff-sign-in-lead = Per chi pubblica le opportunità. Vuoi cambiare i tuoi avvisi? Vai a
staff-sign-in-email = Indirizzo e-mail
staff-sign-in-password = Password
staff-sign-in-action = Entra
staff-sign-in-refused = Indirizzo o password non corretti

staff-list-title = Redazione: opportunità
staff-list-caption = Prima le bozze, poi le altre, dalla più recente
staff-list-empty = Non c'è ancora niente: scrivi la prima opportunità.
staff-no-title = Senza titolo
staff-status = Stato
staff-status-draft = Bozza
staff-status-published = Pubblicata
staff-status-closed = Chiusa
staff-status-exhausted = Fondi esauriti
staff-status-withdrawn = Ritirata
staff-updated = Ultima modifica
staff-public-page = Pagina pubblica
staff-page-number = Pagina

staff-edit-heading = Modifica opportunità
staff-saved = Bozza salvata.
staff-save = Salva la bozza
staff-preview = Salva e calcola chi riguarda
staff-go-publish = Salva e vai alla pubblicazione

staff-what = Che cosa
staff-kind = Tipo
staff-title = Titolo
staff-title-hint = Le parole utili all'inizio: nelle notifiche si leggono i primi 50 caratteri.
staff-summary = In due righe
staff-summary-hint = Con parole semplici: a chi serve e che cosa offre.
staff-body = Testo completo
staff-body-hint = In Markdown: titoli, elenchi e collegamenti.
staff-publisher = Ente che pubblica
staff-link = Pagina ufficiale
staff-documents = Documenti
staff-documents-hint = Il testo del bando, i moduli: come si chiamano e il loro indirizzo. Salvando compaiono altre righe.
staff-document-title = Nome del documento
staff-document-link = Indirizzo del documento
staff-error-document-title = Scrivi come si chiama il documento
staff-error-too-many-documents = I documenti possono essere 20 al massimo: metti gli altri nella pagina ufficiale
staff-link-hint = L'indirizzo intero, per esempio https://www.example.it/bando
staff-place = Dove si svolge
staff-place-hint = In parole, per un evento o un servizio: «Palazzo Lombardia, Milano».
staff-amount = Importi
staff-amount-hint = In euro, per esempio 25.000 oppure 1.200,50.
staff-amount-total = Risorse in tutto
staff-amount-minimum = Minimo per domanda
staff-amount-maximum = Massimo per domanda

staff-when = Quando
staff-when-hint = Senza ora, apre all'inizio del giorno e scade alla fine del giorno.
staff-opens-on = Apre il
staff-opens-at = Apre alle ore
staff-closes-on = Scade il
staff-closes-at = Scade alle ore
staff-dates-note = Nota sulle date
staff-dates-note-hint = Ciò che le date da sole non dicono: «fino a esaurimento delle risorse».

staff-whom = Chi riguarda
staff-whom-hint = Servono almeno un argomento e un luogo. Ciò che lasci vuoto non esclude nessuno.
staff-topics = Argomenti
staff-areas = Luoghi
staff-more-areas = Aggiungi un luogo
staff-more-areas-hint = Un comune, «Bergamo (provincia)» o una regione; anche più di uno, separati da virgole.
staff-add-area = Aggiungi
staff-audience = A chi si rivolge
staff-audience-hint = Vuoto: si rivolge a tutti.
staff-everyone = Tutti
staff-organisation-types = Tipi di organizzazione
staff-organisation-types-hint = Per imprese e professionisti, associazioni, enti pubblici. Vuoto: di ogni tipo.
staff-company-sizes = Dimensioni d'impresa
staff-company-sizes-hint = Solo per imprese. Vuoto: di ogni dimensione.
staff-sectors = Settori di attività
staff-sectors-hint = Solo per imprese e professionisti (codici ATECO). Vuoto: di ogni settore.
staff-sectors-some = Solo alcuni settori
staff-ages = Età
staff-ages-hint = Solo per cittadini. Vuoto: di ogni età.
staff-chosen = { $count ->
    [0] (tutti)
   *[other] ({ $number })
}
staff-more = e altri { $number }

staff-audience-heading = Chi la riceverà
staff-audience-unknown = Con almeno un argomento e un luogo puoi sapere quante persone riguarda e perché.
staff-audience-none = Per ora non riguarda nessuno degli iscritti.
staff-audience-few = Corrispondono meno di 5 profili.
staff-audience-told = { $count ->
    [one] { $number } profilo corrisponde.
   *[other] { $number } profili corrispondono.
}
staff-audience-why = Che cosa hanno in comune con l'opportunità
staff-audience-note = Ogni profilo conta una volta: chi ne ha due che corrispondono conta per due, ma riceve un solo avviso. Ciascuno è avvisato quando e come ha scelto. I numeri sotto 5 non si mostrano.
staff-few = meno di 5
staff-share = circa { $share } su 100

staff-missing = Prima di pubblicare manca ancora:
staff-missing-title = Scrivi il titolo
staff-missing-topic = Scegli almeno un argomento
staff-missing-area = Scegli almeno un luogo: se vale ovunque, «Italia»
staff-missing-audience = Di' a chi si rivolge: hai indicato settori, tipi, dimensioni o età, che non tutti hanno

staff-publish-heading = Controlla e pubblica
staff-publish-not-yet = Non si può ancora pubblicare
staff-publish-crumb = Pubblicazione
staff-publish-final = Rileggi tutto: dopo la pubblicazione gli avvisi partono subito e non si possono richiamare.
staff-publish-past = La scadenza è già passata: pubblicandola risulta chiusa, si legge sul sito e nessuno è avvisato. Non si può annullare.
staff-publish-action = Pubblica e avvisa
staff-publish-close-action = Pubblica come chiusa
staff-publish-back = Torna alla bozza

staff-done-published = Pubblicata: gli avvisi stanno partendo.
staff-done-published-closed = Pubblicata come chiusa: nessuno è stato avvisato.
staff-done-already = Era già pubblicata: nessuno è avvisato due volte.
staff-read-only = È pubblica: ogni cambiamento si vede subito, e chi la conosce può esserne avvisato.
staff-published-at = Pubblicata { $when }.
staff-open-public-page = Apri la pagina pubblica
staff-back-to-list = Torna alle opportunità

staff-batches-heading = Invii
staff-batches-lead = Ogni importazione che ha avvisato le persone, con l'esito delle consegne.
staff-batches-empty = Nessuna importazione ha ancora avvisato qualcuno.
staff-batches-caption = Invii, dal più recente
staff-batches-sending = Invio
staff-batches-source = Fonte
staff-delivery-heading = Consegna degli avvisi
staff-delivery-crumb = Consegne
staff-delivery-batch = Invio { $number }, { $when }
staff-delivery-web-push = Notifiche nel browser
staff-delivery-email = E-mail
staff-delivery-lead = { $sent } inviati su { $owed }
staff-delivery-owed = Avvisi da dare
staff-delivery-sent = Inviati
staff-delivery-open = Ancora in corso
staff-delivery-retrying = di questi, da ritentare
staff-delivery-failed = Falliti
staff-delivery-expired = Scaduti
staff-delivery-suppressed = Non più necessari
staff-delivery-half-within = Metà degli inviati è partita entro { $duration } dalla pubblicazione.
staff-delivery-most-within = 95 su 100 entro { $duration }.
staff-delivery-hint = «Inviato» vuol dire che il servizio del browser o il server di posta l'ha accettato. Ogni avviso è contato una volta per ciascun indirizzo o dispositivo.
staff-delivery-nothing = Nessuno è stato avvisato, finora.
staff-delivery-being-matched = Stiamo ancora cercando chi avvisare: i numeri crescono. Aggiorna fra poco.
staff-delivery-folded = Chi è stato avvisato non si conserva più: restano solo i numeri.
staff-delivery-refresh = Aggiorna
staff-delivery-retry = Riprova i falliti
staff-delivery-retry-hint = Si ritenta solo dove l'avviso serve ancora e l'indirizzo o il dispositivo è attivo. Chi è già stato avvisato non riceve altro.
staff-delivery-tried = { $count ->
    [0] Non c'è niente da ritentare: gli indirizzi non sono più attivi, l'avviso non serve più o le persone sono già state avvisate.
    [one] Un avviso fallito viene ritentato.
   *[other] { $number } avvisi falliti vengono ritentati.
}
staff-delivery-why = Come sono finiti, e perché
staff-delivery-reason = Motivo
staff-delivery-ending = Esito
staff-delivery-channel = Canale
staff-delivery-count = Quanti
staff-delivery-csv = Scarica i numeri (CSV)
staff-delivery-recipients = Scarica l'esito per destinatario, senza indirizzi (CSV)
staff-delivery-whole-batch = Consegna di tutto l'invio
staff-reason-told-by-push = È bastata la notifica nel browser
staff-reason-past-its-use = Non serviva più: il termine è passato
staff-reason-target-gone = L'indirizzo o il dispositivo non esiste più
staff-reason-target-removed = La persona ha tolto il dispositivo o l'indirizzo
staff-reason-target-stopped = La persona ha interrotto gli avvisi
staff-reason-unsubscribed = La persona si è disiscritta
staff-reason-no-longer-open = Non era più aperta
staff-reason-no-longer-wanted = La persona ha cambiato le sue scelte
staff-reason-withdrawn = L'opportunità è stata ritirata
staff-reason-too-large = Messaggio troppo lungo
staff-reason-404 = Il browser non è più iscritto (404)
staff-reason-410 = Il browser non è più iscritto (410)
staff-reason-550-5-1-1 = L'indirizzo non esiste (550 5.1.1)
staff-reason-no-attempt-left = { $reason }, dopo tutti i tentativi
staff-reason-code = Risposta: { $code }

duration-seconds = { $count ->
    [one] { $number } secondo
   *[other] { $number } secondi
}
duration-minutes = { $count ->
    [one] { $number } minuto
   *[other] { $number } minuti
}
duration-hours = { $count ->
    [one] { $number } ora
   *[other] { $number } ore
}
duration-days = { $count ->
    [one] { $number } giorno
   *[other] { $number } giorni
}

staff-error-no-kind = Scegli il tipo
staff-error-too-long = Al massimo { $longest } caratteri: ora sono { $length }
staff-error-link = Scrivi l'indirizzo intero, che comincia con https:// o http://
staff-error-amount = Scrivi l'importo in euro, solo con cifre: per esempio 25.000
staff-error-amount-negative = L'importo non può essere sotto zero
staff-error-amounts-crossed = Il massimo è più basso del minimo
staff-error-date = Scrivi la data con giorno, mese e anno in cifre: per esempio 30/09/2026
staff-error-date-missing = Hai scritto l'ora: scrivi anche la data
staff-error-time = Scrivi l'ora con i minuti: per esempio 12:00
staff-error-closes-early = La scadenza viene prima dell'apertura
staff-error-unknown-area = Non troviamo: { $names }. Scrivi il nome intero con la sigla della provincia, per esempio «Bergamo (BG)»
staff-error-unknown-code = «{ $code }» non è tra le scelte possibili: scegli di nuovo

dev-mailbox = Posta di prova
dev-mailbox-lead = Solo per lo sviluppo: qui arrivano i messaggi che in esercizio partirebbero per e-mail.
dev-mailbox-empty = Non è ancora arrivato niente.
dev-mail-to = a { $address }
dev-message = Messaggio
dev-to = A
dev-date = Data
dev-links = Collegamenti
dev-text = Testo
dev-html = Versione HTML
dev-html-hint = Qui i suoi collegamenti non funzionano: usa quelli elencati sopra.
dev-headers = Intestazioni

staff-turns-heading = Che cosa è successo?
staff-revise = Modifica
staff-revise-action = Salva e avvisa
staff-effect-heading = Che cosa succede
staff-effect-unknown = Prima di salvare vedi qui che cosa cambia e chi viene avvisato.
staff-effect-action = Vedi che cosa cambia
staff-effect-nobody = La pagina cambia e nessuno di chi la conosce viene avvisato: sono cambiate solo le parole. Chi rientra solo ora tra gli interessati riceve l'avviso come nuovo.
staff-effect-closed = La scadenza è passata: la scheda risulta chiusa e nessuno viene avvisato.
staff-effect-told = { $count ->
    [0] Nessuno la conosce ancora: non viene avvisato nessuno.
    [one] Viene avvisato l'unico profilo che la conosce: ne aveva ricevuto l'avviso o l'ha salvata.
   *[other] Vengono avvisati i { $number } profili che la conoscono: ne avevano ricevuto l'avviso o l'hanno salvata.
}
staff-note = Che cosa vuoi dire a chi è già stato avvisato?
staff-note-hint = In una frase, solo se serve. Se scrivi qualcosa, chi conosce la scheda viene avvisato anche quando le date non cambiano.
staff-turn-note-hint = In una frase, solo se serve: si legge nell'avviso.
staff-turn-exhausted = I fondi sono esauriti
staff-turn-results = Sono usciti i risultati
staff-turn-withdrawn = È stata ritirata
staff-turn-exhausted-means = La scheda resta leggibile e dice «Fondi esauriti». Chi non era ancora stato avvisato non lo sarà più.
staff-turn-results-means = Lo stato della scheda non cambia: chi la conosce viene avvisato che i risultati sono usciti.
staff-turn-withdrawn-means = La scheda resta leggibile e dice «Ritirato». Chi non era ancora stato avvisato non lo sarà più.
staff-turn-final = Non si può annullare.
staff-turn-action = Conferma e avvisa
staff-done-revised = Modifica salvata.
staff-done-turned = Fatto: chi conosce la scheda viene avvisato.
staff-turn-back = Torna indietro
staff-revise-quietly = Salva la modifica
