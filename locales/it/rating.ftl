# SPDX-License-Identifier: EUPL-1.2
# The stars of pages and of signing up. The questions and answers are those of the national model for public bodies.
rating-title-page = Quanto sono chiare le informazioni su questa pagina?
rating-title-flow = Quanto è stato facile usare questo servizio?
rating-stars = { $count ->
    [one] Valuta una stella su 5
   *[other] Valuta { $number } stelle su 5
}
rating-send = Invia la valutazione
rating-kept = Grazie, la tua valutazione è registrata. Se vuoi, rispondi ancora a una domanda.
rating-failed = Non siamo riusciti a registrare la tua risposta. Controlla la connessione e riprova.
rating-question = { $opinion ->
    [positive] Quali sono stati gli aspetti che hai preferito?
   *[negative] Dove hai incontrato le maggiori difficoltà?
}
rating-answer = { $answer ->
    [clear] Le indicazioni erano chiare
    [complete] Le indicazioni erano complete
    [on-track] Capivo sempre che stavo procedendo correttamente
    [no-trouble] Non ho avuto problemi tecnici
    [unclear] A volte le indicazioni non erano chiare
    [incomplete] A volte le indicazioni non erano complete
    [lost] A volte non capivo se stavo procedendo correttamente
    [trouble] Ho avuto problemi tecnici
   *[other] Altro
}
rating-next = Avanti
rating-text = Vuoi aggiungere altri dettagli?
rating-text-hint = Al massimo 200 caratteri. Non scrivere dati personali: non sappiamo chi sei e non possiamo risponderti.
rating-text-too-long = Il testo ha { $length } caratteri: accorcialo, ne bastano { $longest }.
rating-finish = Invia
rating-thanks = Grazie, il tuo parere ci aiuta a migliorare il servizio.
rating-more-heading = Vuoi dirci di più?
rating-done-heading = Grazie del tuo parere
rating-back = Torna alla pagina di prima
