//! `opnote config`: every option with the value that holds and the file and line that it is from, as a file of its own.

use std::process::ExitCode;

use clap::{Arg, Command};

use crate::args::{self, Config};
use crate::configuration::{Configuration, command_at, is_flag, leaves, options};
use crate::failure::Failure;
use crate::output::Output;
use crate::render::text::put;

/// Columns before the place of a value.
const WIDTH: usize = 40;

/// Prints the options of one command, or of all.
pub(crate) fn run(args: &Config, configuration: &Configuration) -> Result<ExitCode, Failure> {
    let definition = args::command();
    let mut paths = leaves(&definition);
    if !args.command.is_empty() {
        let asked = args.command.join(" ");
        paths.retain(|it| *it == asked);
        if paths.is_empty() {
            let hint = format!("those with options are {}", leaves(&definition).join(", "));
            return Err(Failure::usage(format!("no command \"{asked}\" with options")).hint(hint));
        }
    }
    let mut out = files(configuration);
    section(&mut out, configuration, "", &definition);
    for path in paths {
        let Some(command) = command_at(&definition, &path) else { continue };
        if options(command).next().is_some() {
            put(&mut out, format_args!("\n[{}]\n", path.replace(' ', ".")));
            section(&mut out, configuration, &path, command);
        }
    }
    let mut output = Output::new();
    output.put(out.as_bytes())?;
    output.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// The files that were read.
fn files(configuration: &Configuration) -> String {
    let mut lines = String::new();
    for (role, path) in configuration.files() {
        put(&mut lines, format_args!("# {role}: {}\n", path.display()));
    }
    if lines.is_empty() { "# no opnote.toml was found; all values are defaults\n".to_owned() } else { lines }
}

fn section(out: &mut String, configuration: &Configuration, path: &str, command: &Command) {
    for arg in options(command) {
        let holding = configuration.holding(path, arg);
        let name = arg.get_long().unwrap_or_default();
        if holding.values.is_empty() {
            put(out, format_args!("# {name} is not set\n"));
            continue;
        }
        let line = format!("{name} = {}", value(&holding.values, arg));
        let place = holding.place.as_deref().unwrap_or("default");
        put(out, format_args!("{line:WIDTH$}  # {place}\n"));
    }
}

/// Values as they are written in the file.
fn value(values: &[String], arg: &Arg) -> String {
    let many = matches!(arg.get_action(), clap::ArgAction::Append);
    let one = |it: &String| match it.parse::<f64>() {
        Ok(_) => it.clone(),
        Err(_) if is_flag(arg) => it.clone(),
        Err(_) => toml::Value::String(it.clone()).to_string(),
    };
    match values {
        [only] if !many => one(only),
        many => format!("[{}]", many.iter().map(one).collect::<Vec<_>>().join(", ")),
    }
}
