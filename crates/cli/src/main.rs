//! The command line of opnote: arguments in, one subcommand, an exit code out.

mod analysis;
mod args;
mod batch;
mod commands;
mod configuration;
mod failure;
mod guard;
mod inputs;
mod messages;
mod output;
mod progress;
mod remarks;
mod render;
mod run;

use std::process::ExitCode;

use clap::FromArgMatches;

use args::{Args, Command};
use commands::{audit, calibrate, code, codes, config, context, evaluate, explain, find, query, verify};
use configuration::{Configuration, Stop};
use failure::Failure;
use output::Output;

fn main() -> ExitCode {
    guard::quiet_panics();
    let typed: Vec<_> = std::env::args_os().collect();
    let parsed = Configuration::parse(&typed)
        .and_then(|(matches, configuration)| Ok((Args::from_arg_matches(&matches)?, configuration)));
    let done = match parsed {
        Ok((args, configuration)) => {
            args.color.apply();
            render::page_width::set(args.width);
            run(args, &configuration)
        }
        Err(Stop::File(failure)) => Err(failure),
        Err(Stop::Line(error)) if error.use_stderr() => error.exit(),
        Err(Stop::Line(help)) => generated(|out| out.extend(rendered(&help).into_bytes())),
    };
    match done {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

/// Help or version, in color where standard output shows it.
fn rendered(help: &clap::Error) -> String {
    match anstream::AutoStream::choice(&std::io::stdout()) {
        anstream::ColorChoice::Never => help.render().to_string(),
        _ => help.render().ansi().to_string(),
    }
}

fn run(args: Args, configuration: &Configuration) -> Result<ExitCode, Failure> {
    match args.command {
        Command::Code(it) => code::run(it),
        Command::Batch(it) => commands::batch::run(&it),
        Command::Find(it) => find::run(&it),
        Command::Query(it) => query::run(it),
        Command::Explain(it) => explain::run(&it),
        Command::Context(it) => context_command(&it),
        Command::Audit(it) => audit::run(&it),
        Command::Verify(it) => verify::run(&it),
        Command::Evaluate(it) => evaluate::run(it),
        Command::Sample(it) => commands::sample::run(&it),
        Command::SampleSize(it) => commands::sample_size::run(&it),
        Command::Estimate(it) => commands::estimate::run(&it),
        Command::Calibrate(it) => calibrate::run(it),
        Command::Codes(args::Codes::Import(it)) => codes::import(&it),
        Command::Config(it) => config::run(&it, configuration),
        Command::Schema => schema(),
        Command::ReadContained => Ok(inputs::contained::serve()),
        Command::Completions { shell } => {
            generated(|out| clap_complete::generate(shell, &mut args::command(), "opnote", out))
        }
        Command::Man { command } => man(command.as_deref()),
    }
}

fn context_command(args: &args::Context) -> Result<ExitCode, Failure> {
    let lexicon = args::lexicon(args.lexicon.as_deref())?;
    let input = inputs::open(args.path.as_deref())?;
    let mut output = Output::new();
    let faults = context::run(input, &mut output, lexicon).map_err(|it| output.blame(it))?;
    output.finish()?;
    Ok(if faults > 0 { failure::UNREAD.into() } else { ExitCode::SUCCESS })
}

/// The JSON Schema of a result.
fn schema() -> Result<ExitCode, Failure> {
    let schema = schemars::schema_for!(opnote::report::Report);
    let text = serde_json::to_string_pretty(&schema).map_err(Failure::output)?;
    generated(|out| {
        out.extend_from_slice(text.as_bytes());
        out.push(b'\n');
    })
}

/// The manual page of the program or of one of its commands.
fn man(name: Option<&str>) -> Result<ExitCode, Failure> {
    let whole = args::command();
    let command = match name {
        None => whole,
        Some(name) => {
            let found = whole.find_subcommand(name).cloned();
            let known = "the commands are those of `opnote --help`";
            let found = found.ok_or_else(|| Failure::usage(format!("no command \"{name}\"")).hint(known))?;
            found.name(format!("opnote-{name}")).bin_name(format!("opnote {name}"))
        }
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(Failure::output)?;
    generated(|out| out.extend(page))
}

/// Writes what `fill` makes; makers of the argument parser cannot be trusted with a closed pipe.
fn generated(fill: impl FnOnce(&mut Vec<u8>)) -> Result<ExitCode, Failure> {
    let mut text = Vec::new();
    fill(&mut text);
    let mut output = Output::new();
    output.put(&text)?;
    output.finish()?;
    Ok(ExitCode::SUCCESS)
}
