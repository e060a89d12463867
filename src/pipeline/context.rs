//! Did it happen, here, to this patient? Cues around a mention -> an assertion.
