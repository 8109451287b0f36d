# SPDX-License-Identifier: EUPL-1.2
step-chi = Chi sei
step-dove = Dove
step-cosa = Che cosa
step-come = Come e quando
step-riepilogo = Riepilogo
step-done = Fatto
step-current = Sei qui
step-next = Avanti
step-back = Indietro
wizard-way-email = Per e-mail
wizard-way-email-hint = Dopo la conferma puoi aggiungere anche le notifiche nel browser
wizard-way-push = Con una notifica in questo browser
wizard-way-push-hint = Non serve l'indirizzo e-mail
summary-heading = Controlla e conferma
summary-answers = Le tue scelte
summary-change = Modifica
summary-confirm = Conferma l'iscrizione
step-came-for = Ti avvisiamo quando esce un'opportunità su: { $topics }. Argomenti e luogo si possono cambiare nel riepilogo.
step-to-save = Ti diciamo ogni cambiamento e ti ricordiamo le date di:
summary-to-save = Ciò che salvi
recall-only-saved = Ti avvisiamo solo di ciò che salvi: se cambia qualcosa, e prima delle sue date
recall-count = { $count ->
    [0] Con queste scelte non avresti ricevuto avvisi negli ultimi 30 giorni
    [one] Con queste scelte avresti ricevuto un avviso negli ultimi 30 giorni
   *[other] Con queste scelte avresti ricevuto { $number } avvisi negli ultimi 30 giorni
}
recall-in-digests = { $count ->
    [one] Raccolti in un solo riepilogo.
   *[other] Raccolti in { $number } riepiloghi al massimo.
}
recall-examples = Per esempio:
recall-none = Prova ad aggiungere un argomento, a togliere un limite come il luogo, o a cambiare chi sei: certi bandi sono solo per imprese o per enti. Puoi anche iscriverti così: ti avvisiamo appena esce qualcosa.
recall-too-many = Sono tanti. Scegli meno argomenti, oppure ricevi un riepilogo al giorno o alla settimana invece di un avviso per volta.
recall-too-many-in-digests = Sono tanti anche per un riepilogo: con meno argomenti leggi solo ciò che ti serve.
places-none = Nessun luogo trovato
places-found = { "{count}" } luoghi trovati
places-found-one = Un luogo trovato
places-hint = Quando compaiono i suggerimenti, usa le frecce su e giù per scorrerli e Invio per scegliere. Con il tocco, esplora o scorri.
