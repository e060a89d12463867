//! Runs of text on a page to lines in reading order.

/// A run of text on a page, in a frame whose first axis is the direction of reading.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// Direction of reading, in quarter turns.
    pub(crate) turn: u8,
    /// Start along the line.
    pub(crate) start: f32,
    /// End along the line.
    pub(crate) end: f32,
    /// Height of the line above the lower edge.
    pub(crate) height: f32,
    /// Size of the font.
    pub(crate) size: f32,
    pub(crate) text: String,
}

/// Distance of base lines within one line, in sizes of the font.
const SAME_LINE: f32 = 0.4;
/// Distance of lines from which there is a blank line between them.
const BLANK_LINE: f32 = 1.9;
/// Gap between words.
const WORD_GAP: f32 = 0.16;
/// Gap between columns.
const COLUMN_GAP: f32 = 2.5;

/// The lines of a page, from top to bottom; an empty one where a paragraph ends.
pub(crate) fn lines(mut runs: Vec<Run>) -> Vec<String> {
    runs.retain(|it| [it.start, it.end, it.height, it.size].iter().all(|it| it.is_finite()) && !it.text.is_empty());
    runs.sort_by(|one, other| one.turn.cmp(&other.turn).then(other.height.total_cmp(&one.height)));
    let mut lines: Vec<String> = Vec::new();
    let mut line: Vec<Run> = Vec::new();
    let mut last: Option<(u8, f32)> = None;
    for run in runs {
        let belongs = line.first().is_some_and(|first| {
            first.turn == run.turn && (first.height - run.height).abs() <= SAME_LINE * first.size.min(run.size)
        });
        if !belongs {
            finish(&mut lines, &mut line, &mut last);
        }
        line.push(run);
    }
    finish(&mut lines, &mut line, &mut last);
    lines
}

fn finish(lines: &mut Vec<String>, line: &mut Vec<Run>, last: &mut Option<(u8, f32)>) {
    let Some(first) = line.first() else { return };
    let (turn, height) = (first.turn, first.height);
    let size = line.iter().map(|it| it.size).fold(0.0, f32::max);
    let text = joined(std::mem::take(line));
    if text.trim().is_empty() {
        return;
    }
    if last.is_some_and(|(last_turn, above)| last_turn == turn && above - height > BLANK_LINE * size) {
        lines.push(String::new());
    }
    *last = Some((turn, height));
    lines.push(text);
}

/// The runs of one line from left to right, gaps as blanks or tabs.
fn joined(mut runs: Vec<Run>) -> String {
    runs.sort_by(|one, other| one.start.total_cmp(&other.start));
    let mut text = String::new();
    let mut previous: Option<Run> = None;
    for run in runs {
        if let Some(previous) = &previous {
            let size = previous.size.min(run.size).max(0.1);
            let gap = (run.start - previous.end) / size;
            // Bold type is sometimes the same text twice, a hair apart.
            if run.text == previous.text && (run.start - previous.start).abs() < 0.12 * size {
                continue;
            }
            let blank = text.ends_with([' ', '\t']) || run.text.starts_with(' ');
            if gap > COLUMN_GAP && !text.ends_with('\t') {
                text.truncate(text.trim_end_matches(' ').len());
                text.push('\t');
            } else if gap > WORD_GAP && !blank {
                text.push(' ');
            }
        }
        text.push_str(&run.text);
        previous = Some(run);
    }
    text.trim_end().to_owned()
}
