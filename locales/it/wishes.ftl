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
pause-longer-week = Allunga di una settimana
pause-longer-month = Allunga di un mese
paused-until = Sei in pausa fino a { $when }.
paused-change = Cambia o riprendi
quiet-heading = Ore di silenzio
quiet-lead = Scegli se ci sono ore in cui non mandare notifiche al browser. Le allerte e le e-mail arrivano comunque.
quiet-hours = In queste ore non svegliarmi
quiet-same-hour = Le ore di silenzio devono cominciare e finire a due ore diverse. Se non ne vuoi, scegli «Avvisami a ogni ora».
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
