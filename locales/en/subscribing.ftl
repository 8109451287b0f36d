# SPDX-License-Identifier: EUPL-1.2
step-chi = Who you are
step-dove = Where
step-cosa = What
step-come = How and when
step-riepilogo = Summary
step-done = Done
step-current = You are here
step-next = Continue
step-back = Back
wizard-way-email = By e-mail
wizard-way-email-hint = Once confirmed, you can add notifications in the browser too
wizard-way-push = With a notification in this browser
wizard-way-push-hint = No e-mail address is needed
summary-heading = Check and confirm
summary-answers = Your choices
summary-change = Change
summary-confirm = Confirm your subscription
step-came-for = We tell you when an opportunity comes out about: { $topics }. Topics and place can be changed in the summary.
step-to-save = We tell you whatever changes and remind you of the dates of:
summary-to-save = What you save
recall-only-saved = We tell you only of what you save: if something changes, and before its dates
recall-count = { $count ->
    [0] With these choices you would have received no notification in the last 30 days
    [one] With these choices you would have received one notification in the last 30 days
   *[other] With these choices you would have received { $number } notifications in the last 30 days
}
recall-in-digests = { $count ->
    [one] Gathered in a single digest.
   *[other] Gathered in { $number } digests at most.
}
recall-examples = For example:
recall-none = Try adding a topic, lifting a limit such as the place, or changing who you are: some calls are for businesses or public bodies only. You can also subscribe as it is: we tell you as soon as something comes out.
recall-too-many = That is a lot. Choose fewer topics, or receive a digest daily or weekly instead of one notification at a time.
recall-too-many-in-digests = That is a lot even for a digest: with fewer topics you read only what you need.
places-none = No place found
places-found = { "{count}" } places found
places-found-one = One place found
places-hint = When suggestions appear, use the up and down arrows to review them and Enter to select. On touch devices, explore or swipe.
