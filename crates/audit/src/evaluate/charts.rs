//! Charts as SVG. Their few colors are stand-ins that the page's style sheet replaces for light and dark.

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{CalibrationFigures, Needed, Rate};

/// Text and axes.
pub(crate) const INK: RGBColor = RGBColor(0x22, 0x26, 0x2b);
/// Grid lines and helping lines.
pub(crate) const GRID: RGBColor = RGBColor(0xd5, 0xd9, 0xde);
/// Values.
pub(crate) const VALUE: RGBColor = RGBColor(0x1b, 0x5f, 0xa8);
/// What deserves a look: wrong ones, limits, the run itself.
pub(crate) const ALERT: RGBColor = RGBColor(0xb0, 0x41, 0x1e);

/// Width of every chart in its own units.
const WIDTH: u32 = 520;
/// Text size; the library draws letters at four fifths of it.
const TEXT: f64 = 17.0;

pub(crate) type PlotArea<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(crate) type Plane<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
pub(crate) type Drawn = Result<(), Box<dyn std::error::Error>>;

/// A picture of the size, with its title for those who do not see it; nothing where it cannot be drawn.
pub(crate) fn picture(name: &str, height: u32, draw: impl FnOnce(&PlotArea<'_>) -> Drawn) -> String {
    let mut svg = String::new();
    let done = {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        draw(&area).and_then(|()| Ok(area.present()?))
    };
    match done {
        Ok(()) => svg.replacen("<svg ", &format!("<svg class=\"chart\" id=\"chart-{name}\" aria-hidden=\"true\" "), 1),
        Err(_) => String::new(),
    }
}

pub(crate) fn text(color: RGBColor, across: HPos, down: VPos) -> TextStyle<'static> {
    ("sans-serif", TEXT).into_font().color(&color).pos(Pos::new(across, down))
}

/// Shares with their exact intervals, one a line: a dot on a whisker, the share at the right.
pub(crate) fn shares(name: &str, rates: &[(String, Rate)]) -> String {
    const ROW: u32 = 30;
    const LEFT: i32 = 150;
    let height = ROW * rates.len() as u32 + 44;
    picture(name, height, |area| {
        let lowest = rates.iter().map(|it| it.1.interval().0).fold(1.0, f64::min);
        let from = ((lowest * 10.0).floor() / 10.0).min(0.9);
        let mut chart = ChartBuilder::on(area)
            .margin_top(6)
            .margin_right(64)
            .set_label_area_size(LabelAreaPosition::Left, LEFT)
            .set_label_area_size(LabelAreaPosition::Bottom, 30)
            .build_cartesian_2d(from..1.0, 0.0..rates.len() as f64)?;
        let mut mesh = chart.configure_mesh();
        mesh.disable_y_mesh().disable_y_axis().x_labels(6).x_label_formatter(&percent);
        mesh.x_label_style(text(INK, HPos::Center, VPos::Top));
        mesh.light_line_style(TRANSPARENT).bold_line_style(GRID).axis_style(GRID).draw()?;
        for (index, (label, rate)) in rates.iter().enumerate() {
            let row = rates.len() as f64 - index as f64 - 0.5;
            let (low, high) = rate.interval();
            let share = rate.share().unwrap_or(0.0);
            chart.draw_series(LineSeries::new([(low, row), (high, row)], VALUE.stroke_width(3)))?;
            chart.draw_series([Circle::new((share, row), 6, VALUE.filled())])?;
            let (right, y) = chart.backend_coord(&(1.0, row));
            area.draw(&Text::new(label.clone(), (LEFT - 8, y), text(INK, HPos::Right, VPos::Center)))?;
            let figure = format!("{:.1}%", share * 100.0);
            area.draw(&Text::new(figure, (right + 8, y), text(INK, HPos::Left, VPos::Center)))?;
        }
        Ok(())
    })
}

/// The share right by confidence, with exact intervals, against the diagonal of a confidence that means what it says.
pub(super) fn reliability(calibration: &CalibrationFigures) -> String {
    picture("reliability", 330, |area| {
        let lowest = calibration.bins.iter().map(|it| it.confidence.min(it.rate().interval().0)).fold(0.9, f64::min);
        let from = (lowest * 10.0).floor() / 10.0;
        let mut chart = plane(area, from..1.0, from..1.0, "confidence", "share right")?;
        chart.draw_series(DashedLineSeries::new([(from, from), (1.0, 1.0)], 6, 5, INK.stroke_width(1)))?;
        for it in &calibration.bins {
            let (low, high) = it.rate().interval();
            chart.draw_series(LineSeries::new([(it.confidence, low), (it.confidence, high)], VALUE.stroke_width(2)))?;
        }
        let dots = calibration.bins.iter().map(|it| Circle::new((it.confidence, it.right), 5, VALUE.filled()));
        chart.draw_series(dots)?;
        // From high confidence on: the fullest bins; a count that would lie on another is left to the table.
        let mut last: Option<(i32, i32)> = None;
        for it in calibration.bins.iter().rev() {
            let (x, y) = chart.backend_coord(&(it.confidence, it.right));
            if last.is_some_and(|last| (last.0 - x).abs() < 34 && (last.1 - y).abs() < 20) {
                continue;
            }
            last = Some((x, y));
            area.draw(&Text::new(it.proposals.to_string(), (x - 8, y + 4), text(INK, HPos::Right, VPos::Top)))?;
        }
        Ok(())
    })
}

/// The share wrong among the surest proposals, from few to all of them, and where `ready` stands.
pub(super) fn risk(calibration: &CalibrationFigures, ready: Option<(f64, f64)>) -> String {
    picture("risk", 330, |area| {
        let share = |it: Rate| it.share().unwrap_or(0.0);
        let top = calibration.risk.iter().map(|it| share(it.wrong)).fold(0.02, f64::max) * 1.25;
        let mut chart = plane(area, 0.0..1.0, 0.0..top, "share of proposals kept, surest first", "share wrong")?;
        // Each step holds from the last coverage to its own.
        let mut steps = vec![(0.0, calibration.risk.first().map_or(0.0, |it| share(it.wrong)))];
        for it in &calibration.risk {
            let before = steps.last().map_or(0.0, |it| it.0);
            steps.extend([(before, share(it.wrong)), (it.coverage, share(it.wrong))]);
        }
        chart.draw_series(LineSeries::new(steps, VALUE.stroke_width(3)))?;
        if let Some((coverage, wrong)) = ready {
            chart.draw_series([Circle::new((coverage, wrong.min(top)), 6, ALERT.filled())])?;
            let (x, y) = chart.backend_coord(&(coverage, wrong.min(top)));
            area.draw(&Text::new("ready", (x - 10, y - 10), text(ALERT, HPos::Right, VPos::Bottom)))?;
        }
        Ok(())
    })
}

/// How many reviewed notes show the target with so many errors, and where this run stands.
pub(super) fn needed(rows: &[Needed], run: Rate) -> String {
    picture("needed", 330, |area| {
        let points: Vec<(f64, f64)> = rows.iter().filter_map(|it| Some((it.errors as f64, it.notes? as f64))).collect();
        let errors = run.of - run.hits;
        let shown = errors as f64 <= rows.len() as f64;
        let highest = points.iter().map(|it| it.1).fold(if shown { run.of as f64 } else { 1.0 }, f64::max);
        let right = rows.len() as f64 - 0.5;
        let mut chart = plane_of(area, -0.5..right, 0.0..highest * 1.12, "errors found", "notes reviewed", &whole)?;
        chart.draw_series(LineSeries::new(points.iter().copied(), VALUE.stroke_width(2)))?;
        chart.draw_series(points.iter().map(|it| Circle::new(*it, 4, VALUE.filled())))?;
        for it in &points {
            let (x, y) = chart.backend_coord(it);
            area.draw(&Text::new(whole(&it.1), (x, y + 8), text(INK, HPos::Center, VPos::Top)))?;
        }
        if shown && run.of > 0 {
            let at = (errors as f64, run.of as f64);
            chart.draw_series([TriangleMarker::new(at, 8, ALERT.filled())])?;
            let (x, y) = chart.backend_coord(&at);
            area.draw(&Text::new("this run", (x + 12, y), text(ALERT, HPos::Left, VPos::Center)))?;
        }
        Ok(())
    })
}

fn plane<'a, 'b>(
    area: &'a PlotArea<'b>,
    across: std::ops::Range<f64>,
    up: std::ops::Range<f64>,
    x: &str,
    y: &str,
) -> Result<Plane<'a, 'b>, Box<dyn std::error::Error>> {
    plane_with(area, (across, up), (x, y), (&percent, &percent))
}

fn plane_of<'a, 'b>(
    area: &'a PlotArea<'b>,
    across: std::ops::Range<f64>,
    up: std::ops::Range<f64>,
    x: &str,
    y: &str,
    format: &dyn Fn(&f64) -> String,
) -> Result<Plane<'a, 'b>, Box<dyn std::error::Error>> {
    plane_with(area, (across, up), (x, y), (format, format))
}

/// Axes with a light grid and their names.
pub(crate) fn plane_with<'a, 'b>(
    area: &'a PlotArea<'b>,
    (across, up): (std::ops::Range<f64>, std::ops::Range<f64>),
    (x, y): (&str, &str),
    (x_format, y_format): (&dyn Fn(&f64) -> String, &dyn Fn(&f64) -> String),
) -> Result<Plane<'a, 'b>, Box<dyn std::error::Error>> {
    let mut chart = ChartBuilder::on(area)
        .margin_top(12)
        .margin_right(24)
        .margin_left(6)
        .set_label_area_size(LabelAreaPosition::Left, 76)
        .set_label_area_size(LabelAreaPosition::Bottom, 54)
        .build_cartesian_2d(across, up)?;
    let style = || ("sans-serif", TEXT).into_font().color(&INK);
    let mut mesh = chart.configure_mesh();
    mesh.x_labels(6).y_labels(6).x_label_formatter(&x_format).y_label_formatter(&y_format);
    mesh.x_desc(x).y_desc(y).axis_desc_style(style()).label_style(style());
    mesh.light_line_style(TRANSPARENT).bold_line_style(GRID).axis_style(INK).draw()?;
    drop(mesh);
    Ok(chart)
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as the library calls it
pub(crate) fn percent(share: &f64) -> String {
    let percent = share * 100.0;
    if (percent - percent.round()).abs() < 0.05 { format!("{percent:.0}%") } else { format!("{percent:.1}%") }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as the library calls it
pub(crate) fn whole(count: &f64) -> String {
    if (count - count.round()).abs() < 1e-6 { format!("{count:.0}") } else { String::new() }
}
