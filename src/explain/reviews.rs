//! Checklist items and coverage policies in plain words.

use super::catalog::Explanation;
use crate::Lexicon;

impl Lexicon {
    /// Checklist items, policies and their rules with this id.
    pub(super) fn review_entries(&self, id: &str) -> Vec<Explanation> {
        let items = self.reviews.items.iter().filter(|it| it.id == id).map(|it| {
            Explanation::new(id, "checklist item", &it.what)
                .with("bears on", &it.severity)
                .with("asked when", &it.when)
                .with("answered by", [it.slot.as_str(), it.finding.as_str()].join(" ").trim())
                .with("examples", it.yes.join(" | "))
                .with("not met by", it.no.join(" | "))
                .with("not answered here", &it.elsewhere)
                .with("source", &it.source)
        });
        let policies = self.reviews.policies.iter().filter(|it| it.id == id).map(|it| {
            let until = it.until.map(|day| format!(" until before {day}")).unwrap_or_default();
            let mut entry = Explanation::new(id, "coverage policy", &it.about)
                .with("article", &it.article)
                .with("in force", format!("from {}{until}", it.from))
                .with("pays", it.body.covered.join(", "))
                .with("authorizes", it.body.authorization.join(", "))
                .with("states", it.body.states.join(", "))
                .with("settings", it.body.settings.join(", "));
            for rule in &it.body.rule {
                entry = entry.with("rule", format!("{}: {}", rule.id, rule.what));
            }
            entry
                .with("verified", if it.verified { "yes" } else { "no: check it before you rely on it" })
                .with("source", &it.source)
        });
        items.chain(policies).collect()
    }

    /// The ids of checklist and policies.
    pub(super) fn review_ids(&self) -> impl Iterator<Item = &str> {
        let items = self.reviews.items.iter().map(|it| it.id.as_str());
        items.chain(self.reviews.policies.iter().map(|it| it.id.as_str()))
    }
}
