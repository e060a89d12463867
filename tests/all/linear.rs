//! Time grows no faster than the text, whatever word fills it. Absolute times mean little on a shared machine, so four
//! times the text is compared with once the text: a walk that grows with the square takes sixteen times as long.

use std::time::{Duration, Instant};

use opnote::{Lexicon, Note, analyze};

/// Texts that once took the square of their length, and their like.
const UNITS: [&str; 15] = [
    "epidural ",
    "no epidural, ",
    "L4-5 ",
    "femoral nerve block ",
    "stimulator lead ",
    "paravertebral blocks injection costotransverse ligament ",
    "for set joint injections injected z-joints ",
    "trigger point trapezius 25 gauge needle 1 mL lidocaine ",
    "kyphoplasty L1 cement ",
    "blood patch 20 mL of blood ",
    "sacroiliac joint. ",
    "\nPROCEDURE: epidural\n\nThe epidural space was entered with a needle at L4-5 under fluoroscopy. ",
    "botox 100 units biceps ",
    "intrathecal pump refill ",
    "Tuohy needle at L4-5 with 80 mg of Depo-Medrol and fluoroscopy ",
];

/// Four times the text may take so many times as long: room for a busy machine, and less than the square.
const AT_MOST: f64 = 9.0;

/// The least time of a few runs over `unit` repeated to `length` bytes.
fn time(unit: &str, length: usize) -> Duration {
    let note = Note::new("hostile", unit.repeat(length / unit.len()));
    let run = || {
        let started = Instant::now();
        std::hint::black_box(analyze(&note, Lexicon::embedded()));
        started.elapsed()
    };
    (0..3).map(|_| run()).min().unwrap_or_default()
}

#[test]
fn four_times_the_text_takes_no_more_than_its_share() {
    for unit in UNITS {
        let ratio = || time(unit, 128 << 10).as_secs_f64() / time(unit, 32 << 10).as_secs_f64();
        // Once more where another program held this one up.
        let least = (0..3).map(|_| ratio()).find(|it| *it <= AT_MOST);
        assert!(least.is_some(), "{unit:?}: four times the text took more than {AT_MOST} times as long, three times");
    }
}

/// No word costs much more than the text of a note, byte for byte.
#[test]
fn no_word_costs_much_more_than_a_note() {
    let length = 128 << 10;
    let plain = |it: &str| time(it, length).as_secs_f64();
    let note =
        "The patient was seen today and tolerated the procedure well. Tuohy needle at L4-5 with 80 mg of Depo-Medrol. ";
    for unit in UNITS {
        let least = (0..3).map(|_| plain(unit) / plain(note)).find(|it| *it <= DEARER);
        assert!(least.is_some(), "{unit:?} took more than {DEARER} times as long as a note, three times");
    }
}

/// So many times as long as a note any word may take: today at most about seven.
const DEARER: f64 = 20.0;
