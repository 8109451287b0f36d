# SPDX-License-Identifier: EUPL-1.2
move-form-heading = Change your e-mail address
move-form-lead = We write to the old and to the new address: once you confirm from both, notifications go to the new one. Until then nothing changes.
move-form-email = The new e-mail address
move-form-action = Ask for the confirmations
move-heading = Move the notifications to another address?
move-lead = Somebody asked to have the notifications sent to a new address. It changes only once you confirm from the old and from the new one.
move-note-1 = Was it not you? Close this page: without your confirmation nothing changes.
move-agree = I confirm
move-waiting-heading = Thank you, the other confirmation is missing
move-waiting-lead = Now open the message at the other address and confirm from there too.
move-done-heading = Done: your address has changed
move-done-lead = From now on notifications go to the new address. We do not keep the old one.
done-moving = We have written to both addresses: confirm from both.
preferences-move = Change address
mail-subject-mailbox-move = Confirm the change of address for { $service }
mail-mailbox-move-heading = Confirm the change of address
mail-mailbox-move-lead = Somebody asked to have the notifications of { $service } sent to another address. It changes only once the old and the new one have confirmed.
mail-mailbox-move-action = Confirm the change
mail-mailbox-move-note = The link is valid for 7 days and works once. If it was not you, ignore this message: without your confirmation nothing changes.
move-new-address = New address
move-to = The new address: { $address }
refusal-asked-too-often = You have asked for another address too often: wait an hour and try again.
refusal-last-profile = It is your only profile. If you want no more notifications, cancel your subscription; otherwise add another profile first.

# Chi ha cancellato l'iscrizione, e le colonne dei suoi dati
left-heading = You are no longer subscribed
left-lead = We write to you no more. Here is what we still keep of you: you can download or erase it. If you have changed your mind, come back: you find the choices of before.
left-kept = We erase everything ourselves { $days } days after you left.
left-come-back = Receive notifications again
data-column-title = Title
data-column-url = Address
data-column-since = Since
data-column-saved = Saved
data-column-read = Read
yes = yes
no = no
