//! Coefficients of agreement against published and hand-computed values.

use opnote_audit::agreement::{Coefficient, agreement, alpha};

/// Answers of two reviewers from the counts of a table.
fn answers(table: &[&[usize]]) -> Vec<(String, String)> {
    let mut answers = Vec::new();
    for (one, row) in table.iter().enumerate() {
        for (other, count) in row.iter().enumerate() {
            answers.extend(std::iter::repeat_n((one.to_string(), other.to_string()), *count));
        }
    }
    answers
}

fn close(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() < within, "{found} is not {expected}");
}

fn value(it: Option<Coefficient>) -> f64 {
    it.expect("a coefficient").value
}

#[test]
fn kappa_and_ac1_are_those_of_the_books() {
    // Three names, a hundred items: observed 0.85, by chance 0.3616.
    let found = agreement(&answers(&[&[40, 3, 1], &[2, 30, 4], &[0, 5, 15]]));
    assert_eq!((found.items, found.same), (100, 85));
    close(value(found.kappa), 0.765_038, 1e-6);
    close(value(found.ac1), 0.779_703, 1e-6);
    // Standard error and interval of an independent implementation (irrCAC 0.4.4).
    let ac1 = found.ac1.expect("AC1");
    close(ac1.error.expect("an error"), 0.053_264_97, 1e-7);
    let (low, high) = ac1.interval.expect("an interval");
    close(low, 0.674_014_08, 1e-6);
    close(high, 0.885_392_59, 1e-6);
    let alpha = found.alpha.expect("alpha");
    close(alpha.value, 0.766_139_14, 1e-7);
    close(alpha.error.expect("an error"), 0.055_4, 1e-3);
    // Gwet 2008: one name is by far the commonest, kappa is about nothing, AC1 is not.
    let skewed = agreement(&answers(&[&[118, 5], &[2, 0]]));
    close(value(skewed.kappa), -0.023_4, 1e-4);
    close(value(skewed.ac1), 0.940_8, 1e-4);
}

#[test]
fn intervals_hold_the_estimate_and_shrink_with_items() {
    let few = agreement(&answers(&[&[20, 3], &[4, 13]]));
    let many = agreement(&answers(&[&[200, 30], &[40, 130]]));
    for (few, many) in [(few.kappa, many.kappa), (few.ac1, many.ac1), (few.alpha, many.alpha)] {
        let (few, many) = (few.expect("few"), many.expect("many"));
        let width = |it: Coefficient| it.interval.map(|it| it.1 - it.0).expect("an interval");
        assert!(width(many) < width(few) / 2.0, "{few:?} {many:?}");
        let (low, high) = few.interval.expect("an interval");
        assert!(low < few.value && few.value < high);
    }
    // Fleiss, Levin and Paik 2003, chapter 18: a hundred patients, two raters; the book has 0.676 and 0.088.
    let found = agreement(&answers(&[&[75, 1, 4], &[5, 4, 1], &[0, 0, 10]])).kappa.expect("kappa");
    close(found.value, 0.676, 1e-3);
    close(found.error.expect("an error"), 0.087_7, 1e-3);
}

#[test]
fn alpha_is_that_of_krippendorff() {
    let items = |reviewers: &[&str]| -> Vec<Vec<Option<String>>> {
        let columns: Vec<Vec<char>> = reviewers.iter().map(|it| it.chars().collect()).collect();
        (0..columns[0].len())
            .map(|at| columns.iter().map(|it| Some(it[at].to_string()).filter(|it| it != ".")).collect())
            .collect()
    };
    let of = |reviewers: &[&str]| {
        let items = items(reviewers);
        let items: Vec<Vec<Option<&str>>> =
            items.iter().map(|it| it.iter().map(|it| it.as_deref()).collect()).collect();
        alpha(&items).expect("alpha").value
    };
    // Krippendorff 2011, "Computing Krippendorff's alpha-reliability": two observers, two names (A); two observers, five
    // names (B); four observers, five names, missing answers (C).
    close(of(&["0100000010", "1110010000"]), 0.095, 5e-4);
    close(of(&["aabbdcccedda", "babbbccceddd"]), 0.692, 5e-4);
    close(of(&["123321412...", "1233224125.3", ".3332342251.", "12332441251."]), 0.743, 5e-4);
}

#[test]
fn nothing_is_made_of_nothing() {
    let none = agreement(&[]);
    assert_eq!((none.items, none.kappa, none.ac1, none.alpha), (0, None, None, None));
    // All the same: kappa has no meaning, the others say that everybody agrees.
    let same = agreement(&answers(&[&[9]]));
    assert!(same.kappa.is_none() && value(same.ac1) > 0.999 && value(same.alpha) > 0.999);
    assert_eq!(alpha(&[vec![Some("a"), None], vec![None, None]]), None);
}
