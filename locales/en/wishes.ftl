# SPDX-License-Identifier: EUPL-1.2
telling-heading = Topic by topic
telling-lead = Choose how often and in which way to be told of each topic that you follow.
telling-whole = Usually
telling-like-the-rest = As usual
telling-link = Choose topic by topic
peace-heading = When to leave you in peace
peace-link = Quiet hours, weekly limit, pause
pause-heading = Pause
pause-lead = During a pause we send you nothing but alerts. When it ends you receive one digest of what is still open.
pause-week = Pause for a week
pause-month = Pause for a month
pause-end = Resume now
pause-longer-week = Add a week
pause-longer-month = Add a month
paused-until = You are on pause until { $when }.
paused-change = Change, or resume
quiet-heading = Quiet hours
quiet-lead = Choose whether there are hours in which no notification reaches your browser. Alerts and e-mails arrive all the same.
quiet-hours = Do not wake me in these hours
quiet-same-hour = Quiet hours have to begin and end at two different hours. If you want none, choose “Tell me at any hour”.
quiet-from = From
quiet-to = To
quiet-none = Tell me at any hour
weekly-heading = How many notifications a week
weekly-lead = Beyond this number, the rest goes into the next day's digest.
weekly-pushes = { $count ->
    [0] All of them, without a limit
    [one] One at most
   *[other] { $number } at most
}
done-paused = You are on pause: until it ends we send you no notifications.
done-resumed = The pause is over: we tell you again.
