// SPDX-License-Identifier: EUPL-1.2
//! Which counts of people may be shown beside one another, so that nobody can be told apart by them.
//!
//! A count of fewer than [`FEWEST_SHOWN`] people is hidden, zero too: that nobody gave an answer says something of each.
//! What is hidden must not be found by subtracting what is shown from the sum, so the next smallest is hidden as well until
//! the hidden ones add up to as many people (complementary suppression). Where everybody together are fewer, nothing is
//! shown.

/// From how many people on a count is shown: fewer could be told apart.
pub const FEWEST_SHOWN: i64 = 5;

/// The counts of one question, in their order; `None` for each that stays hidden. Of equal ones the first is hidden first.
#[must_use]
pub fn disclosed<const N: usize>(counts: [i64; N]) -> [Option<i64>; N] {
    let mut by_size: Vec<usize> = (0..N).collect();
    by_size.sort_by_key(|&at| (counts[at], at));
    let mut shown = counts.map(Some);
    let (mut hidden, mut cells) = (0, 0);
    for at in by_size {
        let is_enough = cells == 0 || (cells > 1 && hidden >= FEWEST_SHOWN);
        if counts[at] >= FEWEST_SHOWN && is_enough {
            break;
        }
        shown[at] = None;
        hidden += counts[at];
        cells += 1;
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_count_of_few_is_shown_nor_found_by_subtracting() {
        let cases = [
            ([4, 1, 0, 0, 0, 0], [None; 6]),
            ([5, 0, 0, 0, 0, 0], [None; 6]),
            ([40, 1, 0, 0, 0, 0], [None; 6]),
            ([40, 7, 1, 0, 0, 0], [Some(40), None, None, None, None, None]),
            ([40, 3, 2, 0, 0, 0], [Some(40), None, None, None, None, None]),
            ([5, 6, 7, 8, 9, 10], [5, 6, 7, 8, 9, 10].map(Some)),
            ([5, 6, 7, 8, 9, 4], [None, Some(6), Some(7), Some(8), Some(9), None]),
            ([0; 6], [None; 6]),
        ];
        for (counts, expected) in cases {
            assert_eq!(disclosed(counts), expected, "{counts:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_hidden_adds_up_to_enough_or_is_everything(counts in proptest::array::uniform6(0_i64..30)) {
            let shown = disclosed(counts);
            let hidden: Vec<i64> = (0..6).filter(|&at| shown[at].is_none()).map(|at| counts[at]).collect();
            let sum: i64 = hidden.iter().sum();
            prop_assert!(hidden.is_empty() || hidden.len() == 6 || (hidden.len() > 1 && sum >= FEWEST_SHOWN));
            for (at, count) in shown.iter().enumerate() {
                prop_assert!(count.is_none_or(|it| it == counts[at] && it >= FEWEST_SHOWN), "{:?}", shown);
            }
        }

        #[test]
        fn the_smaller_are_hidden_and_no_more_than_needed(counts in proptest::array::uniform6(0_i64..30)) {
            let shown = disclosed(counts);
            let hidden: Vec<i64> = (0..6).filter(|&at| shown[at].is_none()).map(|at| counts[at]).collect();
            let largest = hidden.iter().copied().max().unwrap_or_default();
            prop_assert!(shown.iter().flatten().all(|count| *count >= largest));
            let few = counts.iter().filter(|count| **count < FEWEST_SHOWN);
            let is_needed = hidden.len() <= 2 || largest < FEWEST_SHOWN || hidden.iter().sum::<i64>() - largest < FEWEST_SHOWN;
            prop_assert!(is_needed, "{:?} of {:?}", shown, counts);
            prop_assert_eq!(hidden.is_empty(), few.count() == 0);
        }
    }
}
