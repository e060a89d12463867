//! Frames, draws and sample files.

use std::collections::BTreeSet;

use opnote_audit::sampling::results::{Results, chunk};
use opnote_audit::sampling::{
    Allocation, By, Condition, Draw, Frame, FrameRecord, Method, Purpose, Sample, Seed, Settings, StratumColumn, Table,
    Target, compare_rows, draw, join, rows,
};

/// A frame of claims: id, site and paid amount.
fn claims(units: usize) -> Frame {
    let site = |it: usize| ["North", "South", "West"][it % 3];
    let line =
        |it: usize| format!("A-{it:04},{},2026-0{}-05,{}.{:02}\n", site(it), 1 + it % 6, 100 + it * 7 % 90, it % 100);
    let text: String = (1..=units).map(line).collect();
    frame(&format!("id,site,date,paid\n{text}"))
}

fn frame(text: &str) -> Frame {
    Frame::new(Table::read("claims.csv", text).expect("a table"), "id", &[]).expect("a frame")
}

fn seed(digits: &str) -> Seed {
    Seed::read(digits).expect("digits")
}

fn ids(draw: &Draw) -> Vec<&str> {
    draw.drawn.iter().map(|it| it.id.as_str()).collect()
}

fn by_site(allocation: Allocation) -> Method {
    let strata = vec![StratumColumn { column: "site".to_owned(), by: By::Value }];
    let spread = (allocation == Allocation::Neyman).then(|| "paid".to_owned());
    Method::Stratified { strata, allocation, least: 2, spread }
}

fn methods() -> Vec<Method> {
    vec![
        Method::Simple,
        by_site(Allocation::Proportional),
        by_site(Allocation::Equal),
        by_site(Allocation::Neyman),
        Method::Systematic { order: vec!["site".to_owned(), "paid".to_owned()] },
        Method::Proportional { weight: "paid".to_owned() },
        Method::Targeted(Target::Lowest { column: "paid".to_owned() }),
        Method::Targeted(Target::Highest { column: "paid".to_owned() }),
    ]
}

#[test]
fn every_method_draws_units_once_and_the_same_again() {
    let claims = claims(300);
    for method in methods() {
        for size in [1, 2, 6, 31, 299, 300] {
            let drawn = draw(&claims, &method, size, &seed("7"), Some("paid"));
            if size < 6 && matches!(method, Method::Stratified { .. }) {
                assert!(drawn.expect_err("too few").to_string().contains("expected at least 6 for 3 strata"));
                continue;
            }
            let drawn = drawn.expect("a sample");
            let units: BTreeSet<&str> = ids(&drawn).into_iter().collect();
            assert_eq!((drawn.drawn.len(), units.len()), (size, size), "{method:?}");
            assert!(drawn.drawn.iter().all(|it| claims.table.rows[it.unit - 1].cells[0] == it.id));
            assert_eq!(draw(&claims, &method, size, &seed("7"), Some("paid")).expect("a sample"), drawn);
        }
        let other = draw(&claims, &method, 30, &seed("8"), None).expect("a sample");
        let same = ids(&draw(&claims, &method, 30, &seed("7"), None).expect("a sample")) == ids(&other);
        assert!(!same || matches!(method, Method::Targeted(_)), "another seed is another sample: {method:?}");
    }
}

#[test]
fn the_order_of_the_frame_and_a_larger_size_change_no_draw() {
    let claims = claims(200);
    let mut turned = claims.clone();
    turned.table.rows.reverse();
    for method in [Method::Simple, by_site(Allocation::Equal), Method::Proportional { weight: "paid".to_owned() }] {
        let of = |frame: &Frame| ids(&draw(frame, &method, 30, &seed("1"), None).expect("a sample")).join(" ");
        assert_eq!(of(&claims), of(&turned), "{method:?}");
    }
    let (few, many) =
        (draw(&claims, &Method::Simple, 30, &seed("1"), None), draw(&claims, &Method::Simple, 90, &seed("1"), None));
    assert_eq!(ids(&few.expect("a sample")), ids(&many.expect("a sample"))[..30]);
}

/// 4,000 seeds: each of ten units is drawn about as often as its method says.
#[test]
fn units_are_drawn_as_often_as_they_should_be() {
    let text: String = (1..=10).map(|it| format!("u{it},{},{}\n", if it <= 4 { "a" } else { "b" }, it * 10)).collect();
    let ten = frame(&format!("id,site,paid\n{text}"));
    let systematic = Method::Systematic { order: Vec::new() };
    let stratified = by_site(Allocation::Equal);
    for (method, size, expected) in
        [(Method::Simple, 3, [0.3; 2]), (systematic, 4, [0.4; 2]), (stratified, 4, [0.5, 1.0 / 3.0])]
    {
        let mut counts = [0_u32; 10];
        for it in 0..4000 {
            let drawn = draw(&ten, &method, size, &seed(&it.to_string()), None).expect("a sample");
            drawn.drawn.iter().for_each(|it| counts[it.unit - 1] += 1);
        }
        for (unit, count) in counts.iter().enumerate() {
            let expected = expected[usize::from(unit >= 4)];
            // Five standard deviations of a share of 4,000.
            assert!((f64::from(*count) / 4000.0 - expected).abs() < 0.04, "{method:?}: {unit} {count}");
        }
    }
    // Heavier units come more often, and the group of each holds what its estimate needs.
    let mut counts = [0_u32; 10];
    for it in 0..4000 {
        let drawn = draw(&ten, &Method::Proportional { weight: "paid".to_owned() }, 2, &seed(&it.to_string()), None);
        for it in drawn.expect("a sample").drawn {
            counts[it.unit - 1] += 1;
            let group = it.group.expect("a group");
            assert!(group.units == 5 && group.weight <= group.total);
        }
    }
    assert!(counts.windows(2).filter(|it| it[1] > it[0]).count() >= 8 && counts[9] > 5 * counts[0], "{counts:?}");
}

#[test]
fn bad_frames_and_columns_are_named_by_cell() {
    let read = |text: &str| Frame::new(Table::read("claims.csv", text).expect("a table"), "id", &[]).map(|_| ());
    for (text, expected) in [
        ("id,x\na,1\n,2\n", "claims.csv:3, column id: empty, expected the id of the unit"),
        ("id,x\na,1\nb,2\na,3\n", "claims.csv:4, column id: the same id as claims.csv:2, expected every id once"),
        ("no,x\na,1\n", "claims.csv: no column \"id\" among its 2 columns"),
    ] {
        assert_eq!(read(text).expect_err("a fault").to_string(), expected);
    }
    let near = Table::read("claims.csv", "provider,id\na,1\n").expect("a table").column("provdier").expect_err("none");
    assert_eq!(near.hint.as_deref(), Some("did you mean \"provider\"?"));
    let numbers = frame("id,paid,site\na,1.5,x\nb,\"1,5\",x\nc,0,y\n");
    let weight = Method::Proportional { weight: "paid".to_owned() };
    let said = |frame: &Frame, method: &Method, size| {
        draw(frame, method, size, &seed("1"), None).expect_err("a fault").to_string()
    };
    assert!(said(&numbers, &weight, 2).starts_with("claims.csv:3, column paid: expected a number"));
    let zero = frame("id,paid\na,1.5\nc,0\n");
    assert_eq!(said(&zero, &weight, 1), "claims.csv:3, column paid: expected a weight above zero");
    assert_eq!(said(&zero, &Method::Simple, 3), "claims.csv: size 3, expected 1 to 2, the units of the frame");
    let kept = [Condition::read("site=x").expect("a condition")];
    let two = Frame::new(numbers.table.clone(), "id", &kept).expect("a frame");
    assert_eq!(two.units(), 2);
    let none = [Condition::read("site=z").expect("a condition")];
    assert!(Frame::new(numbers.table, "id", &none).is_err());
}

#[test]
fn columns_are_joined_by_id() {
    let mut notes = Table::read("notes.csv", "id,code\na,1\nb,2\nc,3\n").expect("a table");
    let claims = Table::read("claims.csv", "claim,site\nb,North\na,South\nx,East\n").expect("a table");
    assert_eq!(join(&mut notes, "id", &claims, "claim"), Ok(1));
    assert_eq!(notes.to_csv(), "id,code,site\na,1,South\nb,2,North\nc,3,\n");
    let again = join(&mut notes, "id", &claims, "claim").expect_err("a fault").to_string();
    assert_eq!(again, "claims.csv: column \"site\" is in both tables, expected it in one");
    let twice = Table::read("claims.csv", "claim,kind\nb,1\nb,2\n").expect("a table");
    let said = join(&mut notes, "id", &twice, "claim").expect_err("a fault").to_string();
    assert_eq!(said, "claims.csv:3, column claim: the same id as claims.csv:2, expected every id once");
}

/// A sample file of a method, with the table of its rows.
fn sample(method: &Method) -> (Sample, Table) {
    let claims = claims(40);
    let drawn = draw(&claims, method, 12, &seed("5"), Some("paid")).expect("a sample");
    let table = rows(&claims, method, &drawn, true).expect("rows");
    let record = FrameRecord {
        files: Vec::new(),
        joined: None,
        join_id: None,
        id_column: "id".to_owned(),
        amount_column: Some("paid".to_owned()),
        conditions: Vec::new(),
        units: 40,
        sha256: claims.table.digest(),
        unread: 0,
        results_made_by: Vec::new(),
    };
    let settings = Settings { purpose: Purpose::Audit, size: 12, seed: seed("5"), rows_file: "audit.csv".to_owned() };
    (Sample::new(&settings, method, record, drawn, &table.to_csv()), table)
}

#[test]
fn a_sample_file_is_read_as_it_was_written_and_not_otherwise() {
    for method in methods() {
        let (sample, table) = sample(&method);
        let text = sample.to_json();
        assert_eq!(Sample::read("audit.json", &text).expect("a sample"), sample);
        let targeted = matches!(method, Method::Targeted(_));
        assert_eq!(text.contains("\"projectable\": false"), targeted);
        assert_eq!(table.to_csv().matches("not projectable").count(), if targeted { 12 } else { 0 });
        let turned = text.replace("\"projectable\": false", "\"projectable\": true");
        assert_eq!(Sample::read("audit.json", &turned).is_err(), targeted);
        let short = text.replacen("\"drawn\": 12", "\"drawn\": 11", 1);
        assert!(short == text || Sample::read("audit.json", &short).is_err());
    }
    let said = Sample::read("audit.json", "{\n\"schema\": 1, \"x\": 2}").expect_err("a fault").to_string();
    assert!(said.starts_with("audit.json:2: no sample file"), "{said}");
}

#[test]
fn rows_that_were_changed_are_named_by_cell() {
    let (_, table) = sample(&Method::Simple);
    let mut kept = Table::read("audit.csv", &table.to_csv()).expect("a table");
    kept.rows.reverse();
    kept.rows[0].cells[kept.header.len() - 1] = "a remark".to_owned();
    assert_eq!(compare_rows(&kept, &table), Ok(()));
    let site = kept.column("site").expect("a column");
    kept.rows[3].cells[site] = "East".to_owned();
    let said = compare_rows(&kept, &table).expect_err("a fault").to_string();
    assert_eq!(said, "audit.csv:10, column site: not as it is drawn from the frame");
    kept.rows.truncate(3);
    assert!(compare_rows(&kept, &table).expect_err("a fault").to_string().contains("9 of 12 units are missing"));
}

#[test]
fn results_make_a_frame_without_text_of_notes() {
    let line = |id: &str, code: &str, confidence: f64, billed: &str| {
        format!(
            "{{\"schema\":1,\"note\":{{\"id\":\"{id}\",\"service_date\":\"2026-03-04\"}},\"encounter\":{{\"procedures\":[{{\
             \"family\":\"f\",\"status\":\"performed\",\"evidence\":[],\"attributes\":{{\"region\":[{{\"value\":\"r\",\
             \"why\":\"stated\",\"evidence\":[{{\"start\":0,\"end\":1,\"quote\":\"Sekretowitz\"}}]}}]}}}}],\
             \"leftovers\":[]}},\"source\":{{\"billed_codes\":[{billed}]}},\"proposals\":[{{\"code\":\"{code}\",\
             \"procedure\":0,\"confidence\":{confidence},\"disposition\":\"review\",\"alternatives\":[{{\"code\":\"B\",\
             \"when\":\"\"}}]}}],\"findings\":[{{\"outcome\":\"conflicting\",\"severity\":\"code\"}}],\"made_by\":{{\
             \"version\":\"1\",\"lexicon\":\"l\"}}}}\n"
        )
    };
    let mut results = Results::new();
    let text = line("1", "A", 0.913_456_78, "\"A\",\"J\"")
        + "{\"schema\":1,\"error\":\"x\"}\n"
        + &line("2", "A", 0.4, "\"B\"");
    let third = line("3", "A", 0.98, "");
    for (file, text) in [("part.jsonl", &text), ("none.jsonl", &third)] {
        results.begin(file);
        results.push(chunk(file, 1, text.as_bytes()).expect("results"));
    }
    assert_eq!(results.table.place(&results.table.rows[1]), "part.jsonl:3");
    let csv = results.table.to_csv();
    let expected = "id,service_date,month,code,disposition,confidence,confidence_band,family,region,delivery,imaging,\
                    open_findings,conflicts,billing\n\
                    1,2026-03-04,2026-03,A,review,0.913457,0.90 to below 0.95,f,r,,,1,1,agrees\n\
                    2,2026-03-04,2026-03,A,review,0.4,below 0.50,f,r,,,1,1,disagrees\n\
                    3,2026-03-04,2026-03,A,review,0.98,0.98 or more,f,r,,,1,1,\n";
    assert_eq!(csv, expected);
    assert_eq!((results.unread, results.made_by.len()), (1, 1));
    let said = chunk("x.jsonl", 7, b"\nSekretowitz\n").expect_err("a fault").to_string();
    assert!(said.starts_with("x.jsonl:8: no result of opnote") && !said.contains("Sekret"), "{said}");
}
