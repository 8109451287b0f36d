# SPDX-License-Identifier: EUPL-1.2
# Places that are part of another one today.

place-part-of = oggi fa parte di { $place }
place-now-part-of = { $former } oggi fa parte di { $place }.
