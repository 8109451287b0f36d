# SPDX-License-Identifier: EUPL-1.2
# The back office, and the mailbox of a development installation.
staff-menu-opportunities = Opportunities
staff-menu-new = New opportunity
staff-menu-site = Public site
staff-breadcrumb = Breadcrumb

staff-sign-in-heading = Staff area
staff-sign-in-lead = For those who publish opportunities. Do you want to change your own notifications? Go to
staff-sign-in-email = E-mail address
staff-sign-in-password = Password
staff-sign-in-action = Sign in
staff-sign-in-refused = Wrong address or password

staff-list-title = Editors: opportunities
staff-list-caption = Drafts first, then the others, the latest first
staff-list-empty = There is nothing yet: write the first opportunity.
staff-no-title = Untitled
staff-status = Status
staff-status-draft = Draft
staff-status-published = Published
staff-status-closed = Closed
staff-status-exhausted = Funds used up
staff-status-withdrawn = Withdrawn
staff-updated = Last change
staff-public-page = Public page
staff-page-number = Page

staff-edit-heading = Edit opportunity
staff-saved = Draft saved.
staff-save = Save the draft
staff-preview = Save and count whom it concerns
staff-go-publish = Save and go on to publish

staff-what = What
staff-kind = Kind
staff-title = Title
staff-title-hint = Useful words first: notifications show the first 50 characters.
staff-summary = In two lines
staff-summary-hint = In plain words: whom it helps and what it offers.
staff-body = Full text
staff-body-hint = In Markdown: headings, lists and links.
staff-publisher = Publishing body
staff-link = Official page
staff-documents = Documents
staff-documents-hint = The text of the call, the forms: what they are called and their address. More rows appear when you save.
staff-document-title = Name of the document
staff-document-link = Address of the document
staff-error-document-title = Write what the document is called
staff-error-too-many-documents = There can be 20 documents at most: put the others on the official page
staff-link-hint = The full address, for example https://www.example.it/call
staff-place = Where it takes place
staff-place-hint = In words, for an event or a service: “Palazzo Lombardia, Milan”.
staff-amount = Amounts
staff-amount-hint = In euros, for example 25,000 or 1,200.50.
staff-amount-total = Funds in all
staff-amount-minimum = Least for one applicant
staff-amount-maximum = Most for one applicant

staff-when = When
staff-when-hint = Without a time it opens at the beginning of the day and closes at its end.
staff-opens-on = Opens on
staff-opens-at = Opens at
staff-closes-on = Closes on
staff-closes-at = Closes at
staff-dates-note = Note on the dates
staff-dates-note-hint = What the dates alone do not say: “until the funds are used up”.

staff-whom = Whom it concerns
staff-whom-hint = It needs at least one topic and one place. What you leave empty excludes nobody.
staff-topics = Topics
staff-areas = Places
staff-more-areas = Add a place
staff-more-areas-hint = A municipality, “Bergamo (province)” or a region; several, if separated by commas.
staff-add-area = Add
staff-audience = Whom it is for
staff-audience-hint = Empty: it is for everyone.
staff-everyone = Everyone
staff-organisation-types = Types of organisation
staff-organisation-types-hint = For companies, professionals, associations and public bodies. Empty: of every type.
staff-company-sizes = Sizes of company
staff-company-sizes-hint = For companies only. Empty: of every size.
staff-sectors = Sectors of activity
staff-sectors-hint = For companies and professionals only (ATECO codes). Empty: of every sector.
staff-sectors-some = Only some sectors
staff-ages = Ages
staff-ages-hint = For citizens only. Empty: of every age.
staff-chosen = { $count ->
    [0] (all)
   *[other] ({ $number })
}
staff-more = and { $number } more

staff-audience-heading = Who will receive it
staff-audience-unknown = With at least one topic and one place you can know how many people it concerns, and why.
staff-audience-none = For now it concerns none of the subscribers.
staff-audience-few = Fewer than 5 profiles match.
staff-audience-told = { $count ->
    [one] { $number } profile matches.
   *[other] { $number } profiles match.
}
staff-audience-why = What they have in common with the opportunity
staff-audience-note = Each profile counts once: whoever has two that match counts twice, but is told once. Everyone is told when and how they chose. Numbers below 5 are not shown.
staff-few = fewer than 5
staff-share = about { $share } in 100

staff-missing = Before it can be published:
staff-missing-title = Write the title
staff-missing-topic = Choose at least one topic
staff-missing-area = Choose at least one place: if it holds everywhere, “Italy”
staff-missing-audience = Say whom it is for: you chose sectors, types, sizes or ages, which not everyone has

staff-publish-heading = Check and publish
staff-publish-not-yet = It cannot be published yet
staff-publish-crumb = Publishing
staff-publish-final = Read it all again: once it is published the notifications leave at once and cannot be called back.
staff-publish-past = The deadline has passed: once published it counts as closed, can be read on the site, and nobody is told. This cannot be undone.
staff-publish-action = Publish and notify
staff-publish-close-action = Publish as closed
staff-publish-back = Back to the draft

staff-done-published = Published: the notifications are leaving.
staff-done-published-closed = Published as closed: nobody was told.
staff-done-already = It was published already: nobody is told twice.
staff-read-only = It is public: whatever you change is seen at once, and those who know it may be told.
staff-published-at = Published on { $when }.
staff-open-public-page = Open the public page
staff-back-to-list = Back to the opportunities

staff-batches-heading = Sendings
staff-batches-lead = Every import that told people, with what became of its notifications.
staff-batches-empty = No import has told anybody so far.
staff-batches-caption = Sendings, the latest first
staff-batches-sending = Sending
staff-batches-source = Source
staff-delivery-heading = Delivery of notifications
staff-delivery-crumb = Deliveries
staff-delivery-batch = Sending { $number }, { $when }
staff-delivery-web-push = Browser notifications
staff-delivery-email = E-mail
staff-delivery-lead = { $sent } of { $owed } sent
staff-delivery-owed = Owed
staff-delivery-sent = Sent
staff-delivery-open = Still under way
staff-delivery-retrying = of these, to be tried again
staff-delivery-failed = Failed
staff-delivery-expired = Expired
staff-delivery-suppressed = No longer needed
staff-delivery-half-within = Half of those sent left within { $duration } of publication.
staff-delivery-most-within = 95 of 100 within { $duration }.
staff-delivery-hint = “Sent” means that the browser's service or the mail server has accepted it. Each notification counts once for each address or device.
staff-delivery-nothing = Nobody has been told so far.
staff-delivery-being-matched = We are still finding out whom to tell: the numbers grow. Refresh in a moment.
staff-delivery-folded = Who was told is no longer kept: only the numbers remain.
staff-delivery-refresh = Refresh
staff-delivery-retry = Try the failed again
staff-delivery-retry-hint = Only where telling is still of use and the address or device is active. Whoever was told receives nothing more.
staff-delivery-tried = { $count ->
    [0] There is nothing to try again: the addresses are no longer active, it is of no more use, or the people were told already.
    [one] One failed notification is tried again.
   *[other] { $number } failed notifications are tried again.
}
staff-delivery-why = How they ended, and why
staff-delivery-reason = Reason
staff-delivery-ending = Outcome
staff-delivery-channel = Channel
staff-delivery-count = How many
staff-delivery-csv = Download the numbers (CSV)
staff-delivery-recipients = Download the outcome for each recipient, without addresses (CSV)
staff-delivery-whole-batch = Delivery of the whole sending
staff-reason-told-by-push = The browser notification was enough
staff-reason-past-its-use = It was of no more use: its time had passed
staff-reason-target-gone = The address or device no longer exists
staff-reason-target-removed = The person removed the device or the address
staff-reason-target-stopped = The person stopped the notifications
staff-reason-unsubscribed = The person unsubscribed
staff-reason-no-longer-open = It was no longer open
staff-reason-no-longer-wanted = The person changed what they chose
staff-reason-withdrawn = The opportunity was withdrawn
staff-reason-too-large = Message too long
staff-reason-404 = The browser is no longer subscribed (404)
staff-reason-410 = The browser is no longer subscribed (410)
staff-reason-550-5-1-1 = The address does not exist (550 5.1.1)
staff-reason-no-attempt-left = { $reason }, after all attempts
staff-reason-code = Answer: { $code }

duration-seconds = { $count ->
    [one] { $number } second
   *[other] { $number } seconds
}
duration-minutes = { $count ->
    [one] { $number } minute
   *[other] { $number } minutes
}
duration-hours = { $count ->
    [one] { $number } hour
   *[other] { $number } hours
}
duration-days = { $count ->
    [one] { $number } day
   *[other] { $number } days
}

staff-error-no-kind = Choose the kind
staff-error-too-long = At most { $longest } characters: there are { $length }
staff-error-link = Write the full address, beginning with https:// or http://
staff-error-amount = Write the amount in euros, in digits only: for example 25,000
staff-error-amount-negative = The amount cannot be below zero
staff-error-amounts-crossed = The most is less than the least
staff-error-date = Write the date with day, month and year in digits: for example 30/09/2026
staff-error-date-missing = You wrote a time: write the date too
staff-error-time = Write the time with its minutes: for example 12:00
staff-error-closes-early = It closes before it opens
staff-error-unknown-area = We cannot find: { $names }. Write the whole name with the letters of the province, for example “Bergamo (BG)”
staff-error-unknown-code = “{ $code }” is not among the choices: choose again

dev-mailbox = Test mailbox
dev-mailbox-lead = For development only: here arrive the messages that would leave by e-mail in service.
dev-mailbox-empty = Nothing has arrived yet.
dev-mail-to = to { $address }
dev-message = Message
dev-to = To
dev-date = Date
dev-links = Links
dev-text = Text
dev-html = HTML version
dev-html-hint = Its links do not work here: use those listed above.
dev-headers = Headers

staff-turns-heading = What has happened?
staff-revise = Change it
staff-revise-action = Save and tell
staff-effect-heading = What this does
staff-effect-unknown = Before you save, this shows what changes and who is told.
staff-effect-action = See what changes
staff-effect-nobody = The page changes and nobody who knows it is told: only words have changed. Whoever it newly concerns is told of it as new.
staff-effect-closed = The deadline has passed: the item is closed, and nobody is told.
staff-effect-told = { $count ->
    [0] Nobody knows it yet: nobody is told.
    [one] The one profile that knows it is told: it was told of it, or saved it.
   *[other] The { $number } profiles that know it are told: they were told of it, or saved it.
}
staff-note = What do you want to say to those who were told?
staff-note-hint = In one sentence, only if needed. If you write anything, those who know the item are told even if its dates stay the same.
staff-turn-note-hint = In one sentence, only if needed: it is read in the notification.
staff-turn-exhausted = Its funds are used up
staff-turn-results = Its results are out
staff-turn-withdrawn = It is withdrawn
staff-turn-exhausted-means = The item stays readable and says “Funds used up”. Whoever was not told yet will not be.
staff-turn-results-means = The state of the item stays the same: those who know it are told that the results are out.
staff-turn-withdrawn-means = The item stays readable and says “Withdrawn”. Whoever was not told yet will not be.
staff-turn-final = This cannot be undone.
staff-turn-action = Confirm and tell
staff-done-revised = Change saved.
staff-done-turned = Done: those who know the item are being told.
staff-turn-back = Go back
staff-revise-quietly = Save the change
