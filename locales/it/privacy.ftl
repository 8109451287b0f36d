# SPDX-License-Identifier: EUPL-1.2
# What is kept of people, why and for how long (GDPR art. 13): each part has a heading and its paragraphs.

# The day of the last change of these sentences.
privacy-updated = 2026-11-30
privacy-heading = Informativa privacy
privacy-holder-heading = Chi tratta i tuoi dati
privacy-holder-1 = { $service } è un servizio di { $body }, titolare del trattamento. Per domande e per esercitare i tuoi diritti scrivi a { $contact }.
privacy-holder-dpo = Il responsabile della protezione dei dati risponde a { $dpo }.
privacy-kept-heading = Che cosa conserviamo
privacy-kept-1 = L'indirizzo e-mail o l'abbonamento alle notifiche del tuo browser, le risposte che dai (chi sei, dove, quali argomenti, che cosa salvi), quali avvisi ti abbiamo mandato e la prova del tuo consenso. Niente altro è obbligatorio e non chiediamo la data di nascita.
privacy-kept-2 = Non misuriamo chi apre i messaggi o dove clicca: le e-mail non contengono immagini di tracciamento né collegamenti personali, tranne quelli per smettere e per gestire l'avviso.
privacy-why-heading = Perché
privacy-purpose-notifications = Per avvisarti delle opportunità che ti riguardano, con il tuo consenso (articolo 6, paragrafo 1, lettera a del GDPR). Lo ritiri quando vuoi dalle preferenze o dal collegamento in ogni e-mail. Non sei obbligato a darlo: tutto ciò che inviamo si legge anche qui senza iscriversi.
privacy-purpose-surveys = Per invitarti a rispondere a questionari su come va il servizio, al massimo uno ogni tre mesi, solo se dai un consenso a parte (articolo 6, paragrafo 1, lettera a del GDPR). Lo dai e lo ritiri quando vuoi nella pagina dei consensi. Dire di no non cambia i tuoi avvisi.
privacy-why-1 = Ciò che ti riguarda lo decidono solo le tue risposte: ogni avviso dice perché lo ricevi.
privacy-passed-on-heading = A chi passano
privacy-passed-on-1 = Le notifiche nel browser passano dal servizio del produttore del browser (Google, Mozilla, Apple, Microsoft), che può trovarsi fuori dall'Unione europea; il contenuto è cifrato e solo il tuo browser può leggerlo. Le e-mail passano dal servizio di posta di { $body } e dal tuo. Nessun altro riceve i tuoi dati da noi.
privacy-how-long-heading = Per quanto tempo
privacy-how-long-1 = Finché sei iscritto. Una richiesta mai confermata la cancelliamo dopo { $unconfirmed } giorni; l'indirizzo e le scelte di chi se n'è andato dopo { $left } giorni; quali avvisi hai ricevuto { $days } giorni dopo che non servono più.
privacy-how-long-2 = Il consenso agli inviti ai questionari vale finché non lo ritiri o te ne vai.
privacy-how-long-3 = Dalle preferenze puoi cancellare tutto subito. Restano la prova dei consensi che hai dato e ritirato, sotto un numero che non porta a nessuno, e, se ci hai dato un indirizzo e-mail, una sua impronta fatta con una chiave segreta: serve solo a non iscriverlo di nuovo da un elenco, senza di te. Restano anche i totali degli avvisi inviati, che non dicono a chi.
privacy-rights-heading = I tuoi diritti
privacy-rights-1 = Dalle preferenze vedi, scarichi, correggi e cancelli i tuoi dati, metti in pausa gli avvisi e ritiri ciascun consenso. Per ogni altra richiesta, come limitare il trattamento o opporti, scrivi a { $contact }.
privacy-rights-2 = Se pensi che i tuoi diritti non siano rispettati, puoi presentare reclamo al Garante per la protezione dei dati personali (garanteprivacy.it).
privacy-opinions-heading = Il tuo parere e i tuoi messaggi
privacy-opinions-1 = Quando valuti una pagina con le stelle conserviamo quale pagina, le stelle, le risposte, il testo, il giorno e la lingua. Niente che porti a te: né l'indirizzo, né l'ora, né un codice del browser.
privacy-opinions-2 = Se rispondi alla domanda «Ti è stato utile?», conserviamo la risposta con un codice al posto del tuo nome: serve a farti cambiare risposta, a dartene copia e a cancellarla. Chi scrive gli avvisi vede solo i totali, e solo quelli di almeno cinque persone.
privacy-opinions-3 = Se ci scrivi dal modulo, il messaggio e il tuo indirizzo restano qui solo finché la posta non li ha presi in consegna, al massimo 30 giorni; poi sono soltanto nella casella di chi ti risponde.
privacy-cookies-heading = Cookie
privacy-cookies-1 = Usiamo solo cookie tecnici di questo sito (lingua, moduli, accesso, ciò che hai appena fatto) e, se attivi le notifiche, la memoria del browser per ricordare che sono attive. Nessuna richiesta parte verso siti di altri.
privacy-cookies-chat = Con un'eccezione: sulle pagine pubbliche c'è la chat di { $body }, e il suo programma viene da { $host }, a cui il tuo browser lo chiede quando apri quelle pagine. Sulle pagine personali la chat non c'è.
