// SPDX-License-Identifier: EUPL-1.2
//! The table: each figure beside its bare bound from the same run, the ratio that was reached and the one that is asked
//! for. Nothing in it is known beforehand but what is asked.

use std::fmt::Write;

/// What is asked of the ratio of a figure to its bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Asked {
    /// At least this much of it.
    AtLeast(f64),
    /// At most this much of it.
    AtMost(f64),
    /// Nothing: it is told for comparison.
    Nothing,
}

/// One line of the table.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What was measured.
    pub name: String,
    /// On which engine; empty where none takes part.
    pub engine: &'static str,
    /// The unit of figure and bound.
    pub unit: &'static str,
    /// One value a round.
    pub values: Vec<f64>,
    /// What it is held against, in words.
    pub bound: String,
    /// Its values, one a round, or one alone that is given.
    pub bounds: Vec<f64>,
    /// What is asked of the ratio.
    pub asked: Asked,
}

/// The middle value; of an even number, the mean of the two in the middle. Nothing makes 0.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        length if length % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

impl Figure {
    /// The median of the figure over the median of its bound.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        median(&self.values) / median(&self.bounds)
    }

    /// Whether what is asked was reached; `None` where nothing is asked.
    #[must_use]
    pub fn is_met(&self) -> Option<bool> {
        match self.asked {
            Asked::AtLeast(least) => Some(self.ratio() >= least),
            Asked::AtMost(most) => Some(self.ratio() <= most),
            Asked::Nothing => None,
        }
    }

    fn line(&self) -> String {
        let asked = match self.asked {
            Asked::AtLeast(least) => format!("≥ {least}"),
            Asked::AtMost(most) => format!("≤ {most}"),
            Asked::Nothing => "–".to_owned(),
        };
        let met = match self.is_met() {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "–",
        };
        format!(
            "| {} | {} | {} {} | {} | {} | {} | {:.2} | {asked} | {met} | {} |",
            self.name,
            self.engine,
            shown(median(&self.values)),
            self.unit,
            spread(&self.values),
            self.bound,
            shown(median(&self.bounds)),
            self.ratio(),
            self.values.len(),
        )
    }
}

/// The least and the greatest value.
fn spread(values: &[f64]) -> String {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{} – {}", shown(least), shown(greatest))
}

/// Three digits that say something, thousands apart.
fn shown(value: f64) -> String {
    if value.abs() < 10.0 {
        return format!("{value:.2}");
    }
    if value.abs() < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut spaced = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            spaced.push(' ');
        }
        spaced.push(digit);
    }
    spaced
}

/// The whole table in Markdown.
#[must_use]
pub fn render(figures: &[Figure]) -> String {
    let mut table = String::from(
        "| figure | engine | median | least – greatest | bound | its median | ratio | asked | met | rounds |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    for figure in figures {
        _ = writeln!(table, "{}", figure.line());
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
    }

    #[test]
    fn what_is_missed_is_said() {
        let figure = Figure {
            name: "x".to_owned(),
            engine: "",
            unit: "/s",
            values: vec![6_999.0, 7_100.0, 1.0],
            bound: "y".to_owned(),
            bounds: vec![10_000.0],
            asked: Asked::AtLeast(0.7),
        };
        assert_eq!(figure.is_met(), Some(false));
        assert!(render(&[figure]).contains("| 6 999 /s | 1.00 – 7 100 | y | 10 000 | 0.70 | ≥ 0.7 | **no** | 3 |"));
    }
}
