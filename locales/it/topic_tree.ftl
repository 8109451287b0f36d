# SPDX-License-Identifier: EUPL-1.2
# Topics and sectors to tick.
topic-tree-some = Solo alcuni argomenti
topic-tree-of = di { $name }
topic-tree-chosen = { $count ->
    [one] (1 scelto)
   *[other] ({ $number } scelti)
}
