# SPDX-License-Identifier: EUPL-1.2
weekday-1 = lunedì
weekday-2 = martedì
weekday-3 = mercoledì
weekday-4 = giovedì
weekday-5 = venerdì
weekday-6 = sabato
weekday-7 = domenica
month-1 = gennaio
month-2 = febbraio
month-3 = marzo
month-4 = aprile
month-5 = maggio
month-6 = giugno
month-7 = luglio
month-8 = agosto
month-9 = settembre
month-10 = ottobre
month-11 = novembre
month-12 = dicembre
date-in-year = { $weekday } { $day } { $month }
date-long = { $date } { $year }
date-short = { $day } { $month } { $year }
date-day-month = { $day } { $month }
# Il giorno dopo una preposizione: «dal 30 settembre all'8 ottobre 2026».
date-from-day = { $count ->
    [8] dall'8
    [11] dall'11
   *[other] dal { $number }
}
date-to-day = { $count ->
    [8] all'8
    [11] all'11
   *[other] al { $number }
}
date-time = { $date } alle { $time }
date-hours = { $date }, dalle { $from } alle { $to }
date-from-to = Da { $from } a { $to }
money = { $amount } €
