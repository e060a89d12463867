//! What coders type, to explanations: any case, `modifier 50`, kinds of codes, two codes, both sides, misspelled words.

use crate::Lexicon;
use crate::explain::catalog::Explanation;
use crate::lexicon::edits::Edit;
use crate::lexicon::families::{Family, Sides};

/// Words of a question about both sides.
const BOTH_SIDES: [&str; 6] = ["bilateral", "bilaterally", "both", "sides", "side", "twice"];
/// Words around what is asked for.
const FILLERS: [&str; 22] = [
    "modifier",
    "modifiers",
    "code",
    "codes",
    "cpt",
    "hcpcs",
    "icd",
    "icd-10",
    "icd-10-cm",
    "can",
    "is",
    "be",
    "with",
    "and",
    "the",
    "what",
    "about",
    "for",
    "of",
    "does",
    "mean",
    "are",
];
/// Shortest misspelled word that is corrected, in letters.
const CORRECTED_FROM: usize = 5;
/// Codes of a kind that are named.
const NAMED: usize = 12;

impl Lexicon {
    /// The explanations of what a coder typed; empty where nothing of it is known.
    ///
    /// ```
    /// let lexicon = opnote::Lexicon::embedded();
    /// assert_eq!(lexicon.look_up("Modifier 50")[0].kind, "modifier");
    /// assert_eq!(lexicon.look_up("Fluroscopy")[0].id, "fluoroscopy");
    /// assert!(lexicon.look_up("no such thing at all").is_empty());
    /// ```
    pub fn look_up(&self, question: &str) -> Vec<Explanation> {
        let question = question.trim().trim_end_matches('?').trim();
        let exact = self.explain(question);
        if !exact.is_empty() {
            return exact;
        }
        let words: Vec<&str> = question.split([' ', ',', '+', '/']).filter(|it| !it.is_empty()).collect();
        let is_old = |forms: &crate::lexicon::diagnoses::WrittenForms| {
            forms.old.find(question).is_some_and(|it| it.len() == question.len())
        };
        if self.diagnoses.written.as_ref().is_some_and(is_old) {
            let about =
                "a number of the set of diagnosis codes that was used before October 2015; it is not translated";
            return vec![Explanation::new(question, "diagnosis number of the old set", about)];
        }
        if let Some(kind) = self.kind_of_codes(&words.join("-")) {
            return vec![kind];
        }
        let codes: Vec<&str> = words.iter().filter_map(|it| self.procedure_code(it)).collect();
        match codes.as_slice() {
            [one, other] => return vec![self.pair_entry(one, other)],
            [code] if words.iter().any(|it| is_one_of(it, &BOTH_SIDES) || *it == "50") => {
                return vec![self.both_sides_entry(code)];
            }
            _ => {}
        }
        let asked: Vec<&str> = words.iter().copied().filter(|it| !is_one_of(it, &FILLERS)).collect();
        let joined = asked.join("_");
        let spaced = asked.join(" ");
        let about_modifier = words.iter().any(|it| it.eq_ignore_ascii_case("modifier"));
        for words in [joined.as_str(), spaced.as_str()] {
            let mut found = self.in_any_case(words);
            if about_modifier && found.iter().any(|it| it.kind == "modifier") {
                found.retain(|it| it.kind == "modifier");
            }
            if !found.is_empty() {
                return found;
            }
        }
        self.corrected(&spaced)
    }

    /// The explanations of an id written in another case, or of a diagnosis code without its dot.
    fn in_any_case(&self, words: &str) -> Vec<Explanation> {
        if words.is_empty() {
            return Vec::new();
        }
        let dotted = match words.get(..3).zip(words.get(3..)) {
            Some((category, rest)) if !rest.is_empty() && !rest.starts_with('.') => format!("{category}.{rest}"),
            _ => String::new(),
        };
        let ids = self.ids();
        let same = |id: &&&str| id.eq_ignore_ascii_case(words);
        let id = ids.iter().find(same).or_else(|| ids.iter().find(|it| it.eq_ignore_ascii_case(&dotted)));
        id.map(|it| self.explain(it)).unwrap_or_default()
    }

    /// The code of a family that a word names.
    fn procedure_code(&self, word: &str) -> Option<&str> {
        let rows = self.families.iter().flat_map(|it| &it.codes);
        let other = self.other_codes.iter().map(|it| it.code.as_str());
        rows.map(|it| it.code.as_str()).chain(other).find(|it| it.eq_ignore_ascii_case(word))
    }

    /// `G-code`, `J code`: the codes of the tables that begin with the letter.
    fn kind_of_codes(&self, word: &str) -> Option<Explanation> {
        let lower = word.to_ascii_lowercase();
        let letter = lower.strip_suffix("-codes").or_else(|| lower.strip_suffix("-code"))?;
        let about = match letter {
            "a" => "supplies and contrast agents of HCPCS Level II",
            "c" => "drugs and devices that hospital outpatient departments report to Medicare",
            "g" => "procedures and services for which Medicare has a code of its own",
            "j" => "drugs that are not taken by mouth, each with the amount of one unit",
            "l" => "implants and orthotic devices",
            "q" => "drugs, contrast agents and services with temporary codes",
            "t" => "codes of new technology, which end with this letter; each holds for a limited time",
            _ => return None,
        };
        let letter = letter.to_ascii_uppercase();
        let is_of = |code: &&str| {
            let technology = letter == "T" && code.len() == 5 && code.ends_with('T');
            technology || letter != "T" && code.len() == 5 && code.starts_with(letter.as_str())
        };
        let families = self.families.iter().flat_map(|it| &it.codes).map(|it| it.code.as_str());
        let mut codes: Vec<&str> = self.hcpcs.codes().chain(families).filter(is_of).collect();
        codes.sort_unstable();
        codes.dedup();
        let more = codes.len().saturating_sub(NAMED);
        codes.truncate(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let entry = Explanation::new(&format!("{letter} codes"), "kind of codes", about);
        Some(entry.with("in the tables", format!("{}{more}", codes.join(", "))))
    }

    /// The edits between two codes.
    fn pair_entry(&self, one: &str, other: &str) -> Explanation {
        let mut entry =
            Explanation::new(&format!("{one} with {other}"), "pair of codes", "the edits between two codes");
        let count = entry.lines.len();
        for (first, second) in [(one, other), (other, one)] {
            if let Some(pair) = self.ncci.pair(first, second, None) {
                let bypass = if pair.modifier_allowed {
                    "a modifier of distinctness or side bypasses it (indicator 1)"
                } else {
                    "no modifier bypasses it (indicator 0)"
                };
                entry = entry.with("national edit", format!("{second} is not paid with {first}; {bypass}"));
            }
            let names = |codes: &[crate::lexicon::edits::Codes], code: &str| codes.iter().any(|it| it.holds(code));
            let joins = |it: &&Edit| names(&it.codes, first) && names(&it.with_codes, second) && it.covers(None);
            for edit in self.edits.iter().filter(joins) {
                entry = entry.with("rule", format!("{} ({})", edit.message, edit.id));
            }
            if self.primary_codes(first).contains(&second) {
                entry =
                    entry.with("add-on", format!("{first} is reported with {second}, never without a primary code"));
            }
        }
        if entry.lines.len() == count {
            entry =
                entry.with("edits", "none in the tables, which hold a small set; opnote codes import reads a quarter");
        }
        entry
    }

    /// How a code is reported where both sides were treated.
    fn both_sides_entry(&self, code: &str) -> Explanation {
        let family = self.families.iter().find(|it| it.codes.iter().any(|it| it.code == code));
        let entry = Explanation::new(&format!("{code} on both sides"), "question", "how both sides are reported");
        let answer = match family {
            Some(Family { count, .. }) if count.sides == Sides::Modifier => {
                "yes: with modifier 50 where the note documents both sides treated, else LT or RT"
            }
            Some(Family { count, .. }) if count.sides == Sides::Units => {
                "yes: each side is a piece of its own; no modifier of side"
            }
            Some(_) => "no: the code takes no modifier of side and stays one unit, whatever the sides",
            None => "the tables hold no rule of sides for this code",
        };
        let mut entry = entry.with("answer", answer);
        let of_side = |it: &&Edit| {
            it.codes.iter().any(|it| it.holds(code)) && it.facts.iter().any(|it| it.0 == "side") && it.covers(None)
        };
        for edit in self.edits.iter().filter(of_side) {
            entry = entry.with("rule", format!("{} ({})", edit.message, edit.id));
        }
        entry
    }

    /// The explanations of the one id that a misspelled word is nearest to.
    fn corrected(&self, words: &str) -> Vec<Explanation> {
        let letters = words.bytes().filter(u8::is_ascii_alphabetic).count();
        if letters < CORRECTED_FROM || words.bytes().any(|it| it.is_ascii_digit()) {
            return Vec::new();
        }
        let lower = words.to_ascii_lowercase().replace(' ', "_");
        let most = if letters < 8 { 1 } else { 2 };
        let ids = self.ids();
        let distance = |id: &str| strsim::damerau_levenshtein(&lower, id);
        let best = ids.iter().map(|it| distance(it)).min().unwrap_or(usize::MAX);
        let near: Vec<&&str> = ids.iter().filter(|it| distance(it) == best).collect();
        match near.as_slice() {
            [one] if best <= most => self.explain(one),
            _ => Vec::new(),
        }
    }
}

fn is_one_of(word: &str, list: &[&str]) -> bool {
    list.iter().any(|it| it.eq_ignore_ascii_case(word))
}
