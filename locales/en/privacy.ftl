# SPDX-License-Identifier: EUPL-1.2
# What is kept of people, why and for how long (GDPR art. 13): each part has a heading and its paragraphs.

# The day of the last change of these sentences.
privacy-updated = 2026-11-30
privacy-heading = Privacy notice
privacy-holder-heading = Who handles your data
privacy-holder-1 = { $service } is a service of { $body }, the data controller. For questions and to exercise your rights write to { $contact }.
privacy-holder-dpo = The data protection officer answers at { $dpo }.
privacy-kept-heading = What we keep
privacy-kept-1 = Your e-mail address or your browser's push subscription, the answers you give (who you are, where, which topics, what you save), which messages we sent you, and the proof of your consent. Nothing else is required and we do not ask for your date of birth.
privacy-kept-2 = We do not measure who opens the messages or what they click: e-mails hold no tracking images and no personal links, but for those to stop and to manage the notification.
privacy-why-heading = Why
privacy-purpose-notifications = To tell you of the opportunities that concern you, with your consent (Article 6(1)(a) of the GDPR). You withdraw it at any time from the preferences or from the link in every e-mail. You need not give it: everything we send can also be read here without subscribing.
privacy-purpose-surveys = To invite you to answer surveys on how the service is, one every three months at most, only if you give a consent of its own (Article 6(1)(a) of the GDPR). You give and withdraw it at any time on the page of consents. Saying no does not change your notifications.
privacy-why-1 = What concerns you is decided by your answers alone: every message says why you get it.
privacy-passed-on-heading = Who else receives them
privacy-passed-on-1 = Notifications in the browser pass through the service of the browser's maker (Google, Mozilla, Apple, Microsoft), which may be outside the European Union; the content is encrypted and only your browser can read it. E-mails pass through the mail service of { $body } and through yours. Nobody else receives your data from us.
privacy-how-long-heading = For how long
privacy-how-long-1 = While you are subscribed. A request that was never confirmed is erased after { $unconfirmed } days; the address and the choices of whoever left after { $left } days; which messages you got { $days } days after they are of no more use.
privacy-how-long-2 = The consent to invitations to surveys holds until you withdraw it or leave.
privacy-how-long-3 = From your preferences you can erase everything at once. What stays is the proof of the consents you gave and withdrew, under a number that leads to nobody, and, if you gave us an e-mail address, a fingerprint of it made with a secret key: it only keeps a list from signing it up again without you. The totals of what was sent stay too; they do not say to whom.
privacy-rights-heading = Your rights
privacy-rights-1 = From your preferences you see, download, correct and erase your data, pause the messages and withdraw each consent. For any other request, such as restricting or objecting to the processing, write to { $contact }.
privacy-rights-2 = If you think that your rights are not respected, you can complain to the Italian data protection authority (garanteprivacy.it).
privacy-opinions-heading = Your opinion and your messages
privacy-opinions-1 = When you rate a page with stars we keep which page, the stars, the answers, the text, the day and the language. Nothing that leads to you: no address, no hour, no code of your browser.
privacy-opinions-2 = If you answer “Was it useful?”, we keep the answer with a code in place of your name: it lets you change it, take a copy of it and have it erased. Those who write the notifications see totals only, and only those of five people or more.
privacy-opinions-3 = If you write to us by the form, the message and your address stay here only until the mail has taken them over, 30 days at most; then they are only in the mailbox of those who answer you.
privacy-cookies-heading = Cookies
privacy-cookies-1 = We use only technical cookies of this site (language, forms, sign-in, what you have just done) and, if you switch on notifications, the browser's storage to remember that they are on. No request goes to anybody else's site.
privacy-cookies-chat = With one exception: the public pages have the chat of { $body }, and its program comes from { $host }, which your browser asks for it when you open those pages. It is not on personal pages.
