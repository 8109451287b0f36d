# SPDX-License-Identifier: EUPL-1.2
# Topics and sectors to tick.
topic-tree-some = Only some topics
topic-tree-of = of { $name }
topic-tree-chosen = { $count ->
    [one] (1 chosen)
   *[other] ({ $number } chosen)
}
