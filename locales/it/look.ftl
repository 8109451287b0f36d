# SPDX-License-Identifier: EUPL-1.2
# Come si presenta: numeri, intestazione, piè di pagina.
number-groups = .

# Il piè di pagina
footer-tax-code = Codice fiscale o partita IVA:
footer-pec = PEC (posta elettronica certificata):
footer-body-site = Il sito dell'ente
footer-feed = Nuove opportunità via RSS
footer-accessibility-feedback = Segnala un problema di accessibilità
