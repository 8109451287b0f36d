# SPDX-License-Identifier: EUPL-1.2
# Notifications and mails.
when-opens = Opens { $when }
when-open = Closes { $when }
when-closed = Closed { $when }
when-until = Until { $when }
when-ended = Ended { $when }
when-no-deadline = No deadline given
when-withdrawn = Withdrawn
when-exhausted = Funds used up
area-province = { $name } (province)
reason-saved = you saved it
why = Because you follow { $facets }
why-saved = Because you saved it

kind-call = Call
kind-service = Service
kind-news = News
kind-event = Event
kind-alert = Alert

mail-subject-opportunity = { $kind }: { $title }
mail-open = Read more
mail-fact-publisher = Published by
mail-fact-place = Where
mail-fact-amount = Funding
mail-why-heading = Why you receive this e-mail
mail-frequency-immediate = You asked to be told at once.
mail-no-tracking = This e-mail holds no tracking: we do not know whether you open it or what you click.
mail-unsubscribe = I no longer want these e-mails
mail-preferences = Change preferences
mail-privacy = Privacy
mail-sent-by = Sent by { $service }, a service of { $body }.

mail-subject-confirmation = Confirm your subscription to { $service }
mail-confirmation-heading = Confirm your subscription
mail-confirmation-lead = Somebody (you, we hope) asked to receive the notifications of { $service } at this address.
mail-confirmation-action = Confirm the subscription
mail-confirmation-note = The link works for 7 days and once only. If it was not you, ignore this message: you will receive nothing else.

mail-subject-sign-in = The link to your preferences
mail-sign-in-heading = Open your page
mail-sign-in-lead = You asked to see or change your notifications from { $service }.
mail-sign-in-action = Open my preferences
mail-sign-in-note = The link works for 30 minutes and once only. Do not forward this message: whoever opens it enters your page.

mail-subject-test = Test message from { $service }
mail-test-heading = It works
mail-test-lead = This is the test message that you asked for: the notifications of { $service } reach this address.
mail-test-action = Open my preferences

push-confirmation-title = Confirm your subscription
push-sign-in-title = Open your page
push-sign-in-body = Tap to see or change your notifications. Works for 30 minutes.
push-test-title = It works!
push-test-body = The notifications of { $service } reach this browser.

digest-heading-daily = Your notifications for today
digest-heading-weekly = Your notifications for the week
digest-section-closing-soon = Closing soon
digest-section-new = New
digest-section-changed = Changed
digest-section-events = Events
digest-section-news = News
digest-section-stop = I no longer want the part “{ $section }”
digest-more = { $count ->
    [one] There is one more notification: read it in “My notifications”
   *[other] There are { $number } more notifications: read them in “My notifications”
}
digest-subject-others = { $count ->
    [one] and one more notification
   *[other] and { $number } more notifications
}
mail-frequency-daily = You asked for a digest a day: it gathers what concerns the things you follow.
mail-frequency-weekly = You asked for a digest a week, on Monday: it gathers what concerns the things you follow.
push-digest-title = { $count ->
    [one] One new notification for you
   *[other] { $number } new notifications for you
}

told-deadline-set = Deadline set
told-extended = Extended
told-closes-earlier = Closes earlier
told-closed-early = Closed early
told-reopened = Open again
told-exhausted = Funds used up
told-results = Results published
told-corrected = Updated
told-withdrawn = Withdrawn
coming-closes = { $count ->
    [0] Closes today
    [1] Closes tomorrow
   *[other] Closes in { $number } days
}
coming-opens = { $count ->
    [0] Opens today
    [1] Opens tomorrow
   *[other] Opens in { $number } days
}
coming-begins = { $count ->
    [0] Begins today
    [1] Begins tomorrow
   *[other] Begins in { $number } days
}
coming-at = { $coming } at { $time }
change-closes = Deadline
change-opens = Opening
change-ends = End
change-begins = Beginning
change-total = Funds
change-minimum = Smallest amount
change-maximum = Largest amount
change-place = Place
change-of-date = { $name }: { $from } { $to }
change-of-value = { $name }: from { $from } to { $to }
change-set = { $name }: { $to }
change-taken-away = { $name }: no longer there (it was { $from })
told-title = { $what }: { $title }
mail-frequency-reminder = You asked to be reminded before the dates that matter to you.
mail-frequency-change = We had written to you about it, or you saved it: that is why we tell you what has changed.

# The word that an erasure is done
mail-subject-erased = Your data have been erased
mail-erased-heading = Your data have been erased
mail-erased-lead = As you asked, we have erased what { $service } knew about you: addresses, browsers, profiles, choices, answers and the list of the notifications you got. This is the last e-mail you get from us.
mail-erased-action = Go to the site
mail-erased-note = If it was not you who asked, reply to this e-mail: somebody has entered your page. What stays is the proof of the consents you gave and withdrew, under a number that leads to nobody, and, if you gave us an e-mail address, a fingerprint of it made with a secret key: it only keeps a list from signing it up again without you. The totals of what was sent stay too; they do not say to whom.
