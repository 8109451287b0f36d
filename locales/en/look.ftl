# SPDX-License-Identifier: EUPL-1.2
# How it looks: numbers, header, footer.
number-groups = ,

# The footer
footer-tax-code = Tax code or VAT number:
footer-pec = Certified e-mail (PEC):
footer-body-site = The body's own site
footer-feed = New opportunities by RSS
footer-accessibility-feedback = Report an accessibility problem
