# SPDX-License-Identifier: EUPL-1.2
# The stars of pages and of signing up. The questions and answers follow the national model for public bodies.
rating-title-page = How clear is the information on this page?
rating-title-flow = How easy was it to use this service?
rating-stars = { $count ->
    [one] Give one star out of 5
   *[other] Give { $number } stars out of 5
}
rating-send = Send your rating
rating-kept = Thank you, your rating has been recorded. If you like, answer one more question.
rating-failed = We could not record your answer. Check your connection and try again.
rating-question = { $opinion ->
    [positive] What did you like best?
   *[negative] Where did you have most difficulty?
}
rating-answer = { $answer ->
    [clear] The instructions were clear
    [complete] The instructions were complete
    [on-track] I always knew that I was on the right track
    [no-trouble] I had no technical problems
    [unclear] Some instructions were not clear
    [incomplete] Some instructions were not complete
    [lost] At times I did not know whether I was on the right track
    [trouble] I had technical problems
   *[other] Other
}
rating-next = Next
rating-text = Would you like to add any details?
rating-text-hint = At most 200 characters. Do not write personal data: we do not know who you are and cannot answer you.
rating-text-too-long = The text has { $length } characters: shorten it to { $longest } or fewer.
rating-finish = Send
rating-thanks = Thank you, your opinion helps us to improve the service.
rating-more-heading = Would you like to tell us more?
rating-done-heading = Thank you for your opinion
rating-back = Back to the page you came from
