# SPDX-License-Identifier: EUPL-1.2
# Notifications in the browser: where they need the person's hand, the names of devices, the installed app.
push-asking = The browser is waiting for your answer: look beside the address of the page, at the top. If there is nothing, press again.
push-waiting = One moment: the browser is preparing the notifications.
push-mail-anyway = E-mail works all the same
push-unsupported = This browser cannot receive notifications. Update it, or use another one: recent Firefox, Chrome, Edge and Safari can.
push-ios-lead = On iPhone and iPad notifications reach only a site that is on the Home Screen. It takes three steps:
push-ios-1 = Tap the browser's Share button: a square with an arrow pointing up.
push-ios-2 = Scroll the list and choose “Add to Home Screen”.
push-ios-3 = Open the site from its new icon and switch on notifications there. If you had signed in, sign in again. What you chose here does not move into the app: to keep it, use e-mail.
push-ios-old-heading = This iPhone or iPad has to be updated first.
push-ios-old = Notifications of websites work from iOS 16.4 on. Open Settings, General, Software Update, then come back here.
push-denied-how = To allow them again:
push-denied-again = Then come back here: if nothing changes, reload the page.
push-steps-firefox-1 = Press the symbol to the left of the page's address (a crossed-out balloon or a padlock).
push-steps-firefox-2 = Beside “Send notifications”, where it says “Blocked”, press the ×.
push-steps-firefox-android-1 = Tap the padlock beside the page's address.
push-steps-firefox-android-2 = Tap “Notification” until it says “Allowed”.
push-steps-firefox-android-3 = If that is not enough, open Android's Settings, Apps, Firefox, Notifications, and allow them.
push-steps-chrome-1 = Press the symbol to the left of the page's address.
push-steps-chrome-2 = Move the switch beside “Notifications”, or open “Site settings” and choose “Allow”.
push-steps-android-1 = Tap the symbol to the left of the page's address, then “Permissions”.
push-steps-android-2 = Tap “Notifications” and allow them.
push-steps-android-3 = If that is not enough, open Android's Settings, Apps, Chrome, Notifications, and allow them.
push-steps-edge-1 = Press the padlock to the left of the page's address.
push-steps-edge-2 = Open “Permissions for this site”.
push-steps-edge-3 = Beside “Notifications” choose “Allow”.
push-steps-safari-1 = In the Safari menu open Settings, then “Websites”.
push-steps-safari-2 = On the left choose “Notifications”.
push-steps-safari-3 = Beside this site choose “Allow”.
push-steps-iphone-1 = Open Settings, then “Notifications”.
push-steps-iphone-2 = In the list choose the name of this site.
push-steps-iphone-3 = Switch on “Allow Notifications”.
push-steps-other-1 = Press the symbol beside the page's address.
push-steps-other-2 = Open the site's permissions.
push-steps-other-3 = Beside “Notifications” choose “Allow”.
push-timeout-why = It may be the network, or a browser that does not use its maker's notification service.

install-lead = Would you like the site as an app? It opens from its own icon, and notifications stay on longer.
install-action = Install the app

device-rename = Rename
device-name = What do you want to call it?
device-name-hint = For example: my phone, the computer at the office.
device-name-save = Save the name
done-renamed = Name changed.
device-test-now = Send a test to this browser

offline-heading = There is no connection
offline-lead = The site cannot be reached: check the network and try again.
offline-pushes = Notifications that come out meanwhile are not lost: they arrive when you are back online.
offline-again = Try again
offline-home = Go to the first page
