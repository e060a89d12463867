//! The text of an `opnote.toml`, key by key against the definition of the command line.

use std::ops::Range;
use std::path::Path;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{command_at, is_flag, leaves, option_of, options};
use crate::args;
use crate::failure::Failure;

/// One key of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Setting {
    /// The command that it holds for, such as `codes import`; none for every command that has the option.
    pub command: Option<String>,
    /// Name of the option, without dashes.
    pub key: String,
    /// Values as they would be typed.
    pub values: Vec<String>,
    /// Line in the file.
    pub line: usize,
}

/// A fault of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    line: Option<usize>,
    message: String,
    hint: String,
}

impl Fault {
    /// The fault with the file that it is in.
    pub(super) fn in_file(self, path: &Path) -> Failure {
        let line = self.line.map(|it| format!(":{it}")).unwrap_or_default();
        let failure = Failure::usage(format!("{}{line}: {}", path.display(), self.message));
        if self.hint.is_empty() { failure } else { failure.hint(self.hint) }
    }
}

/// Reader of one file.
struct Reader<'a> {
    text: &'a str,
    definition: Command,
    settings: Vec<Setting>,
}

/// All that a file sets, checked.
pub(super) fn settings(text: &str) -> Result<Vec<Setting>, Fault> {
    let table = DeTable::parse(text).map_err(|it| Fault {
        line: it.span().map(|it| line_of(text, &it)),
        message: it.message().replace('\n', "; "),
        hint: String::new(),
    })?;
    let mut reader = Reader { text, definition: args::command(), settings: Vec::new() };
    let definition = reader.definition.clone();
    reader.table(table.get_ref(), &definition, "")?;
    Ok(reader.settings)
}

impl Reader<'_> {
    /// The keys below a command; those of the program itself hold for every command.
    fn table(&mut self, table: &DeTable<'_>, command: &Command, name: &str) -> Result<(), Fault> {
        for (key, value) in table {
            let span = key.span();
            let key = key.get_ref().as_ref();
            let below = command.find_subcommand(key).filter(|it| !it.is_hide_set() && has_options(it));
            match (below, value.get_ref()) {
                (Some(below), DeValue::Table(table)) => {
                    let name = if name.is_empty() { key.to_owned() } else { format!("{name} {key}") };
                    self.table(table, below, &name)?;
                }
                (Some(_), _) => {
                    let message = format!("`{key}` is a command; expected a table of its options");
                    return Err(self.fault(&span, message, format!("write [{key}] on a line of its own")));
                }
                (None, _) if name.is_empty() => self.general(key, &span, value)?,
                (None, _) => self.option(command, name, key, &span, value)?,
            }
        }
        Ok(())
    }

    /// A key outside of all tables: it must mean the same in every command that has it.
    fn general(&mut self, key: &str, span: &Range<usize>, value: &Spanned<DeValue<'_>>) -> Result<(), Fault> {
        let mut owners: Vec<(String, Arg)> = Vec::new();
        owners.extend(option_of(&self.definition, key).map(|it| (String::new(), it.clone())));
        for path in leaves(&self.definition) {
            let found = command_at(&self.definition, &path).and_then(|it| option_of(it, key));
            owners.extend(found.map(|it| (path, it.clone())));
        }
        let Some((_, first)) = owners.first() else {
            return Err(self.unknown(key, span, "no command has an option of this name"));
        };
        let values = self.values(first, key, span, value);
        let Ok(values) = values else {
            let fits = |it: &(String, Arg)| self.values(&it.1, key, span, value).is_ok();
            let others: Vec<&str> = owners.iter().filter(|it| fits(it)).map(|it| it.0.as_str()).collect();
            return Err(match others.first() {
                None => self.values(first, key, span, value).err().unwrap_or_else(|| self.unknown(key, span, "")),
                Some(other) => self.divided(key, span, other),
            });
        };
        let odd = owners.iter().find(|it| self.values(&it.1, key, span, value).is_err());
        if odd.is_some() {
            let other = owners.first().map_or("code", |it| it.0.as_str());
            return Err(self.divided(key, span, other));
        }
        self.settings.push(Setting { command: None, key: key.to_owned(), values, line: line_of(self.text, span) });
        Ok(())
    }

    /// An option that does not mean the same everywhere.
    fn divided(&self, key: &str, span: &Range<usize>, command: &str) -> Fault {
        let message = format!("`{key}` has other values in other commands; expected it below one command");
        self.fault(span, message, format!("move it below [{}]", command.replace(' ', ".")))
    }

    /// A key of a command.
    fn option(
        &mut self,
        command: &Command,
        name: &str,
        key: &str,
        span: &Range<usize>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(), Fault> {
        let Some(arg) = option_of(command, key) else {
            return Err(self.unknown(key, span, &format!("`opnote {name}` has no option of this name")));
        };
        let values = self.values(arg, key, span, value)?;
        let (command, key) = (Some(name.to_owned()), key.to_owned());
        self.settings.push(Setting { command, key, values, line: line_of(self.text, span) });
        Ok(())
    }

    /// The values of an option as they would be typed, each of the kind that the option takes.
    fn values(
        &self,
        arg: &Arg,
        key: &str,
        span: &Range<usize>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Vec<String>, Fault> {
        let fault = |expected: &str| self.fault(span, format!("`{key}`: expected {expected}"), String::new());
        if is_flag(arg) {
            let on = value.get_ref().as_bool().ok_or_else(|| fault("true or false"))?;
            return Ok(vec![on.to_string()]);
        }
        let values: Vec<String> = match value.get_ref() {
            DeValue::Array(many) if matches!(arg.get_action(), ArgAction::Append) => {
                many.iter().filter_map(|it| plain(it.get_ref())).collect()
            }
            DeValue::Array(_) => return Err(fault("one value, not a list")),
            one => plain(one).into_iter().collect(),
        };
        if values.is_empty() || value.get_ref().as_array().is_some_and(|it| it.len() != values.len()) {
            return Err(fault("text or a number, or a list of them"));
        }
        let alone = Command::new("opnote").no_binary_name(true).arg(arg.clone().required(false));
        let typed = values.iter().map(|it| format!("--{key}={it}"));
        match alone.try_get_matches_from(typed) {
            Ok(_) => Ok(values),
            Err(error) => Err(fault(&expected(&error))),
        }
    }

    fn unknown(&self, key: &str, span: &Range<usize>, why: &str) -> Fault {
        let mut names: Vec<String> = Vec::new();
        for path in leaves(&self.definition) {
            let command = command_at(&self.definition, &path);
            names.extend(command.into_iter().flat_map(options).filter_map(Arg::get_long).map(ToOwned::to_owned));
        }
        let near = |it: &&String| strsim::damerau_levenshtein(key, it);
        let nearest = names.iter().min_by_key(near).filter(|it| near(it) <= 1 + it.len() / 4);
        let hint = match nearest {
            Some(it) if it == key => {
                let has =
                    |path: &String| command_at(&self.definition, path).is_some_and(|it| option_of(it, key).is_some());
                let owners: Vec<String> = leaves(&self.definition).into_iter().filter(has).collect();
                format!("it is an option of {}", owners.join(", "))
            }
            Some(it) => format!("did you mean `{it}`?"),
            None => "`opnote config` lists all keys".to_owned(),
        };
        self.fault(span, format!("unknown key `{key}`; {why}"), hint)
    }

    fn fault(&self, span: &Range<usize>, message: String, hint: String) -> Fault {
        Fault { line: Some(line_of(self.text, span)), message, hint }
    }
}

/// Whether a command, or one below it, has options.
fn has_options(command: &Command) -> bool {
    options(command).next().is_some() || !leaves(command).is_empty()
}

/// What an option takes, of the error about a value that it does not take.
fn expected(error: &clap::Error) -> String {
    if let Some(ContextValue::Strings(values)) = error.get(ContextKind::ValidValue)
        && !values.is_empty()
    {
        return format!("one of {}", values.join(", "));
    }
    let source = std::error::Error::source(error).map(ToString::to_string);
    let source = source.unwrap_or_else(|| "another value".to_owned());
    source.strip_prefix("expected ").map_or_else(|| format!("another value ({source})"), ToOwned::to_owned)
}

/// A value as it would be typed.
fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(it) => Some(it.to_string()),
        DeValue::Integer(it) => Some(it.to_string()),
        DeValue::Float(it) => Some(it.to_string()),
        DeValue::Datetime(it) => Some(it.to_string()),
        DeValue::Boolean(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

fn line_of(text: &str, span: &Range<usize>) -> usize {
    text.as_bytes().iter().take(span.start).filter(|it| **it == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line and words of what is wrong with a file, and what to do.
    fn fault(text: &str) -> String {
        let fault = settings(text).expect_err("a fault");
        format!("{}: {} | {}", fault.line.unwrap_or(0), fault.message, fault.hint)
    }

    #[test]
    fn a_file_sets_options_of_all_commands_and_of_one() {
        let text = "lexicon = \"mine\"\nthreads = 2\n\n[code]\nformat = \"csv\"\nwhy = true\nonly = [\"query\", \"review\"]\n\
            [codes.import]\nall = true\n";
        let found = settings(text).expect("settings");
        let shown: Vec<String> = found
            .iter()
            .map(|it| {
                format!("{} {}.{} = {}", it.line, it.command.as_deref().unwrap_or("*"), it.key, it.values.join(","))
            })
            .collect();
        let expected = [
            "5 code.format = csv",
            "7 code.only = query,review",
            "6 code.why = true",
            "9 codes import.all = true",
            "1 *.lexicon = mine",
            "2 *.threads = 2",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_fault_says_line_expectation_and_remedy() {
        let cases = [
            (
                "\n[code]\nformt = \"csv\"",
                "3: unknown key `formt`; `opnote code` has no option",
                "did you mean `format`?",
            ),
            ("[code]\npart-size = 3", "2: unknown key `part-size`", "it is an option of batch"),
            ("what = 1", "1: unknown key `what`; no command", "`opnote config` lists"),
            ("[code]\nformat = \"doc\"", "2: `format`: expected one of text, json", ""),
            ("[code]\nwhy = \"yes\"", "2: `why`: expected true or false", ""),
            ("date = \"soon\"", "1: `date`: expected a day written YYYY-MM-DD", ""),
            ("date = [\"2020-01-01\"]", "1: `date`: expected one value", ""),
            ("threads = -1", "1: `threads`: expected another value", ""),
            ("format = \"csv\"", "1: `format` has other values in other commands", "move it below [code]"),
            ("code = 1", "1: `code` is a command", "[code]"),
            ("[schema]\na = 1", "1: unknown key `schema`", ""),
            ("config = \"x\"", "1: unknown key `config`", ""),
            ("a = ", "1: ", ""),
        ];
        for (text, said, hint) in cases {
            let found = fault(text);
            assert!(found.starts_with(said) && found.contains(hint), "{text}: {found}");
        }
    }
}
