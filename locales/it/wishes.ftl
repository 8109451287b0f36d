# SPDX-License-Identifier: EUPL-1.2
telling-heading = Argomento per argomento
telling-lead = Scegli quanto spesso e in che modo avvisarti per ogni argomento che segui.
telling-whole = Di solito
telling-like-the-rest = Come di solito
telling-link = Scegli argomento per argomento
peace-heading = Quando lasciarti in pace
peace-link = Ore di silenzio, limite alla settimana, pausa
pause-heading = Pausa
pause-lead = Durante la pausa non ti mandiamo niente, tranne le allerte. Quando finisce, ricevi un solo riepilogo di ciò che è ancora aperto.
pause-week = Pausa di una settimana
pause-month = Pausa di un mese
pause-end = Riprendi adesso
paused-until = Sei in pausa fino a { $when }.
paused-change = Cambia o riprendi
quiet-heading = Ore di silenzio
quiet-lead = In queste ore non mandiamo notifiche al browser, tranne le allerte. Le e-mail arrivano comunque.
quiet-from = Dalle
quiet-to = Alle
quiet-none = Avvisami a ogni ora
weekly-heading = Quante notifiche alla settimana
weekly-lead = Oltre questo numero, il resto va nel riepilogo del giorno dopo.
weekly-pushes = { $count ->
    [0] Tutte, senza limite
    [one] Al massimo una
   *[other] Al massimo { $number }
}
done-paused = Sei in pausa: fino alla fine non ti mandiamo avvisi.
done-resumed = La pausa è finita: riprendiamo ad avvisarti.
