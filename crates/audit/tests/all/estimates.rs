//! Estimates against the test vectors of the domain's description, and reviewed samples read row by row.

use opnote_audit::estimates::{
    AmountStratum, AttributeStratum, PairStratum, ReviewColumns, appraise, rate, ratio_total, reviewed, total,
};
use opnote_audit::sampling::{
    Frame, FrameRecord, Method, Purpose, Sample, Seed, Settings, StratumColumn, Table, Target, draw, rows,
};
use opnote_audit::statistics::{Tail, clopper_pearson, student_quantile, wilson};

const LEVELS: [f64; 3] = [0.80, 0.90, 0.95];

fn near(one: f64, other: f64, digits: i32) -> bool {
    (one - other).abs() < 0.5 * 10_f64.powi(-digits) + 1e-12
}

#[test]
fn rates_and_their_limits_are_those_of_the_vectors() {
    for (frame, drawn, errors, rate_, error, limits) in [
        (2000, 100, 7, 0.07, 0.024_994, [(80, 227), (69, 252), (59, 274)]),
        (500, 30, 2, 0.0667, 0.044_909, [(10, 82), (7, 95), (5, 108)]),
        (2000, 100, 0, 0.0, 0.0, [(0, 44), (0, 57), (0, 70)]),
        (1200, 60, 9, 0.15, 0.045_310, [(113, 269), (99, 293), (88, 315)]),
    ] {
        let estimate = rate(&[AttributeStratum { frame, drawn, errors }], &LEVELS).expect("an estimate");
        assert!(near(estimate.rate, rate_, 4) && near(estimate.standard_error, error, 6), "{estimate:?}");
        assert_eq!(estimate.limits.iter().map(|it| (it.low, it.high)).collect::<Vec<_>>(), limits);
    }
    let strata = [(1500, 50, 2), (400, 30, 3), (100, 20, 6)];
    let strata = strata.map(|(frame, drawn, errors)| AttributeStratum { frame, drawn, errors });
    let estimate = rate(&strata, &[0.90]).expect("an estimate");
    assert!(near(estimate.rate, 0.065, 6) && near(estimate.standard_error, 0.023_728_8, 7), "{estimate:?}");
    let [low, high] = estimate.limits[0].normal.expect("several strata");
    assert!(near(low, 0.025_97, 5) && near(high, 0.104_03, 5));
    // Limits that hold whatever the shape are wider.
    assert!((estimate.limits[0].low as f64) < low * 2000.0 && estimate.limits[0].high as f64 > high * 2000.0);
}

#[test]
fn totals_and_their_limits_are_those_of_the_vectors() {
    let mut values = vec![0.0; 24];
    values.extend([35.5, 80.0, 120.0, 62.25, 250.0, 95.0]);
    let estimate = total(&[AmountStratum { frame: 1000, values: values.clone() }], &LEVELS).expect("an estimate");
    assert!(near(estimate.total, 21_425.0, 6) && near(estimate.standard_error / 1000.0, 9.659_651, 6));
    let expected =
        [(8757.01, 34_092.99, 1.311_433_6), (5012.03, 37_837.97, 1.699_127_0), (1668.80, 41_181.20, 2.045_229_6)];
    for (limits, (low, high, t)) in estimate.limits.iter().zip(expected) {
        assert!(near(limits.low, low, 1) && near(limits.high, high, 1) && near(limits.t, t, 7), "{limits:?}");
    }
    // A ratio of one to amounts that are all alike is the same as the difference estimate.
    let pairs = PairStratum { frame: 1000, values: values.iter().map(|it| (200.0, *it)).collect() };
    let ratio = ratio_total(&[pairs], 200_000.0, &LEVELS).expect("an estimate");
    assert!(near(ratio.total, estimate.total, 6) && near(ratio.standard_error, estimate.standard_error, 6));
    // What was drawn whole is known.
    let whole = total(&[AmountStratum { frame: 30, values }], &LEVELS).expect("an estimate");
    assert!(whole.degrees == 0 && whole.limits.iter().all(|it| near(it.low, 642.75, 9) && near(it.high, 642.75, 9)));
}

#[test]
fn shares_of_endless_lists_are_those_of_the_vectors() {
    for (hits, of, low, high) in [(7, 100, 0.034_32, 0.137_50), (2, 30, 0.018_48, 0.213_23)] {
        let (own_low, own_high) = wilson(hits, of, 0.95);
        assert!(near(own_low, low, 5) && near(own_high, high, 5));
    }
    // No error in 30 shows at least 90.5 %.
    let (_, most) = clopper_pearson(0, 30, Tail::one_sided(0.95));
    assert!(near(1.0 - most, 0.904_966, 6), "{most}");
    assert!(near(student_quantile(0.9, 29), 1.311_433_6, 7));
}

#[test]
fn nothing_is_estimated_where_nothing_can_be() {
    let one = |values: Vec<f64>| total(&[AmountStratum { frame: 9, values }], &LEVELS).map(|_| ());
    assert!(one(vec![1.0]).expect_err("one unit").to_string().contains("one unit of several"));
    assert!(one(vec![]).expect_err("none").to_string().contains("no unit"));
    let nothing = PairStratum { frame: 9, values: vec![(0.0, 0.0), (0.0, 1.0)] };
    assert!(ratio_total(&[nothing], 5.0, &LEVELS).is_err());
}

/// A sample of a method from 30 claims, and its rows answered: every fourth in error, half of its amount wrong.
fn answered(method: &Method, size: usize) -> (Sample, Table) {
    let line = |it: usize| format!("00{it},{},{}.50\n", if it.is_multiple_of(3) { "North" } else { "South" }, 100 + it);
    let text: String = (1..=30).map(line).collect();
    let table = Table::read("claims.csv", &format!("id,site,paid\n{text}")).expect("a table");
    let claims = Frame::new(table, "id", &[]).expect("a frame");
    let seed = Seed::read("5").expect("digits");
    let drawn = draw(&claims, method, size, &seed, Some("paid")).expect("a sample");
    let mut table = rows(&claims, method, &drawn, true).expect("rows");
    let record = FrameRecord {
        files: Vec::new(),
        joined: None,
        join_id: None,
        id_column: "id".to_owned(),
        amount_column: Some("paid".to_owned()),
        conditions: Vec::new(),
        units: 30,
        sha256: claims.table.digest(),
        unread: 0,
        results_made_by: Vec::new(),
    };
    let settings = Settings { purpose: Purpose::Audit, size, seed, rows_file: "audit.csv".to_owned() };
    let sample = Sample::new(&settings, method, record, drawn, "");
    let column = |name: &str| table.column(name).expect("a column");
    let (error, amount, paid) = (column("review_error"), column("review_amount"), column("paid"));
    for (index, row) in table.rows.iter_mut().enumerate() {
        let wrong = index % 4 == 0;
        if wrong { "Yes" } else { "n" }.clone_into(&mut row.cells[error]);
        let paid: f64 = row.cells[paid].parse().expect("a number");
        row.cells[amount] = if wrong { format!("{:.2}", paid / 2.0) } else { format!("${paid:.2}") };
    }
    table.files = vec!["audit.csv".to_owned()];
    (sample, table)
}

fn read(sample: &Sample, table: &Table) -> Result<opnote_audit::estimates::Reviewed, String> {
    reviewed(sample, table, &ReviewColumns::default()).map_err(|it| it.to_string())
}

#[test]
fn a_reviewed_sample_gives_its_figures_in_any_order_of_rows() {
    let (sample, mut table) = answered(&Method::Simple, 12);
    let figures = appraise(&sample, &read(&sample, &table).expect("answers"));
    assert_eq!((figures.errors, figures.drawn, figures.frame), (3, 12, 30));
    let amount = figures.amount.clone().expect("amounts");
    let by_difference = amount.by_difference.expect("an estimate");
    assert!(near(by_difference.total, amount.difference.value() * 30.0 / 12.0, 6));
    assert!(near(amount.projection.expect("a figure"), by_difference.limits[1].low.max(0.0), 9));
    assert!(figures.cautions.iter().any(|it| it.contains("fewer than 5 units")), "{:?}", figures.cautions);
    table.rows.reverse();
    assert_eq!(appraise(&sample, &read(&sample, &table).expect("answers")), figures);
    // Without amounts there is still a rate.
    let amount = table.column("review_amount").expect("a column");
    table.rows.iter_mut().for_each(|it| it.cells[amount].clear());
    let figures = appraise(&sample, &read(&sample, &table).expect("answers"));
    assert!(figures.amount.is_none() && figures.attribute.is_some());
}

#[test]
fn every_method_has_its_estimate_and_a_targeted_one_has_none() {
    let strata = vec![StratumColumn::read("site").expect("a column")];
    let allocation = opnote_audit::sampling::Allocation::Equal;
    let (sample, table) = answered(&Method::Stratified { strata, allocation, least: 2, spread: None }, 12);
    let figures = appraise(&sample, &read(&sample, &table).expect("answers"));
    assert_eq!(figures.strata.len(), 2);
    assert!(figures.attribute.expect("a rate").exact.expect("limits").limits[0].normal.is_some());
    assert_eq!(figures.amount.expect("amounts").by_difference.expect("an estimate").degrees, 10);
    let (sample, table) = answered(&Method::Proportional { weight: "paid".to_owned() }, 12);
    let figures = appraise(&sample, &read(&sample, &table).expect("answers"));
    let attribute = figures.attribute.expect("a rate");
    assert!(
        attribute.exact.is_none()
            && attribute.weighted.is_some()
            && figures.amount.expect("amounts").by_ratio.is_none()
    );
    let (sample, table) = answered(&Method::Targeted(Target::Highest { column: "paid".to_owned() }), 12);
    let figures = appraise(&sample, &read(&sample, &table).expect("answers"));
    assert!(!figures.projectable && figures.attribute.is_none());
    let amount = figures.amount.expect("amounts");
    assert!(amount.by_difference.is_none() && amount.projection.is_none() && amount.right_total.is_none());
    assert!(figures.cautions[0].starts_with("not projectable"));
}

#[test]
fn bad_answers_are_named_by_cell() {
    let (sample, table) = answered(&Method::Simple, 12);
    let with = |row: usize, column: &str, text: &str| {
        let mut table = table.clone();
        let column = table.column(column).expect("a column");
        table.rows[row].cells[column] = text.to_owned();
        read(&sample, &table).expect_err("a fault")
    };
    assert_eq!(with(2, "review_error", ""), "audit.csv:4, column review_error: expected yes or no");
    assert_eq!(with(2, "id", "7"), "audit.csv:4, column id: not the id that was drawn at this place");
    assert!(with(1, "review_amount", "").starts_with("audit.csv:3, column review_amount: expected a number"));
    assert!(with(1, "review_amount", "12,5").starts_with("audit.csv:3, column review_amount: expected a number"));
    assert!(with(1, "review_amount", "9").contains("the examined amount, where there is no error"));
    assert!(with(1, "paid", "9").contains("the amount at the draw"));
    let twice = "audit.csv:3, column sample_order: the same number as in audit.csv:2, expected every unit once";
    assert_eq!(with(1, "sample_order", "1"), twice);
    assert!(with(1, "sample_order", "13").contains("expected a number from 1 to 12"));
    let mut short = table.clone();
    short.rows.truncate(10);
    let said = read(&sample, &short).expect_err("a fault");
    assert_eq!(said, "audit.csv: 2 of 12 units are missing, by sample_order: 11, 12");
    let mut other = table.clone();
    other.header[0] = "order".to_owned();
    assert!(read(&sample, &other).expect_err("a fault").contains("no column \"sample_order\""));
}
