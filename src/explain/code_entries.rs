//! Rows of the code tables as programs read them: family, days, and the values that select a code.

use jiff::civil::Date;

use crate::lexicon::Lexicon;
use crate::model::Slot;

/// A row of a code table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeEntry<'a> {
    /// The code.
    pub code: &'a str,
    /// Id of the row.
    pub rule: &'a str,
    /// Id of the family.
    pub family: &'a str,
    /// Name of the family, in our own words.
    pub label: &'a str,
    /// First day on which the code is in force.
    pub from: Date,
    /// First day on which it no longer is.
    pub until: Option<Date>,
    /// Whether it is only reported beside another code.
    pub is_add_on: bool,
    /// The attributes that select it, each with the values of which one must hold.
    pub values: Vec<(Slot, Vec<&'a str>)>,
}

impl CodeEntry<'_> {
    /// Whether the code is in force on a day; without one, whether it is in force now.
    pub fn covers(&self, day: Option<Date>) -> bool {
        day.map_or(self.until.is_none(), |day| self.from <= day && self.until.is_none_or(|it| day < it))
    }
}

impl Lexicon {
    /// Every row with a procedure code, of whatever date; empty where the tables do not know the code.
    ///
    /// ```
    /// let lexicon = opnote::Lexicon::embedded();
    /// let code = lexicon.codes_in_force("neuraxial_injection").pop_first().unwrap_or_default();
    /// assert_eq!(lexicon.code_entries(&code)[0].family, "neuraxial_injection");
    /// ```
    pub fn code_entries(&self, code: &str) -> Vec<CodeEntry<'_>> {
        let families = self.families.iter().flat_map(|family| family.codes.iter().map(move |row| (family, row)));
        let own = families.filter(|it| it.1.code == code);
        own.map(|(family, row)| CodeEntry {
            code: &row.code,
            rule: row.id.as_str(),
            family: family.id.as_str(),
            label: &family.label,
            from: row.from,
            until: row.until,
            is_add_on: row.add_on_to.is_some(),
            values: row.cells.iter().map(|it| (it.0, it.1.iter().map(crate::model::Id::as_str).collect())).collect(),
        })
        .collect()
    }

    /// Whether an edit keeps `second` from being paid beside `first` on a day; if so, whether a modifier changes that.
    pub fn bundled(&self, first: &str, second: &str, day: Option<Date>) -> Option<bool> {
        self.ncci.pair(first, second, day).map(|it| it.modifier_allowed)
    }

    /// Whether a code is one of a drug or supply that the tables know.
    pub fn is_supply_code(&self, code: &str) -> bool {
        self.supply_codes().any(|it| it.0 == code)
    }
}
