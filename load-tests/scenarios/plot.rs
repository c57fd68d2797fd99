//! Plots as SVG.

use std::path::Path;

use plotters::prelude::*;

use super::found::Plot;
use crate::Outcome;

const SIZE: (u32, u32) = (760, 420);
const COLOURS: [RGBColor; 6] = [
    RGBColor(0x1f, 0x77, 0xb4),
    RGBColor(0xd6, 0x27, 0x28),
    RGBColor(0x2c, 0xa0, 0x2c),
    RGBColor(0x94, 0x67, 0xbd),
    RGBColor(0xff, 0x7f, 0x0e),
    RGBColor(0x55, 0x55, 0x55),
];

/// Draws a plot into a file; `false` if there is nothing to draw.
pub fn draw(plot: &Plot, path: &Path) -> Outcome<bool> {
    let x_axis = Axis { log: plot.log_x };
    let y_axis = Axis { log: plot.log_y };
    let place = |(x, y): &(f64, f64)| Some((x_axis.place(*x)?, y_axis.place(*y)?));
    let points: Vec<_> = plot
        .series
        .iter()
        .flat_map(|series| &series.points)
        .filter_map(place)
        .collect();
    let (Some(xs), Some(ys)) = (
        range(points.iter().map(|point| point.0), plot.log_x),
        range(points.iter().map(|point| point.1), plot.log_y),
    ) else {
        return Ok(false);
    };
    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(&plot.title, ("sans-serif", 15))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(64)
        .build_cartesian_2d(xs, ys)?;
    chart
        .configure_mesh()
        .x_desc(&plot.x)
        .y_desc(&plot.y)
        .x_label_formatter(&|at| x_axis.label(*at))
        .y_label_formatter(&|at| y_axis.label(*at))
        .light_line_style(WHITE)
        .draw()?;
    for (series, colour) in plot.series.iter().zip(COLOURS.iter().cycle()) {
        let points: Vec<_> = series.points.iter().filter_map(place).collect();
        chart
            .draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?
            .label(&series.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
        chart.draw_series(points.iter().map(|point| Circle::new(*point, 3, colour.filled())))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    area.present()?;
    Ok(true)
}

/// One direction of a plot.
#[derive(Clone, Copy)]
struct Axis {
    /// Whether equal distances are equal ratios: then places are powers of two.
    log: bool,
}

impl Axis {
    fn place(self, value: f64) -> Option<f64> {
        match self.log {
            false => Some(value),
            true => (value > 0.0).then(|| value.log2()),
        }
        .filter(|place| place.is_finite())
    }

    fn label(self, place: f64) -> String {
        let value = if self.log { place.exp2() } else { place };
        match value.abs() {
            value if value >= 10_000.0 => format!("{:.0}k", value / 1000.0),
            value if value >= 1_000.0 => format!("{:.1}k", value / 1000.0),
            value if value >= 100.0 => format!("{value:.0}"),
            value if value >= 1.0 => format!("{value:.1}"),
            _ => format!("{value:.2}"),
        }
    }
}

/// From the least to the greatest, with some room; from 0 where distances are not ratios.
fn range(places: impl Iterator<Item = f64>, log: bool) -> Option<std::ops::Range<f64>> {
    let (low, high) = places.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), place| {
        (low.min(place), high.max(place))
    });
    if low > high {
        return None;
    }
    let room = if log {
        0.15
    } else {
        (high * 0.08).max(f64::MIN_POSITIVE)
    };
    let low = if log { low - room } else { low.min(0.0) };
    Some(low..high + room)
}
