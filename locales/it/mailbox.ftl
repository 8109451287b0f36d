# SPDX-License-Identifier: EUPL-1.2
move-form-heading = Cambia indirizzo e-mail
move-form-lead = Scriviamo al vecchio e al nuovo indirizzo: quando confermi da tutti e due, gli avvisi arrivano al nuovo. Fino ad allora non cambia niente.
move-form-email = Il nuovo indirizzo e-mail
move-form-action = Chiedi le conferme
move-heading = Spostare gli avvisi su un altro indirizzo?
move-lead = È stato chiesto di mandare gli avvisi a un nuovo indirizzo. Cambia solo quando confermi dal vecchio e dal nuovo.
move-note-1 = Non l'hai chiesto tu? Chiudi questa pagina: senza la tua conferma non cambia niente.
move-agree = Confermo
move-waiting-heading = Grazie, manca l'altra conferma
move-waiting-lead = Ora apri il messaggio arrivato all'altro indirizzo e conferma anche da lì.
move-done-heading = Fatto: indirizzo cambiato
move-done-lead = Da adesso gli avvisi arrivano al nuovo indirizzo. Quello vecchio non lo conserviamo.
done-moving = Ti abbiamo scritto ai due indirizzi: conferma da tutti e due.
preferences-move = Cambia indirizzo
mail-subject-mailbox-move = Conferma il cambio di indirizzo per { $service }
mail-mailbox-move-heading = Conferma il cambio di indirizzo
mail-mailbox-move-lead = È stato chiesto di mandare gli avvisi di { $service } a un altro indirizzo. Cambia solo quando arriva la conferma dal vecchio e dal nuovo.
mail-mailbox-move-action = Conferma il cambio
mail-mailbox-move-note = Il collegamento vale 7 giorni e si usa una volta sola. Se non l'hai chiesto tu, ignora questo messaggio: senza la tua conferma non cambia niente.
move-new-address = Nuovo indirizzo
move-to = Il nuovo indirizzo: { $address }
refusal-asked-too-often = Hai chiesto di cambiare indirizzo troppe volte: aspetta un'ora e riprova.
refusal-last-profile = È il tuo unico profilo. Se non vuoi più avvisi, cancella l'iscrizione; altrimenti aggiungi prima un altro profilo.

# Chi ha cancellato l'iscrizione, e le colonne dei suoi dati
left-heading = Non sei più iscritto
left-lead = Non ti scriviamo più. Qui trovi ciò che conserviamo ancora di te: puoi scaricarlo o cancellarlo. Se ci hai ripensato, torna: ritrovi le scelte di prima.
left-kept = Cancelliamo tutto noi { $days } giorni dopo che te ne sei andato.
left-come-back = Torna a ricevere gli avvisi
data-column-title = Titolo
data-column-url = Indirizzo
data-column-since = Dal
data-column-saved = Salvato
data-column-read = Letto
yes = sì
no = no
