//! The whole fit from data files and labelled notes: weights of statements, then the confidence model.

use opnote::lexicon::calibration::Calibration;
use opnote::lexicon::{Error, Files};
use opnote::report::{Report, report};
use opnote::{Lexicon, Note, analyze};

use crate::calibrate::{
    CrossFitted, Origin, SEED, fact_samples, fit, fit_weights, misread, samples, to_toml, weights_summary,
};
use crate::evaluate::Label;

/// What a fit gives.
pub struct Fitted {
    /// The text of `weights.toml`.
    pub weights: String,
    /// The text of `calibration.toml`.
    pub calibration: String,
    /// The confidence model itself.
    pub model: Calibration,
    /// How well the weights settle each attribute, for people.
    pub summary: String,
}

/// What a fit is made with.
pub struct Plan {
    /// What the notes are called in the files.
    pub name: String,
    /// Shares of letters misread, one round of copies each.
    pub misread: Vec<f64>,
    /// How often every note is read without a tenth of the terms and constructions.
    pub dropout: u64,
}

/// Times the weights are fitted: which acts are found at all depends on the weights of the time before.
const ROUNDS: usize = 2;
/// One part in this many of the terms and constructions is left out.
const DROPOUT: u64 = 10;

/// Fits weights and confidence from scratch: the weights of `files` are not looked at, so that the same data, notes and
/// labels give the same files.
pub fn fit_all(files: &Files, notes: &[Note], labels: &[Label], plan: &Plan) -> Result<Fitted, Error> {
    let mut own = files.clone().without(|path| matches!(path, "weights.toml" | "calibration.toml"));
    let mut weights = String::new();
    for _ in 0..ROUNDS {
        let lexicon = Lexicon::load(&own)?;
        let facts = fact_samples(&read(notes, &lexicon, str::to_owned), labels, &lexicon);
        weights = fit_weights(&facts, &lexicon, &plan.name);
        own = own.with("weights.toml", weights.clone());
    }
    let lexicon = Lexicon::load(&own)?;
    let reports = read(notes, &lexicon, str::to_owned);
    let facts = fact_samples(&reports, labels, &lexicon);
    let unseen = CrossFitted::of(&facts, &lexicon);
    let mut all = samples(&reports, labels, Origin::Note, &unseen, &lexicon);
    for rate in plan.misread.iter().copied().filter(|it| *it > 0.0) {
        let copies = read(notes, &lexicon, |text| misread(text, rate, SEED));
        all.extend(samples(&copies, labels, Origin::Copy, &unseen, &lexicon));
    }
    for seed in 1..=plan.dropout {
        let lacking = Lexicon::with_dropout(&own, seed, DROPOUT)?;
        all.extend(samples(&read(notes, &lacking, str::to_owned), labels, Origin::Dropout, &unseen, &lacking));
    }
    let model = fit(&all, &plan.name);
    let calibration = to_toml(&model).map_err(|it| Error::new("calibration.toml", it.to_string()))?;
    Ok(Fitted { weights, calibration, model, summary: weights_summary(&facts, &lexicon) })
}

fn read(notes: &[Note], lexicon: &Lexicon, change: impl Fn(&str) -> String) -> Vec<Report> {
    let one = |it: &Note| {
        let note = Note { text: change(&it.text), ..it.clone() };
        report(&note, &analyze(&note, lexicon), lexicon)
    };
    notes.iter().map(one).collect()
}
