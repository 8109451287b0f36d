# SPDX-License-Identifier: EUPL-1.2
weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
date-in-year = { $weekday } { $day } { $month }
date-long = { $date } { $year }
date-short = { $day } { $month } { $year }
date-day-month = { $day } { $month }
# The day after a preposition: “from 30 September to 8 October 2026”.
date-from-day = { $count ->
   *[other] from { $number }
}
date-to-day = { $count ->
   *[other] to { $number }
}
date-time = { $date } at { $time }
date-hours = { $date }, from { $from } to { $to }
date-from-to = From { $from } to { $to }
money = € { $amount }
