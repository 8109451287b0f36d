# SPDX-License-Identifier: EUPL-1.2
# My notifications: read and unread, filters, private addresses

inbox-unread-count = { $count ->
    [0] Unread: none
   *[other] Unread: { $number }
}
inbox-is-unread = Unread
inbox-mark-read = Mark as read
inbox-mark-unread = Mark as unread
inbox-read-all = Mark everything as read
inbox-read-these = Mark these notifications as read
inbox-done-read-all = You have marked everything as read.
inbox-done-read-these = These notifications are marked as read.
inbox-nothing-unread = You have read everything.
inbox-none-such = There is nothing like that among your notifications.
inbox-filters = Filter
inbox-beyond = There is nothing more here.
inbox-first-page = Back to the beginning
inbox-more-unread = There are more: they come up once you have read these.
inbox-calendar = Add to the calendar

inbox-feeds = In your news reader and your calendar
inbox-feeds-lead = With an address of your own, the program that you use already shows your notifications and the dates of what you have saved, without a password.
inbox-feeds-atom = Your notifications (Atom)
inbox-feeds-calendar = The dates of what you have saved (iCalendar)
inbox-feeds-secret = Whoever knows these addresses sees the same lists: give them to nobody. If somebody has seen them, change them: the old ones then stop working.
inbox-feeds-make = Make my addresses
inbox-feeds-renew = Change the addresses
inbox-feeds-stop = Take the addresses away
inbox-done-feeds-renewed = Here are your addresses. If you had others, they no longer work.
inbox-done-feeds-stopped = Your addresses no longer work.

deed-saved = Saved: “{ $title }”.
deed-dropped = No longer saved: “{ $title }”.
deed-read = Marked as read: “{ $title }”.
deed-unread = Marked as unread: “{ $title }”.
deed-hidden = Hidden: “{ $title }”. We will not mention it again.
deed-shown = Visible again: “{ $title }”.
deed-judged = Thank you, we have recorded what you think of “{ $title }”.
deed-withdrawn = Your answer about “{ $title }” has been removed.
deed-back = Back to this notification
