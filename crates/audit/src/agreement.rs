//! How far reviewers agree beyond chance: Cohen's kappa, Gwet's AC1, Krippendorff's alpha, each with an interval.
//!
//! Kappa falls to nothing where one answer is far commoner than the others, however much the reviewers agree; AC1 does
//! not. Alpha takes any number of reviewers and missing answers. All treat answers as names without an order.
//!
//! Sources of the formulas: Cohen 1960; Fleiss, Cohen and Everitt 1969 (standard error of kappa); Gwet 2008 (AC1 and its
//! standard error); Krippendorff 2011 (alpha). The interval of alpha is that of the delete-one jackknife over the items.

use std::collections::BTreeMap;

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// A coefficient of agreement: 1 where all agree, 0 where they agree as by chance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Coefficient {
    /// The estimate.
    pub value: f64,
    /// Its standard error; none where there are too few items.
    pub error: Option<f64>,
    /// The two-sided 95 % interval, cut at -1 and 1.
    pub interval: Option<(f64, f64)>,
}

/// The agreement of two reviewers on the same items.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agreement {
    /// Items that both answered.
    pub items: usize,
    /// Items on which their answers are the same.
    pub same: usize,
    /// Cohen's kappa; none without items, and where both gave one and the same answer throughout.
    pub kappa: Option<Coefficient>,
    /// Gwet's AC1.
    pub ac1: Option<Coefficient>,
    /// Krippendorff's alpha for names.
    pub alpha: Option<Coefficient>,
    /// First reviewer's answer, second reviewer's answer, items.
    pub matrix: BTreeMap<String, BTreeMap<String, usize>>,
}

/// The agreement of two reviewers; `answers` holds what each said of an item.
///
/// ```
/// use opnote_audit::agreement::agreement;
///
/// let answers: Vec<(String, String)> = ["yes", "no"].map(|it| (it.to_owned(), it.to_owned())).to_vec();
/// assert_eq!(agreement(&answers).kappa.map(|it| it.value), Some(1.0));
/// ```
pub fn agreement(answers: &[(String, String)]) -> Agreement {
    let mut matrix: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for (one, other) in answers {
        *matrix.entry(one.clone()).or_default().entry(other.clone()).or_default() += 1;
    }
    let table = Table::of(answers);
    let items: Vec<Vec<Option<&str>>> =
        answers.iter().map(|it| vec![Some(it.0.as_str()), Some(it.1.as_str())]).collect();
    Agreement {
        items: answers.len(),
        same: answers.iter().filter(|it| it.0 == it.1).count(),
        kappa: table.kappa(),
        ac1: table.ac1(),
        alpha: alpha(&items),
        matrix,
    }
}

/// The agreement of any number of reviewers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReviewerAgreement {
    /// Their names.
    pub reviewers: Vec<String>,
    /// Items that at least two of them answered.
    pub items: usize,
    /// Among them, those on which all answers are the same.
    pub same: usize,
    /// Krippendorff's alpha over all of them.
    pub alpha: Option<Coefficient>,
    /// The agreement of every two.
    pub pairs: Vec<PairAgreement>,
}

/// The agreement of two among several reviewers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairAgreement {
    /// The first reviewer.
    pub one: String,
    /// The second reviewer.
    pub other: String,
    /// How far they agree on the items that both answered.
    #[serde(flatten)]
    pub agreement: Agreement,
}

/// The agreement of reviewers; `items` holds the answer of each to an item, in the order of their names.
pub fn agreement_of_all(reviewers: &[String], items: &[Vec<Option<String>>]) -> ReviewerAgreement {
    let answered: Vec<Vec<Option<&str>>> = items
        .iter()
        .map(|it| it.iter().map(Option::as_deref).collect::<Vec<_>>())
        .filter(|it| it.iter().flatten().count() >= 2)
        .collect();
    let is_same = |it: &&Vec<Option<&str>>| {
        let mut answers = it.iter().flatten();
        answers.next().is_some_and(|first| answers.all(|it| it == first))
    };
    let mut pairs = Vec::new();
    for (one, first) in reviewers.iter().enumerate() {
        for (other, second) in reviewers.iter().enumerate().skip(one + 1) {
            let both = items.iter().filter_map(|it| Some((it.get(one)?.clone()?, it.get(other)?.clone()?)));
            let agreement = agreement(&both.collect::<Vec<_>>());
            pairs.push(PairAgreement { one: first.clone(), other: second.clone(), agreement });
        }
    }
    ReviewerAgreement {
        reviewers: reviewers.to_vec(),
        items: answered.len(),
        same: answered.iter().filter(is_same).count(),
        alpha: alpha(&answered),
        pairs,
    }
}

/// Shares of items by both answers.
struct Table {
    items: f64,
    shares: Vec<Vec<f64>>,
    rows: Vec<f64>,
    columns: Vec<f64>,
}

impl Table {
    fn of(answers: &[(String, String)]) -> Table {
        let mut names: Vec<&str> = answers.iter().flat_map(|it| [it.0.as_str(), it.1.as_str()]).collect();
        names.sort_unstable();
        names.dedup();
        let at = |name: &str| names.binary_search(&name).unwrap_or(0);
        let mut shares = vec![vec![0.0; names.len()]; names.len()];
        for (one, other) in answers {
            shares[at(one)][at(other)] += 1.0 / answers.len() as f64;
        }
        let rows = shares.iter().map(|it| it.iter().sum()).collect();
        let columns = (0..names.len()).map(|at| shares.iter().map(|it| it[at]).sum()).collect();
        Table { items: answers.len() as f64, shares, rows, columns }
    }

    fn same(&self) -> f64 {
        (0..self.rows.len()).map(|it| self.shares[it][it]).sum()
    }

    fn kappa(&self) -> Option<Coefficient> {
        let by_chance: f64 = self.rows.iter().zip(&self.columns).map(|it| it.0 * it.1).sum();
        if self.items == 0.0 || by_chance >= 1.0 - 1e-12 {
            return None;
        }
        let same = self.same();
        let value = (same - by_chance) / (1.0 - by_chance);
        // The large-sample variance of Fleiss, Cohen and Everitt, in the order of their formula.
        let (mut agreeing, mut other) = (0.0, 0.0);
        for (one, row) in self.shares.iter().enumerate() {
            for (two, share) in row.iter().enumerate() {
                if one == two {
                    let term = 1.0 - (self.rows[one] + self.columns[one]) * (1.0 - value);
                    agreeing += share * term * term;
                } else {
                    let term = self.columns[one] + self.rows[two];
                    other += share * term * term;
                }
            }
        }
        let rest = value - by_chance * (1.0 - value);
        let variance = agreeing + (1.0 - value) * (1.0 - value) * other - rest * rest;
        let error = (variance.max(0.0) / self.items).sqrt() / (1.0 - by_chance);
        Some(coefficient(value, Some(error), normal()))
    }

    fn ac1(&self) -> Option<Coefficient> {
        let names = self.rows.len() as f64;
        if self.items == 0.0 {
            return None;
        }
        if self.rows.len() < 2 {
            return Some(coefficient(1.0, None, None));
        }
        let share = |at: usize| f64::midpoint(self.rows[at], self.columns[at]);
        let by_chance = (0..self.rows.len()).map(|it| share(it) * (1.0 - share(it))).sum::<f64>() / (names - 1.0);
        let value = (self.same() - by_chance) / (1.0 - by_chance);
        if self.items < 2.0 {
            return Some(coefficient(value, None, None));
        }
        // Gwet's linearization: what each item adds, its part in the agreement by chance included.
        let mut squares = 0.0;
        for (one, row) in self.shares.iter().enumerate() {
            for (two, weight) in row.iter().enumerate().filter(|it| *it.1 > 0.0) {
                let agrees = if one == two { 1.0 } else { 0.0 };
                let own = (agrees - by_chance) / (1.0 - by_chance);
                let expected = f64::midpoint(1.0 - share(one), 1.0 - share(two)) / (names - 1.0);
                let term = own - 2.0 * (1.0 - value) * (expected - by_chance) / (1.0 - by_chance);
                squares += weight * self.items * (term - value) * (term - value);
            }
        }
        let error = (squares / (self.items * (self.items - 1.0))).sqrt();
        Some(coefficient(value, Some(error), students(self.items - 1.0)))
    }
}

/// Krippendorff's alpha for names, over items with the answer of each reviewer, none where one is missing. None where no
/// item has two answers; 1 where all answers are the same.
pub fn alpha(items: &[Vec<Option<&str>>]) -> Option<Coefficient> {
    let counted: Vec<BTreeMap<&str, f64>> = items.iter().map(|it| counts(it)).collect();
    let paired: Vec<&BTreeMap<&str, f64>> = counted.iter().filter(|it| it.values().sum::<f64>() >= 2.0).collect();
    let value = alpha_of(&paired)?;
    let without: Vec<f64> = (0..paired.len())
        .filter_map(|out| {
            let rest: Vec<_> = paired.iter().enumerate().filter(|it| it.0 != out).map(|it| *it.1).collect();
            alpha_of(&rest)
        })
        .collect();
    let items = without.len() as f64;
    if without.len() < 3 {
        return Some(coefficient(value, None, None));
    }
    let mean = without.iter().sum::<f64>() / items;
    let squares: f64 = without.iter().map(|it| (it - mean) * (it - mean)).sum();
    let error = (squares * (items - 1.0) / items).sqrt();
    Some(coefficient(value, Some(error), students(items - 1.0)))
}

fn counts<'a>(answers: &[Option<&'a str>]) -> BTreeMap<&'a str, f64> {
    let mut counts = BTreeMap::new();
    for it in answers.iter().flatten() {
        *counts.entry(*it).or_default() += 1.0;
    }
    counts
}

fn alpha_of(items: &[&BTreeMap<&str, f64>]) -> Option<f64> {
    let mut totals: BTreeMap<&str, f64> = BTreeMap::new();
    let (mut all, mut disagreements) = (0.0, 0.0);
    for item in items {
        let answers: f64 = item.values().sum();
        let same: f64 = item.values().map(|it| it * (it - 1.0)).sum();
        disagreements += (answers * (answers - 1.0) - same) / (answers - 1.0);
        all += answers;
        for (name, count) in *item {
            *totals.entry(name).or_default() += count;
        }
    }
    if all == 0.0 {
        return None;
    }
    let by_chance = all * (all - 1.0) - totals.values().map(|it| it * (it - 1.0)).sum::<f64>();
    Some(if by_chance == 0.0 { 1.0 } else { 1.0 - (all - 1.0) * disagreements / by_chance })
}

/// The 97.5 % point of the normal distribution.
fn normal() -> Option<f64> {
    Normal::new(0.0, 1.0).ok().map(|it| it.inverse_cdf(0.975))
}

/// The 97.5 % point of Student's distribution.
fn students(freedom: f64) -> Option<f64> {
    StudentsT::new(0.0, 1.0, freedom).ok().map(|it| it.inverse_cdf(0.975))
}

fn coefficient(value: f64, error: Option<f64>, point: Option<f64>) -> Coefficient {
    let interval =
        error.zip(point).map(|(error, point)| ((value - point * error).max(-1.0), (value + point * error).min(1.0)));
    Coefficient { value, error, interval }
}
