# SPDX-License-Identifier: EUPL-1.2
# Places that are part of another one today.

place-part-of = now part of { $place }
place-now-part-of = { $former } is now part of { $place }.
