//! Charts of an audit: errors by type, a funnel of providers, a control chart of months, coefficients of agreement.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};
use statrs::distribution::{Binomial, DiscreteCDF};

use crate::agreement::Coefficient;
use crate::evaluate::Rate;
use crate::evaluate::charts::{ALERT, GRID, INK, VALUE, percent, picture, plane_with, text, whole};

/// Types of errors that the chart shows.
const TYPES: usize = 12;
/// Points of a limit.
const STEPS: u64 = 120;

/// Errors by type, the commonest first, with the running share of all at the right.
pub(super) fn pareto(types: &[(String, usize)]) -> String {
    const ROW: u32 = 30;
    const LEFT: i32 = 86;
    let all: usize = types.iter().map(|it| it.1).sum();
    let shown = &types[..types.len().min(TYPES)];
    let height = ROW * shown.len().max(1) as u32 + 44;
    picture("pareto", height, |area| {
        let most = shown.iter().map(|it| it.1).max().unwrap_or(1).max(1) as f64;
        let mut chart = ChartBuilder::on(area)
            .margin_top(6)
            .margin_right(120)
            .set_label_area_size(LabelAreaPosition::Left, LEFT)
            .set_label_area_size(LabelAreaPosition::Bottom, 30)
            .build_cartesian_2d(0.0..most, 0.0..shown.len().max(1) as f64)?;
        let mut mesh = chart.configure_mesh();
        mesh.disable_y_mesh().disable_y_axis().x_labels(5).x_label_formatter(&whole);
        mesh.x_label_style(text(INK, HPos::Center, VPos::Top));
        mesh.light_line_style(TRANSPARENT).bold_line_style(GRID).axis_style(GRID).draw()?;
        let mut running = 0;
        for (index, (label, count)) in shown.iter().enumerate() {
            running += count;
            let row = shown.len() as f64 - index as f64 - 0.5;
            let bar = Rectangle::new([(0.0, row - 0.3), (*count as f64, row + 0.3)], VALUE.filled());
            chart.draw_series([bar])?;
            let (right, y) = chart.backend_coord(&(most, row));
            area.draw(&Text::new(label.clone(), (LEFT - 8, y), text(INK, HPos::Right, VPos::Center)))?;
            let share = percent(&(running as f64 / all.max(1) as f64));
            let figure = format!("{count}, to {share}");
            area.draw(&Text::new(figure, (right + 8, y), text(INK, HPos::Left, VPos::Center)))?;
        }
        Ok(())
    })
}

/// The share of claims with an error by the number of claims, with the limits that chance alone keeps at 95 % and
/// 99.8 % around the share of all; a point outside is named.
pub(super) fn funnel(all: Rate, points: &[(String, Rate)]) -> String {
    picture("funnel", 340, |area| {
        let wrong = |it: Rate| it.share().map_or(0.0, |it| 1.0 - it);
        let mean = wrong(all);
        let widest = points.iter().map(|it| it.1.of).max().unwrap_or(1).max(2);
        let largest = widest as u64 + widest as u64 / 8 + 1;
        let step = (largest / STEPS).max(1) as usize;
        let sizes: Vec<u64> = (1..largest).step_by(step).chain([largest]).collect();
        let top = points.iter().map(|it| wrong(it.1)).fold(mean, f64::max).max(0.1);
        let top = (top * 1.25).min(1.0);
        let right = *sizes.last().unwrap_or(&1) as f64;
        let across = (0.0..right, 0.0..top);
        let names = ("claims", "share with an error");
        let mut chart = plane_with(area, across, names, (&whole, &percent))?;
        for (tail, color) in [(0.001, ALERT), (0.025, VALUE)] {
            let limits: Vec<(f64, (f64, f64))> = sizes.iter().map(|it| (*it as f64, limits(mean, *it, tail))).collect();
            let low = limits.iter().map(|it| (it.0, it.1.0.clamp(0.0, top)));
            let high = limits.iter().map(|it| (it.0, it.1.1.clamp(0.0, top)));
            chart.draw_series(DashedLineSeries::new(low, 5, 4, color.stroke_width(1)))?;
            chart.draw_series(DashedLineSeries::new(high, 5, 4, color.stroke_width(1)))?;
        }
        chart.draw_series(LineSeries::new([(0.0, mean), (right, mean)], INK.stroke_width(1)))?;
        for (name, rate) in points.iter().filter(|it| it.1.of > 0) {
            let (low, high) = limits(mean, rate.of as u64, 0.025);
            let outside = wrong(*rate) < low || wrong(*rate) > high;
            let at = (rate.of as f64, wrong(*rate));
            let color = if outside { ALERT } else { VALUE };
            chart.draw_series([Circle::new(at, 5, color.filled())])?;
            if outside {
                let (x, y) = chart.backend_coord(&at);
                let side = if at.0 > right / 2.0 { (HPos::Right, -9) } else { (HPos::Left, 9) };
                area.draw(&Text::new(short(name), (x + side.1, y), text(ALERT, side.0, VPos::Center)))?;
            }
        }
        Ok(())
    })
}

/// Whether a share lies outside what chance keeps at 95 % around the share of all.
pub(super) fn is_outside(all: Rate, rate: Rate) -> bool {
    let wrong = |it: Rate| it.share().map(|it| 1.0 - it);
    let (Some(mean), Some(own)) = (wrong(all), wrong(rate)) else { return false };
    let (low, high) = limits(mean, rate.of as u64, 0.025);
    own < low || own > high
}

/// The shares between which a count of `of` stays but for `tail` on each side, by the binomial distribution.
fn limits(share: f64, of: u64, tail: f64) -> (f64, f64) {
    let Ok(distribution) = Binomial::new(share.clamp(0.0, 1.0), of) else { return (0.0, 1.0) };
    if of == 0 || share <= 0.0 || share >= 1.0 {
        return (share, share);
    }
    let (low, high) = (distribution.inverse_cdf(tail), distribution.inverse_cdf(1.0 - tail));
    (low as f64 / of as f64, high as f64 / of as f64)
}

/// The share of claims with an error month by month, with limits of three standard errors around the mean (p chart).
pub(super) fn control(months: &[(String, Rate)]) -> String {
    picture("control", 340, |area| {
        let wrong = |it: Rate| it.share().map_or(0.0, |it| 1.0 - it);
        let mean = mean(months);
        let bounds = |it: Rate| sigma_limits(mean, it);
        let highest = months.iter().map(|it| wrong(it.1).max(bounds(it.1).1.min(1.0))).fold(0.1, f64::max);
        let right = months.len().max(1) as f64 - 0.5;
        let ranges = (-0.5..right, 0.0..(highest * 1.15).min(1.05));
        let label = |at: &f64| {
            let is_whole = (at - at.round()).abs() < 1e-6 && *at > -0.1;
            let name = is_whole.then(|| months.get(at.round() as usize)).flatten();
            name.map_or_else(String::new, |it| it.0.clone())
        };
        let mut chart = plane_with(area, ranges, ("month", "share with an error"), (&label, &percent))?;
        chart.draw_series(LineSeries::new([(-0.5, mean), (right, mean)], INK.stroke_width(1)))?;
        for (index, (_, rate)) in months.iter().enumerate() {
            let at = index as f64;
            let (low, high) = bounds(*rate);
            for limit in [low, high] {
                let step = [(at - 0.5, limit), (at + 0.5, limit)];
                chart.draw_series(DashedLineSeries::new(step, 5, 4, ALERT.stroke_width(1)))?;
            }
        }
        let points: Vec<(f64, f64)> = months.iter().enumerate().map(|it| (it.0 as f64, wrong(it.1.1))).collect();
        chart.draw_series(LineSeries::new(points.iter().copied(), VALUE.stroke_width(2)))?;
        for (at, (_, rate)) in points.into_iter().zip(months) {
            let (low, high) = bounds(*rate);
            let color = if at.1 < low || at.1 > high { ALERT } else { VALUE };
            chart.draw_series([Circle::new(at, 5, color.filled())])?;
        }
        Ok(())
    })
}

/// The share of claims with an error over all months.
pub(super) fn mean(months: &[(String, Rate)]) -> f64 {
    let (hits, of) = months.iter().fold((0, 0), |sum, it| (sum.0 + it.1.hits, sum.1 + it.1.of));
    if of == 0 { 0.0 } else { 1.0 - hits as f64 / of as f64 }
}

/// Limits of three standard errors around a share, cut at 0 and 1.
pub(super) fn sigma_limits(mean: f64, rate: Rate) -> (f64, f64) {
    let error = (mean * (1.0 - mean) / rate.of.max(1) as f64).sqrt();
    ((mean - 3.0 * error).max(0.0), (mean + 3.0 * error).min(1.0))
}

/// Coefficients of agreement with their intervals.
pub(super) fn coefficients(all: &[(&str, Coefficient)]) -> String {
    const ROW: u32 = 34;
    const LEFT: i32 = 170;
    picture("agreement", ROW * all.len().max(1) as u32 + 44, |area| {
        let lowest = all.iter().filter_map(|it| it.1.interval).map(|it| it.0).fold(0.0, f64::min);
        let from = (lowest * 5.0).floor() / 5.0;
        let mut chart = ChartBuilder::on(area)
            .margin_top(6)
            .margin_right(64)
            .set_label_area_size(LabelAreaPosition::Left, LEFT)
            .set_label_area_size(LabelAreaPosition::Bottom, 30)
            .build_cartesian_2d(from..1.0, 0.0..all.len().max(1) as f64)?;
        let one = |it: &f64| format!("{it:.1}");
        let mut mesh = chart.configure_mesh();
        mesh.disable_y_mesh().disable_y_axis().x_labels(6).x_label_formatter(&one);
        mesh.x_label_style(text(INK, HPos::Center, VPos::Top));
        mesh.light_line_style(TRANSPARENT).bold_line_style(GRID).axis_style(GRID).draw()?;
        for (index, (label, it)) in all.iter().enumerate() {
            let row = all.len() as f64 - index as f64 - 0.5;
            if let Some((low, high)) = it.interval {
                chart.draw_series(LineSeries::new([(low, row), (high, row)], VALUE.stroke_width(3)))?;
            }
            chart.draw_series([Circle::new((it.value.max(from), row), 6, VALUE.filled())])?;
            let (right, y) = chart.backend_coord(&(1.0, row));
            area.draw(&Text::new((*label).to_owned(), (LEFT - 8, y), text(INK, HPos::Right, VPos::Center)))?;
            let figure = format!("{:.3}", it.value);
            area.draw(&Text::new(figure, (right + 8, y), text(INK, HPos::Left, VPos::Center)))?;
        }
        Ok(())
    })
}

/// A name that fits beside a point.
fn short(name: &str) -> String {
    const LETTERS: usize = 16;
    if name.chars().count() <= LETTERS {
        name.to_owned()
    } else {
        name.chars().take(LETTERS - 1).chain(['…']).collect()
    }
}
