//! Nested rows, given as JSON values, into a Parquet file whose schema is given in words.
//!
//! A row is an object; members that the schema does not name are left out. A list is a group marked `(LIST)` in the
//! three-level form, and an array in the row; null stands for an absent optional value, and for an empty list.
//! The same rows give the same bytes: no clock is read, and row groups end at fixed sizes.
//!
//! ```
//! use opnote_parquet::Table;
//! use serde_json::json;
//!
//! let schema = "message row { required binary id (STRING); optional double chance; }";
//! let mut table = Table::new(Vec::new(), schema).unwrap();
//! table.push(&json!({"id": "7", "chance": 0.5})).unwrap();
//! let bytes = table.finish().unwrap();
//! assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
//! ```

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, Repetition, Type as PhysicalType};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::Type;
use serde_json::Value;

/// Rows of a row group at most.
const GROUP_ROWS: usize = 10_000;
/// Text of a row group at most, in bytes, before compression.
const GROUP_BYTES: usize = 32 << 20;

/// A failure to write a table.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value is not of the kind that the schema asks for.
    #[error("column {column}: expected {expected}")]
    Value {
        /// Name of the field in the schema.
        column: String,
        /// What the schema asks for.
        expected: &'static str,
    },
    /// The schema is none, or the file cannot be written.
    #[error(transparent)]
    File(#[from] ParquetError),
}

/// A Parquet file that is being written, row after row.
pub struct Table<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    schema: Arc<Type>,
    columns: Vec<Column>,
    /// Rows that are not written yet.
    rows: usize,
    /// Their text, in bytes.
    bytes: usize,
}

/// Values of one leaf of the schema, with the levels that say where in the nesting they are.
struct Column {
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    values: Values,
}

enum Values {
    Booleans(Vec<bool>),
    Integers(Vec<i32>),
    Longs(Vec<i64>),
    Doubles(Vec<f64>),
    Texts(Vec<ByteArray>),
}

/// The place of a value in the nesting.
#[derive(Clone, Copy)]
struct Level {
    /// Optional and repeated fields on the way that hold something.
    definition: i16,
    /// The repeated field that begins a new item here.
    repetition: i16,
    /// Repeated fields on the way.
    depth: i16,
}

impl<W: Write + Send> Table<W> {
    /// Begins a file with a schema such as `message row { required int64 n; }`.
    pub fn new(out: W, schema: &str) -> Result<Table<W>, Error> {
        let schema = Arc::new(parse_message_type(schema)?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by("opnote".to_owned())
            .build();
        let writer = SerializedFileWriter::new(out, Arc::clone(&schema), Arc::new(properties))?;
        let leaves = writer.schema_descr().columns();
        let columns = leaves.iter().map(|it| Column::new(it.physical_type())).collect::<Result<_, _>>()?;
        Ok(Table { writer, schema, columns, rows: 0, bytes: 0 })
    }

    /// Adds a row. After an error the table is not to be used any more.
    pub fn push(&mut self, row: &Value) -> Result<(), Error> {
        let mut shredder = Shredder { columns: &mut self.columns, next: 0, bytes: 0 };
        for field in self.schema.get_fields() {
            let value = row.get(field.name()).unwrap_or(&Value::Null);
            shredder.field(field, value, Level { definition: 0, repetition: 0, depth: 0 })?;
        }
        self.bytes += shredder.bytes;
        self.rows += 1;
        if self.rows >= GROUP_ROWS || self.bytes >= GROUP_BYTES {
            self.write_group()?;
        }
        Ok(())
    }

    /// Ends the file and gives back what it was written to.
    pub fn finish(mut self) -> Result<W, Error> {
        self.write_group()?;
        Ok(self.writer.into_inner()?)
    }

    fn write_group(&mut self) -> Result<(), Error> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            let Some(mut target) = group.next_column()? else { break };
            column.write(target.untyped())?;
            target.close()?;
            column.clear();
        }
        group.close()?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }
}

impl Column {
    fn new(kind: PhysicalType) -> Result<Column, Error> {
        let values = match kind {
            PhysicalType::BOOLEAN => Values::Booleans(Vec::new()),
            PhysicalType::INT32 => Values::Integers(Vec::new()),
            PhysicalType::INT64 => Values::Longs(Vec::new()),
            PhysicalType::DOUBLE => Values::Doubles(Vec::new()),
            PhysicalType::BYTE_ARRAY => Values::Texts(Vec::new()),
            other => return Err(ParquetError::NYI(format!("columns of type {other}")).into()),
        };
        Ok(Column { definitions: Vec::new(), repetitions: Vec::new(), values })
    }

    fn write(&self, target: &mut ColumnWriter<'_>) -> Result<(), Error> {
        let levels = (Some(self.definitions.as_slice()), Some(self.repetitions.as_slice()));
        match (&self.values, target) {
            (Values::Booleans(it), ColumnWriter::BoolColumnWriter(to)) => to.write_batch(it, levels.0, levels.1)?,
            (Values::Integers(it), ColumnWriter::Int32ColumnWriter(to)) => to.write_batch(it, levels.0, levels.1)?,
            (Values::Longs(it), ColumnWriter::Int64ColumnWriter(to)) => to.write_batch(it, levels.0, levels.1)?,
            (Values::Doubles(it), ColumnWriter::DoubleColumnWriter(to)) => to.write_batch(it, levels.0, levels.1)?,
            (Values::Texts(it), ColumnWriter::ByteArrayColumnWriter(to)) => to.write_batch(it, levels.0, levels.1)?,
            _ => return Err(ParquetError::General("a column of another type".to_owned()).into()),
        };
        Ok(())
    }

    fn clear(&mut self) {
        self.definitions.clear();
        self.repetitions.clear();
        match &mut self.values {
            Values::Booleans(it) => it.clear(),
            Values::Integers(it) => it.clear(),
            Values::Longs(it) => it.clear(),
            Values::Doubles(it) => it.clear(),
            Values::Texts(it) => it.clear(),
        }
    }
}

/// Cuts a row into the values of its leaves, in the order of the schema.
struct Shredder<'a> {
    columns: &'a mut [Column],
    next: usize,
    bytes: usize,
}

impl Shredder<'_> {
    fn field(&mut self, field: &Type, value: &Value, level: Level) -> Result<(), Error> {
        let info = field.get_basic_info();
        let optional = info.repetition() == Repetition::OPTIONAL;
        let is_list = info.converted_type() == ConvertedType::LIST;
        if value.is_null() && (optional || is_list) {
            self.nothing(field, level);
            return Ok(());
        }
        let level = Level { definition: level.definition + i16::from(optional), ..level };
        if field.is_primitive() {
            return self.leaf(field, value, level);
        }
        if is_list {
            return self.list(field, value, level);
        }
        if !value.is_object() {
            return Err(wrong(field, "an object"));
        }
        for it in field.get_fields() {
            self.field(it, value.get(it.name()).unwrap_or(&Value::Null), level)?;
        }
        Ok(())
    }

    /// A list: its group, the repeated group in it, the item in that.
    fn list(&mut self, field: &Type, value: &Value, level: Level) -> Result<(), Error> {
        let items = value.as_array().ok_or_else(|| wrong(field, "an array"))?;
        let item = field.get_fields().first().and_then(|it| it.get_fields().first());
        let item = item.ok_or_else(|| wrong(field, "a list in the three-level form"))?;
        if items.is_empty() {
            self.nothing(field, level);
        }
        let (depth, first) = (level.depth + 1, self.next);
        for (index, it) in items.iter().enumerate() {
            // Every item has values of the same leaves.
            self.next = first;
            let repetition = if index == 0 { level.repetition } else { depth };
            self.field(item, it, Level { definition: level.definition + 1, repetition, depth })?;
        }
        Ok(())
    }

    fn leaf(&mut self, field: &Type, value: &Value, level: Level) -> Result<(), Error> {
        let Some(column) = self.columns.get_mut(self.next) else { return Err(wrong(field, "a column")) };
        self.next += 1;
        match &mut column.values {
            Values::Booleans(it) => it.push(value.as_bool().ok_or_else(|| wrong(field, "true or false"))?),
            Values::Integers(it) => {
                let number = value.as_i64().and_then(|it| i32::try_from(it).ok());
                it.push(number.ok_or_else(|| wrong(field, "a whole number of 32 bits"))?);
            }
            Values::Longs(it) => it.push(value.as_i64().ok_or_else(|| wrong(field, "a whole number"))?),
            Values::Doubles(it) => it.push(value.as_f64().ok_or_else(|| wrong(field, "a number"))?),
            Values::Texts(it) => {
                let text = value.as_str().ok_or_else(|| wrong(field, "text"))?;
                self.bytes += text.len();
                it.push(ByteArray::from(text));
            }
        }
        column.definitions.push(level.definition);
        column.repetitions.push(level.repetition);
        Ok(())
    }

    /// No value: every leaf below says how far the way there is defined.
    fn nothing(&mut self, field: &Type, level: Level) {
        if !field.is_primitive() {
            field.get_fields().iter().for_each(|it| self.nothing(it, level));
            return;
        }
        if let Some(column) = self.columns.get_mut(self.next) {
            self.next += 1;
            column.definitions.push(level.definition);
            column.repetitions.push(level.repetition);
        }
    }
}

fn wrong(field: &Type, expected: &'static str) -> Error {
    Error::Value { column: field.name().to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use serde_json::{Value, json};

    use super::*;

    const SCHEMA: &str = "message row {
        required binary id (STRING);
        optional int32 day (DATE);
        required group acts (LIST) { repeated group list { required group element {
            optional double chance;
            required boolean done;
            required group words (LIST) { repeated group list { required int64 element; } }
        } } }
    }";

    /// The rows as the reader of the same library gives them.
    fn read(bytes: Vec<u8>) -> Vec<Value> {
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).expect("a file");
        let rows = reader.get_row_iter(None).expect("rows");
        rows.map(|it| serde_json::from_str(&shown(&it.expect("a row").to_string())).expect("JSON")).collect()
    }

    /// A row as JSON: keys of a printed row have no quotes.
    fn shown(row: &str) -> String {
        ["id", "day", "acts", "chance", "done", "words"]
            .iter()
            .fold(row.to_owned(), |row, key| row.replace(&format!("{key}:"), &format!("\"{key}\":")))
    }

    #[test]
    fn nested_rows_come_back() {
        let rows = [
            json!({"id": "a", "day": null, "acts": []}),
            json!({"id": "b", "day": null, "acts": [
                {"chance": 0.5, "done": true, "words": [1, 2, 3]},
                {"chance": null, "done": false, "words": []},
                {"chance": 1.0, "done": true, "words": [4]},
            ]}),
            json!({"id": "c", "day": null, "acts": [{"chance": null, "done": true, "words": [5]}]}),
        ];
        let mut table = Table::new(Vec::new(), SCHEMA).expect("a table");
        for it in &rows {
            table.push(it).expect("a row");
        }
        assert_eq!(read(table.finish().expect("bytes")), rows);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (row, said) in [
            (json!({"id": 1}), "column id: expected text"),
            (json!({"id": "a", "acts": 1}), "column acts: expected an array"),
            (json!({"id": "a", "acts": [{}]}), "column done: expected true or false"),
        ] {
            let mut table = Table::new(Vec::new(), SCHEMA).expect("a table");
            assert_eq!(table.push(&row).expect_err("an error").to_string(), said);
        }
        assert!(Table::new(Vec::new(), "message").is_err());
    }
}
