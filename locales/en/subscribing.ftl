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
recall-count = { $count ->
    [0] With these choices you would have received no notification in the last 30 days
    [one] With these choices you would have received one notification in the last 30 days
   *[other] With these choices you would have received { $count } notifications in the last 30 days
}
recall-examples = For example:
recall-none = Try adding a topic or removing a limit, such as the place. You can also subscribe as it is: we will tell you as soon as something comes out.
recall-too-many = That is a lot. Choose fewer topics, or receive a digest daily or weekly instead of one notification at a time.
places-none = No place found
places-found = { "{count}" } places found
places-hint = When suggestions appear, use the up and down arrows to review them and Enter to select. On touch devices, explore or swipe.
