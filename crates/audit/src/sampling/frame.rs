//! The frame: the list of units, each with an id of its own, that a sample is drawn from.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::table::{Row, Table, guarded};
use super::{Decimal, StratumColumn};

/// A frame that was checked: every unit has an id, and no two have the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Units, one a row.
    pub table: Table,
    /// Index of the column with the id.
    pub id: usize,
}

/// A condition on a column: units are kept whose cell is one of the values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// The column.
    pub column: String,
    /// The values.
    pub values: Vec<String>,
}

impl Condition {
    /// Reads `COLUMN=VALUE` or `COLUMN=VALUE|VALUE`.
    pub fn read(text: &str) -> Result<Condition, String> {
        let expected = "expected COLUMN=VALUE, or COLUMN=VALUE|VALUE";
        let (column, values) = text.split_once('=').filter(|it| !it.0.is_empty()).ok_or(expected)?;
        Ok(Condition { column: column.to_owned(), values: values.split('|').map(str::to_owned).collect() })
    }
}

impl Frame {
    /// Checks the ids of a table, of which only units are kept that meet every condition.
    pub fn new(mut table: Table, id_column: &str, conditions: &[Condition]) -> Result<Frame, Fault> {
        let id = table.column(id_column)?;
        for row in &mut table.rows {
            for cell in &mut row.cells {
                // As it is written to the sample, so that both are the same text.
                *cell = guarded(cell);
            }
        }
        let mut first: HashMap<&str, &Row> = HashMap::with_capacity(table.rows.len());
        for row in &table.rows {
            let own = row.cells[id].as_str();
            if own.is_empty() {
                return Err(table.fault(row, id, "empty, expected the id of the unit"));
            }
            if let Some(before) = first.insert(own, row) {
                let message = format!("the same id as {}, expected every id once", table.place(before));
                let hint = "a frame lists each claim or note once; take out repeated rows, or name another --id-column";
                return Err(table.fault(row, id, message).hint(hint));
            }
        }
        for condition in conditions {
            let column = table.column(&condition.column)?;
            table.rows.retain(|it| condition.values.contains(&it.cells[column]));
            if table.rows.is_empty() {
                let file = table.files.first().map_or("", String::as_str);
                let message = format!("no row meets the condition on column \"{}\"", condition.column);
                return Err(Fault::file(file, message));
            }
        }
        Ok(Frame { table, id })
    }

    /// Number of units.
    pub fn units(&self) -> usize {
        self.table.rows.len()
    }

    /// The id of a unit, by its index.
    pub(crate) fn unit_id(&self, unit: usize) -> &str {
        &self.table.rows[unit].cells[self.id]
    }

    /// The numbers of a column, all units; a cell that holds none is a fault.
    pub fn numbers(&self, column: &str) -> Result<Vec<Decimal>, Fault> {
        let index = self.table.column(column)?;
        let number = |row: &Row| {
            let fault = || self.table.fault(row, index, format!("expected {}", Decimal::EXPECTED));
            Decimal::read(&row.cells[index]).ok_or_else(fault)
        };
        self.table.rows.iter().map(number).collect()
    }

    /// The stratum of each unit by name, for one or more columns.
    pub(crate) fn strata_of(&self, columns: &[StratumColumn]) -> Result<Vec<String>, Fault> {
        let indexes: Vec<usize> = columns.iter().map(|it| self.table.column(&it.column)).collect::<Result<_, _>>()?;
        let name = |row: &Row| -> Result<String, Fault> {
            let part = |(column, index): (&StratumColumn, &usize)| {
                column.name_of(&row.cells[*index]).map_err(|message| self.table.fault(row, *index, message))
            };
            let parts: Vec<String> = columns.iter().zip(&indexes).map(part).collect::<Result<_, _>>()?;
            Ok(parts.join(" / "))
        };
        self.table.rows.iter().map(name).collect()
    }
}

/// Adds the columns of a second table to the rows with the same id; gives the number of rows that have none there.
pub fn join(table: &mut Table, id_column: &str, other: &Table, other_id: &str) -> Result<usize, Fault> {
    let (own, its) = (table.column(id_column)?, other.column(other_id)?);
    let added: Vec<usize> = (0..other.header.len()).filter(|it| *it != its).collect();
    for name in added.iter().map(|it| &other.header[*it]) {
        if table.header.contains(name) {
            let file = other.files.first().map_or("", String::as_str);
            let message = format!("column \"{name}\" is in both tables, expected it in one");
            return Err(Fault::file(file, message).hint("rename it in one of them"));
        }
    }
    let mut rows: HashMap<&str, &Row> = HashMap::with_capacity(other.rows.len());
    for row in &other.rows {
        if let Some(before) = rows.insert(&row.cells[its], row) {
            let message = format!("the same id as {}, expected every id once", other.place(before));
            return Err(other.fault(row, its, message));
        }
    }
    table.header.extend(added.iter().map(|it| other.header[*it].clone()));
    let mut without = 0;
    for row in &mut table.rows {
        let found = rows.get(row.cells[own].as_str());
        without += usize::from(found.is_none());
        row.cells.extend(added.iter().map(|it| found.map_or_else(String::new, |row| row.cells[*it].clone())));
    }
    Ok(without)
}
