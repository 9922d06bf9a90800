//! The results: a table for people, JSON for programs, and a picture for the docs.

use crate::program::Program;
use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};
use plotters::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// All figures of a run.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// The targets.
    bars: Vec<Bar>,
    /// The figures that were measured.
    figures: Vec<Figure>,
    /// Instructions for a request, by its outcome.
    pub(crate) instructions: BTreeMap<String, u64>,
}

/// A target and its result.
#[derive(Debug, Serialize)]
struct Bar {
    name: String,
    found: f64,
    at_most: f64,
}

#[derive(Debug, Serialize)]
struct Figure {
    name: String,
    program: &'static str,
    value: f64,
    unit: &'static str,
}

impl Report {
    /// A figure in milliseconds.
    pub(crate) fn time(&mut self, name: &str, program: Program, value: Duration) {
        self.figure(name, program, value.as_secs_f64() * 1e3, "ms");
    }

    /// A figure in bytes.
    pub(crate) fn size(&mut self, name: &str, program: Program, bytes: u64) {
        self.figure(name, program, bytes as f64 / 1e6, "MB");
    }

    /// A figure without a unit.
    pub(crate) fn number(&mut self, name: &str, program: Program, value: f64) {
        self.figure(name, program, value, "");
    }

    fn figure(&mut self, name: &str, program: Program, value: f64, unit: &'static str) {
        self.figures.push(Figure { name: name.to_owned(), program: program.name(), value, unit });
    }

    /// A figure that was added before.
    pub(crate) fn value(&self, name: &str, program: Program) -> f64 {
        let figure = self.figures.iter().find(|figure| figure.name == name && figure.program == program.name());
        figure.unwrap_or_else(|| panic!("{name} of {} must be measured", program.name())).value
    }

    /// Adds a target.
    pub(crate) fn bar(&mut self, name: &str, found: f64, at_most: f64) {
        self.bars.push(Bar { name: name.to_owned(), found, at_most });
    }

    /// Adds a target for one program's figure relative to that of another.
    pub(crate) fn bar_of(&mut self, name: &str, program: Program, against: Program, at_most: f64) {
        let ratio = self.value(name, program) / self.value(name, against);
        self.bar(&format!("{name}: {} / {}", program.name(), against.name()), ratio, at_most);
    }

    /// Prints the tables, and writes them as `performance.json` and `performance.svg` into a folder.
    pub(crate) fn write(&self, folder: &Path) {
        println!("{}\n\n{}\n\n{}", self.table_of_figures(), self.table_of_instructions(), self.table_of_bars());
        let json = serde_json::to_string_pretty(self).expect("figures");
        fs::write(folder.join("performance.json"), json + "\n").expect("a folder for the results");
        fs::write(folder.join("performance.svg"), self.picture()).expect("a folder for the results");
    }

    fn table_of_figures(&self) -> Table {
        let rows = self.figures.iter().map(|figure| {
            [figure.name.clone(), figure.program.to_owned(), format!("{:.2} {}", figure.value, figure.unit)]
        });
        table(["figure", "program", "value"], rows)
    }

    fn table_of_instructions(&self) -> Table {
        let rows = self.instructions.iter().map(|(outcome, count)| [outcome.clone(), count.to_string()]);
        table(["instructions for a request", "count"], rows)
    }

    fn table_of_bars(&self) -> Table {
        let rows = self.bars.iter().map(|bar| {
            let met = if bar.found <= bar.at_most { "yes" } else { "no" };
            [bar.name.clone(), format!("{:.2}", bar.found), format!("{:.2}", bar.at_most), met.to_owned()]
        });
        table(["promise", "found", "at most", "kept"], rows)
    }

    /// Each target as a bar: the result as a fraction of the target.
    fn picture(&self) -> String {
        let mut svg = String::new();
        let (row, margin) = (34, 40);
        let height = u32::try_from(self.bars.len()).expect("a few") * row + 2 * margin;
        self.draw(&mut svg, height).expect("a picture in memory");
        svg
    }

    fn draw(&self, svg: &mut String, height: u32) -> Result<(), Box<dyn std::error::Error + '_>> {
        let area = SVGBackend::with_string(svg, (1_000, height)).into_drawing_area();
        area.fill(&WHITE)?;
        let rows = i32::try_from(self.bars.len())?;
        let parts = self.bars.iter().map(|bar| bar.found / bar.at_most);
        let longest = parts.fold(1.0, f64::max) * 1.05;
        let label = |row: &i32| {
            let bar = usize::try_from(rows - 1 - row).ok().and_then(|place| self.bars.get(place));
            bar.map_or_else(String::new, |bar| bar.name.clone())
        };
        let mut chart = ChartBuilder::on(&area)
            .caption("Results as a fraction of their targets", ("sans-serif", 18))
            .margin(10)
            .x_label_area_size(30)
            .y_label_area_size(430)
            .build_cartesian_2d(0.0..longest, (0..rows - 1).into_segmented())?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .y_labels(self.bars.len())
            .y_label_formatter(&|value| match value {
                SegmentValue::CenterOf(row) | SegmentValue::Exact(row) => label(row),
                SegmentValue::Last => String::new(),
            })
            .label_style(("sans-serif", 13))
            .draw()?;
        let beams = self.bars.iter().zip((0..rows).rev()).map(|(bar, row)| {
            let part = bar.found / bar.at_most;
            let colour = if part <= 1.0 { RGBColor(70, 130, 180) } else { RGBColor(205, 92, 92) };
            let corners = [(0.0, SegmentValue::Exact(row)), (part, SegmentValue::Exact(row + 1))];
            let mut beam = Rectangle::new(corners, colour.filled());
            beam.set_margin(6, 6, 0, 0);
            beam
        });
        chart.draw_series(beams)?;
        let limit = [(1.0, SegmentValue::Exact(0)), (1.0, SegmentValue::Exact(rows))];
        chart.draw_series([PathElement::new(limit, BLACK.stroke_width(2))])?;
        area.present()?;
        Ok(())
    }
}

fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> Table {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN).set_header(head).add_rows(rows);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
