//! `opnote sample`, `opnote sample-size` and `opnote estimate`: the worked example, results as a frame, what goes wrong.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{NOTE, code, folder, path, run, stderr, stdout};
use crate::support::{root, snapshot};

/// Claims: id, site, paid.
fn claims() -> String {
    let line =
        |it: usize| format!("A-{it:03},{},{}.50\n", if it.is_multiple_of(3) { "North" } else { "South" }, 100 + it);
    "id,site,paid\n".to_owned() + &(1..=60).map(line).collect::<Vec<_>>().concat()
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<String> = entries.map(|it| it.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Draws from the claims of a folder.
fn sample(folder: &TempDir, out: &str, more: &[&str]) -> Output {
    let (frame, out) = (path(folder, "claims.csv"), path(folder, out));
    run(&[&["sample", &frame, "--size", "12", "--seed", "7", "--out", &out], more].concat())
}

/// Fills the rows of a sample: every fourth in error.
fn review(folder: &TempDir, name: &str) {
    let file = folder.path().join(name);
    let text = fs::read_to_string(&file).expect("rows");
    let answer = |(index, line): (usize, &str)| match index {
        0 => format!("{line}\n"),
        it => line.replace(",,", if it % 4 == 0 { ",yes," } else { ",no," }) + "\n",
    };
    fs::write(file, text.lines().enumerate().map(answer).collect::<Vec<_>>().concat()).expect("rows");
}

/// The commands of the page print what the page says; SNAPSHOTS=overwrite renews it.
#[test]
fn the_worked_example_is_what_the_program_prints() {
    let page = fs::read_to_string(root().join("docs/sampling.md")).expect("a page");
    let place = TempDir::new().expect("a folder");
    fs::create_dir(place.path().join("examples")).expect("a folder");
    for it in files(&root().join("docs/examples")) {
        let to = place.path().join("examples").join(&it);
        fs::copy(root().join("docs/examples").join(&it), to).expect("a file");
    }
    let (mut made, mut within, mut runs) = (String::new(), false, 0);
    for line in page.lines() {
        if line.starts_with("```") {
            within = line == "```console";
        }
        if let Some(command) = line.strip_prefix("$ opnote ").filter(|_| within) {
            let mut program = Command::new(env!("CARGO_BIN_EXE_opnote"));
            let output = program.args(command.split(' ')).current_dir(place.path()).output().expect("it runs");
            assert_eq!(code(&output), 0, "{command}: {}", stderr(&output));
            made.extend([line, "\n", &stdout(&output), &stderr(&output)]);
            runs += 1;
        } else if !within || line.starts_with("```") {
            made.extend([line, "\n"]);
        }
    }
    assert!(runs >= 6, "{runs}");
    snapshot("docs/sampling.md", &made);
}

#[test]
fn results_of_a_run_are_a_frame_and_their_sample_is_drawn_again() {
    let notes: Vec<(String, String)> =
        (1..=20).map(|it| (format!("n{it:02}.txt"), format!("{NOTE}\nCase {it}."))).collect();
    let files: Vec<(&str, &[u8])> = notes.iter().map(|it| (it.0.as_str(), it.1.as_bytes())).collect();
    let (inputs, place) = (folder(&files), folder(&[]));
    fs::write(inputs.path().join("scan.png"), b"\x89PNG\r\n\x1a\n").expect("a file");
    let results = path(&place, "results");
    let done = run(&["batch", &inputs.path().display().to_string(), "--out", &results, "--part-size", "6"]);
    assert_eq!(code(&done), 3);
    let sites: String = (1..=19).map(|it| format!("n{it:02},{}\n", ["North", "South"][it % 2])).collect();
    fs::write(place.path().join("sites.csv"), format!("claim,site\n{sites}")).expect("a file");
    let (sites, out) = (path(&place, "sites.csv"), path(&place, "audit.json"));
    let frame = path(&place, "frame.csv");
    let drawn = run(&[
        "sample",
        &results,
        "--size",
        "7",
        "--seed",
        "7",
        "--out",
        &out,
        "--join",
        &sites,
        "--join-id",
        "claim",
        "--strata",
        "site",
        "--where",
        "code=62323",
        "--frame-out",
        &frame,
    ]);
    let said = stderr(&drawn);
    assert_eq!(code(&drawn), 0, "{said}");
    for part in ["no row for 1 of 20 units", "7 of 20 units drawn", "(empty): 1 of 1", "1 inputs of the results"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let made: Value = serde_json::from_slice(&fs::read(&out).expect("a sample")).expect("JSON");
    assert_eq!((&made["frame"]["unread"], made["strata"].as_array().map(Vec::len)), (&1.into(), Some(3)));
    let rows = fs::read_to_string(place.path().join("audit.csv")).expect("rows");
    assert!(rows.starts_with("sample_order,sample_stratum,sample_method,id,") && !rows.contains("Sekretowitz"));
    // The frame that was written is the one that was drawn from.
    let kept =
        run(&["sample", &frame, "--size", "7", "--seed", "7", "--strata", "site", "--out", &path(&place, "b.json")]);
    assert_eq!(code(&kept), 0, "{}", stderr(&kept));
    let again: Value = serde_json::from_slice(&fs::read(place.path().join("b.json")).expect("a sample")).expect("JSON");
    assert_eq!((&again["drawn"], &again["frame"]["sha256"]), (&made["drawn"], &made["frame"]["sha256"]));
    assert_eq!(code(&run(&["sample", "--again", &out])), 0);
    // Another row of the joined table, and no run at all.
    fs::write(&sites, fs::read_to_string(&sites).expect("sites").replace("n02,North", "n02,South")).expect("a file");
    let changed = run(&["sample", "--again", &out]);
    assert!(code(&changed) == 3 && stderr(&changed).contains("sites.csv has other content"), "{}", stderr(&changed));
    let log = place.path().join("results/run.jsonl");
    let text = fs::read_to_string(&log).expect("a log");
    fs::write(&log, &text[..text.find("{\"end\"").expect("an end")]).expect("a log");
    let stopped = run(&["sample", &results, "--size", "2", "--seed", "7", "--out", &path(&place, "c.json")]);
    assert!(code(&stopped) == 3 && stderr(&stopped).contains("has not ended"), "{}", stderr(&stopped));
}

#[test]
fn a_frame_that_changed_since_the_draw_is_refused() {
    let place = folder(&[("claims.csv", claims().as_bytes())]);
    assert_eq!(code(&sample(&place, "audit.json", &[])), 0);
    let out = path(&place, "audit.json");
    let again = run(&["sample", "--again", &out]);
    assert!(code(&again) == 0 && stderr(&again).contains("the same 12 units of 60"), "{}", stderr(&again));
    let refused = |part: &str| {
        let output = run(&["sample", "--again", &out]);
        assert!(code(&output) == 3 && stderr(&output).contains(part), "{part}: {}", stderr(&output));
    };
    fs::write(place.path().join("claims.csv"), claims().replace("A-001,South", "A-001,North")).expect("a file");
    refused("the frame changed since the draw: ");
    refused("claims.csv has other content");
    fs::write(place.path().join("claims.csv"), claims() + "A-061,South,1\n").expect("a file");
    refused("it had 60 units, and has 61");
    fs::write(place.path().join("claims.csv"), claims()).expect("a file");
    let rows = fs::read_to_string(place.path().join("audit.csv")).expect("rows");
    fs::write(place.path().join("audit.csv"), rows.replacen("South", "East", 1)).expect("rows");
    refused("column site: not as it is drawn from the frame");
    let text = fs::read_to_string(&out).expect("a sample");
    fs::write(&out, text.replace("\"seed\": \"7\"", "\"seed\": \"8\"")).expect("a sample");
    refused("its units are not those that its seed draws");
}

#[test]
fn nothing_is_overwritten_and_nothing_half_written() {
    let place = folder(&[("claims.csv", claims().as_bytes())]);
    for (more, expected) in [
        (&["--strata", "provider"][..], "claims.csv: no column \"provider\""),
        (&["--amount", "site"], "claims.csv:2, column site: expected a number"),
        (&["--weight", "sites"], "did you mean \"site\"?"),
        (&["--where", "site=East"], "no row meets the condition"),
        (&["--strata", "id"], "size 12, expected at least 60 for 60 strata"),
    ] {
        let output = sample(&place, "audit.json", more);
        assert!(code(&output) == 3 && stderr(&output).contains(expected), "{more:?}: {}", stderr(&output));
        assert_eq!(files(place.path()), ["claims.csv"], "{more:?}");
    }
    for more in [
        &["--strata", "site", "--systematic"][..],
        &["--allocation", "neyman", "--strata", "site"],
        &["--target", "site"],
        &["--seed", "x"],
        &["--size", "0"],
    ] {
        let mut args = vec!["sample", "claims.csv", "--out", "a.json"];
        args.extend(if more.contains(&"--seed") { &["--size", "3"][..] } else { &["--seed", "3"] });
        args.extend(if more.contains(&"--size") || more.contains(&"--seed") { &[][..] } else { &["--size", "3"] });
        args.extend(more);
        assert_eq!(code(&run(&args)), 2, "{more:?}");
    }
    assert_eq!(code(&sample(&place, "audit.json", &[])), 0);
    let before = fs::read(place.path().join("audit.csv")).expect("rows");
    let output = sample(&place, "audit.json", &["--probe"]);
    assert!(code(&output) == 2 && stderr(&output).contains("is there already"), "{}", stderr(&output));
    assert_eq!(fs::read(place.path().join("audit.csv")).expect("rows"), before);
    assert_eq!(files(place.path()), ["audit.csv", "audit.json", "claims.csv"]);
    let output = sample(&place, "audit.txt", &[]);
    assert!(code(&output) == 2 && stderr(&output).contains("ends in .json"), "{}", stderr(&output));
    let output = sample(&place, "no-such-folder/audit.json", &[]);
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    // A note is no frame, and is not quoted.
    fs::write(place.path().join("note.txt"), NOTE).expect("a file");
    let note = path(&place, "note.txt");
    let output = run(&["sample", &note, "--size", "1", "--seed", "1", "--out", &path(&place, "b.json")]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
}

#[test]
fn a_targeted_sample_says_everywhere_that_nothing_is_projected() {
    let place = folder(&[("claims.csv", claims().as_bytes())]);
    let output = sample(&place, "look.json", &["--target", "paid:highest"]);
    assert!(stderr(&output).contains("not projectable"), "{}", stderr(&output));
    assert!(fs::read_to_string(place.path().join("look.json")).expect("a sample").contains("\"projectable\": false"));
    review(&place, "look.csv");
    let rows = fs::read_to_string(place.path().join("look.csv")).expect("rows");
    assert!(rows.lines().skip(1).all(|it| it.contains("targeted (highest paid), not projectable")), "{rows}");
    let output = run(&["estimate", &path(&place, "look.json")]);
    let text = stdout(&output);
    assert!(code(&output) == 0 && text.contains("NOT PROJECTABLE") && !text.contains("projected"), "{text}");
    let output = run(&["estimate", "--json", &path(&place, "look.json")]);
    let figures: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(
        (&figures["projectable"], &figures["attribute"], &figures["errors"]),
        (&false.into(), &Value::Null, &3.into())
    );
}

#[test]
fn every_method_is_estimated_and_faults_in_rows_are_named() {
    for (more, expected) in [
        (&[][..], "Exact limits, by inversion"),
        (&["--systematic"], "a systematic sample"),
        (&["--strata", "site", "--strata", "paid:130"], "Strata\n"),
        (&["--weight", "paid"], "units in error"),
        (&["--probe"], "a probe sample"),
    ] {
        let place = folder(&[("claims.csv", claims().as_bytes())]);
        assert_eq!(code(&sample(&place, "audit.json", more)), 0, "{more:?}");
        let unanswered = run(&["estimate", &path(&place, "audit.json")]);
        assert!(
            code(&unanswered) == 3
                && stderr(&unanswered).contains("audit.csv:2, column review_error: expected yes or no")
        );
        review(&place, "audit.csv");
        let output = run(&["estimate", &path(&place, "audit.json")]);
        let text = stdout(&output);
        assert!(code(&output) == 0 && text.contains(expected), "{more:?}: {text}{}", stderr(&output));
        assert!(text.contains("3 of 12 units in error"), "{text}");
        let twice = run(&["estimate", "--json", &path(&place, "audit.json")]);
        assert_eq!(stdout(&twice), stdout(&run(&["estimate", "--json", &path(&place, "audit.json")])));
    }
}

#[test]
fn no_error_in_thirty_shows_at_least_90_percent() {
    let place = folder(&[("claims.csv", claims().as_bytes())]);
    let (frame, out) = (path(&place, "claims.csv"), path(&place, "a.json"));
    assert_eq!(code(&run(&["sample", &frame, "--size", "30", "--seed", "1", "--out", &out])), 0);
    let rows = fs::read_to_string(place.path().join("a.csv")).expect("rows").replace(",,", ",no,");
    fs::write(place.path().join("a.csv"), rows).expect("rows");
    let text = stdout(&run(&["estimate", &out]));
    assert!(
        text.contains("0 errors in 30 show at least 93.3% right on this frame of 60, and at least 90.5%"),
        "{text}"
    );
}
