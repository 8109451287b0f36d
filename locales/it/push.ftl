# SPDX-License-Identifier: EUPL-1.2
# Notifications in the browser: where they need the person's hand, the names of devices, the installed app.
push-asking = Il browser aspetta la tua risposta: guarda accanto all'indirizzo della pagina, in alto. Se non vedi niente, premi di nuovo.
push-waiting = Un momento: il browser sta preparando le notifiche.
push-mail-anyway = L'e-mail funziona comunque
push-unsupported = Questo browser non sa ricevere notifiche. Aggiornalo, oppure usane un altro: Firefox, Chrome, Edge o Safari recenti le ricevono.
push-ios-lead = Su iPhone e iPad le notifiche arrivano solo dal sito aggiunto alla schermata Home. Sono tre passi:
push-ios-1 = Tocca il pulsante Condividi del browser: un quadrato con una freccia verso l'alto.
push-ios-2 = Scorri l'elenco e scegli «Aggiungi alla schermata Home».
push-ios-3 = Apri il sito dalla nuova icona e attiva da lì le notifiche. Se avevi già fatto l'accesso, rifallo. Le scelte che hai fatto qui non passano nell'app: se vuoi tenerle, usa l'e-mail.
push-ios-old-heading = Questo iPhone o iPad va prima aggiornato.
push-ios-old = Le notifiche dei siti funzionano da iOS 16.4 in poi. Apri Impostazioni, Generali, Aggiornamento software, poi torna qui.
push-denied-how = Per permetterle di nuovo:
push-denied-again = Poi torna qui: se non cambia niente, ricarica la pagina.
push-steps-firefox-1 = Premi il simbolo a sinistra dell'indirizzo della pagina (un fumetto barrato o un lucchetto).
push-steps-firefox-2 = Accanto a «Inviare notifiche», dove leggi «Bloccato», premi la ×.
push-steps-firefox-android-1 = Tocca il lucchetto accanto all'indirizzo della pagina.
push-steps-firefox-android-2 = Tocca «Notifiche» finché leggi «Consentito».
push-steps-firefox-android-3 = Se non basta, apri Impostazioni di Android, App, Firefox, Notifiche, e permettile.
push-steps-chrome-1 = Premi il simbolo a sinistra dell'indirizzo della pagina.
push-steps-chrome-2 = Accanto a «Notifiche» sposta l'interruttore, oppure apri «Impostazioni sito» e scegli «Consenti».
push-steps-android-1 = Tocca il simbolo a sinistra dell'indirizzo della pagina, poi «Autorizzazioni».
push-steps-android-2 = Tocca «Notifiche» e permettile.
push-steps-android-3 = Se non basta, apri Impostazioni di Android, App, Chrome, Notifiche, e permettile.
push-steps-edge-1 = Premi il lucchetto a sinistra dell'indirizzo della pagina.
push-steps-edge-2 = Apri «Autorizzazioni per questo sito».
push-steps-edge-3 = Accanto a «Notifiche» scegli «Consenti».
push-steps-safari-1 = Nel menu Safari apri Impostazioni, poi «Siti web».
push-steps-safari-2 = A sinistra scegli «Notifiche».
push-steps-safari-3 = Accanto a questo sito scegli «Consenti».
push-steps-iphone-1 = Apri Impostazioni, poi «Notifiche».
push-steps-iphone-2 = Nell'elenco scegli il nome di questo sito.
push-steps-iphone-3 = Attiva «Consenti notifiche».
push-steps-other-1 = Premi il simbolo accanto all'indirizzo della pagina.
push-steps-other-2 = Apri le autorizzazioni del sito.
push-steps-other-3 = Accanto a «Notifiche» scegli «Consenti».
push-timeout-why = Può dipendere dalla rete, o da un browser che non usa il servizio di notifiche del suo produttore.

install-lead = Vuoi il sito come app? Si apre dalla sua icona, e le notifiche restano attive più a lungo.
install-action = Installa l'app

device-rename = Cambia nome
device-name = Come vuoi chiamarlo?
device-name-hint = Per esempio: il telefono, il computer dell'ufficio.
device-name-save = Salva il nome
done-renamed = Nome cambiato.
device-test-now = Invia una prova a questo browser

offline-heading = Non c'è connessione
offline-lead = Il sito non si raggiunge: controlla la rete e riprova.
offline-pushes = Gli avvisi che escono intanto non vanno persi: arrivano quando torni in linea.
offline-again = Riprova
offline-home = Vai alla prima pagina
