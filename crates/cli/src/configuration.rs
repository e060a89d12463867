//! `opnote.toml`: values for options of the command line, of a project and of its user. What is typed wins.

mod settings;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};

use crate::args;
use crate::failure::Failure;
use settings::{Setting, settings};

/// Name of the file, in a project and in the user's folder.
const FILE: &str = "opnote.toml";
/// Options that say which files are read; no file can hold them.
const OWN: [&str; 2] = ["config", "no-config"];
/// Commands without options that a file could hold.
const WITHOUT: [&str; 5] = ["schema", "completions", "man", "help", crate::inputs::contained::COMMAND];

/// The files that hold, the nearest first.
#[derive(Debug, Default)]
pub(crate) struct Configuration {
    files: Vec<ConfigurationFile>,
}

/// One file and what it sets.
#[derive(Debug)]
struct ConfigurationFile {
    path: PathBuf,
    /// Whose file it is: `project`, `user` or `--config`.
    role: &'static str,
    settings: Vec<Setting>,
}

/// A value that holds, and the place that it is from.
pub(crate) struct Holding {
    /// Values as they would be typed; none where nothing is set.
    pub values: Vec<String>,
    /// `FILE:LINE`; none for a default of the program.
    pub place: Option<String>,
}

impl Configuration {
    /// Parses the command line over the files that hold for it.
    pub(crate) fn parse(typed: &[OsString]) -> Result<(ArgMatches, Configuration), Stop> {
        let definition = with_negations(args::command());
        let first = definition.clone().ignore_errors(true).try_get_matches_from(typed);
        let configuration = match &first {
            Ok(first) => Configuration::for_line(first)?,
            Err(_) => Configuration::default(),
        };
        let negated = first.map(|it| negations(&it)).unwrap_or_default();
        let definition = configuration.over(definition, &negated);
        Ok((definition.try_get_matches_from(typed)?, configuration))
    }

    /// The files that a command line asks for.
    fn for_line(matches: &ArgMatches) -> Result<Configuration, Failure> {
        let known = matches.subcommand_name().is_some_and(|it| !WITHOUT.contains(&it));
        if !known || matches.get_flag("no_config") {
            return Ok(Configuration::default());
        }
        if let Some(path) = matches.get_one::<PathBuf>("config") {
            let file = ConfigurationFile::read(path, "--config")?;
            let missing = || Failure::usage(format!("{}: there is no such file", path.display()));
            return Ok(Configuration { files: vec![file.ok_or_else(missing)?] });
        }
        let mut files = Vec::new();
        if let Some(path) = project_file() {
            files.extend(ConfigurationFile::read(&path, "project")?);
        }
        if let Some(folder) = user_folder() {
            files.extend(ConfigurationFile::read(&folder.join(FILE), "user")?);
        }
        Ok(Configuration { files })
    }

    /// The definition with what the files set as defaults.
    fn over(&self, definition: Command, negated: &[String]) -> Command {
        let mut definition = definition;
        for path in leaves(&definition) {
            definition = self.over_command(definition, &path, &path, negated);
        }
        let own = |it: Arg| self.with_defaults(it, "");
        definition.mut_args(own)
    }

    fn over_command(&self, parent: Command, whole: &str, rest: &str, negated: &[String]) -> Command {
        if let Some((name, rest)) = rest.split_once(' ') {
            return parent.mut_subcommand(name, |it| self.over_command(it, whole, rest, negated));
        }
        parent.mut_subcommand(rest, |it| {
            it.mut_args(|arg| {
                let undone = arg.get_long().is_some_and(|long| negated.iter().any(|it| it == long));
                if undone { arg } else { self.with_defaults(arg, whole) }
            })
        })
    }

    fn with_defaults(&self, arg: Arg, command: &str) -> Arg {
        let Some((file, setting)) = arg.get_long().and_then(|it| self.setting(command, it)) else { return arg };
        let values = file.typed(setting, &arg);
        arg.required(false).default_values(values)
    }

    /// The setting of an option; that of its command before that of all, the nearer file before the farther one.
    fn setting(&self, command: &str, key: &str) -> Option<(&ConfigurationFile, &Setting)> {
        let in_file = |file: &ConfigurationFile, command: Option<&str>| {
            file.settings.iter().position(|it| it.key == key && it.command.as_deref() == command)
        };
        self.files.iter().find_map(|file| {
            let found = in_file(file, Some(command)).or_else(|| in_file(file, None))?;
            Some((file, file.settings.get(found)?))
        })
    }

    /// The value that holds for an option of a command.
    pub(crate) fn holding(&self, command: &str, arg: &Arg) -> Holding {
        let found = arg.get_long().and_then(|it| self.setting(command, it));
        if let Some((file, setting)) = found {
            let place = format!("{}:{}", file.path.display(), setting.line);
            return Holding { values: file.typed(setting, arg), place: Some(place) };
        }
        let defaults = arg.get_default_values().iter().map(|it| it.to_string_lossy().into_owned());
        let values = if is_flag(arg) { vec!["false".to_owned()] } else { defaults.collect() };
        Holding { values, place: None }
    }

    /// The files that were read, each with its role.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        self.files.iter().map(|it| (it.role, it.path.as_path()))
    }
}

/// The end of a parse without arguments to run with.
pub(crate) enum Stop {
    /// A file does not hold what it may.
    File(Failure),
    /// Wrong usage, or help that was asked for.
    Line(Box<clap::Error>),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        Stop::File(failure)
    }
}

impl From<clap::Error> for Stop {
    fn from(error: clap::Error) -> Stop {
        Stop::Line(Box::new(error))
    }
}

impl ConfigurationFile {
    /// The file, or nothing where there is none.
    fn read(path: &Path, role: &'static str) -> Result<Option<ConfigurationFile>, Failure> {
        let text = match fs::read_to_string(path) {
            Ok(it) => it,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(Failure::usage(format!("{}: cannot be read: {error}", path.display()))),
        };
        let settings = settings(&text).map_err(|it| it.in_file(path))?;
        Ok(Some(ConfigurationFile { path: path.to_owned(), role, settings }))
    }

    /// Values of a setting as they would be typed here: paths are meant from the folder of the file.
    fn typed(&self, setting: &Setting, arg: &Arg) -> Vec<String> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let is_path = arg.get_value_hint() != ValueHint::Unknown;
        let from_here = |it: &String| {
            if is_path && it != "-" { folder.join(it).display().to_string() } else { it.clone() }
        };
        setting.values.iter().map(from_here).collect()
    }
}

/// All commands with options, such as `code` and `codes import`.
pub(crate) fn leaves(definition: &Command) -> Vec<String> {
    let mut found = Vec::new();
    for it in definition.get_subcommands() {
        let name = it.get_name();
        if it.is_hide_set() || WITHOUT.contains(&name) {
            continue;
        }
        if it.has_subcommands() {
            found.extend(leaves(it).into_iter().map(|below| format!("{name} {below}")));
        } else if options(it).next().is_some() {
            found.push(name.to_owned());
        }
    }
    found
}

/// A command by its path, such as `codes import`.
pub(crate) fn command_at<'a>(definition: &'a Command, path: &str) -> Option<&'a Command> {
    path.split(' ').try_fold(definition, |command, name| command.find_subcommand(name))
}

/// The options of a command that a file can hold.
pub(crate) fn options(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|it| it.get_long().is_some_and(|long| !OWN.contains(&long)))
}

fn option_of<'a>(command: &'a Command, key: &str) -> Option<&'a Arg> {
    options(command).find(|it| it.get_long() == Some(key))
}

/// Whether an option takes no value.
pub(crate) fn is_flag(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue)
}

/// The definition with `--no-NAME` for every flag, so that what a file turns on can be turned off.
fn with_negations(definition: Command) -> Command {
    let mut definition = definition;
    for path in leaves(&definition) {
        definition = negatable(definition, &path);
    }
    definition
}

fn negatable(parent: Command, path: &str) -> Command {
    if let Some((name, rest)) = path.split_once(' ') {
        return parent.mut_subcommand(name, |it| negatable(it, rest));
    }
    parent.mut_subcommand(path, |command| {
        let flags: Vec<Arg> = command.get_arguments().filter(|it| is_flag(it)).cloned().collect();
        flags.into_iter().fold(command, |command, flag| {
            let Some(long) = flag.get_long() else { return command };
            let name = format!("no-{long}");
            let negation = Arg::new(name.clone()).long(name).hide(true).action(ArgAction::SetTrue);
            command.arg(negation.overrides_with(flag.get_id().clone()))
        })
    })
}

/// The flags that were turned off.
fn negations(matches: &ArgMatches) -> Vec<String> {
    let mut deepest = matches;
    while let Some((_, below)) = deepest.subcommand() {
        deepest = below;
    }
    let given = deepest.ids().filter_map(|it| it.as_str().strip_prefix("no-"));
    given.filter(|it| deepest.get_flag(&format!("no-{it}"))).map(ToOwned::to_owned).collect()
}

/// The file of the project: in the current folder, or the nearest one above it.
fn project_file() -> Option<PathBuf> {
    let here = PathBuf::from(FILE);
    if here.is_file() {
        return Some(here);
    }
    let current = env::current_dir().ok()?;
    current.ancestors().skip(1).map(|it| it.join(FILE)).find(|it| it.is_file())
}

/// The folder for files of this user.
fn user_folder() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).map(PathBuf::from).filter(|it| it.is_absolute());
    let base = if cfg!(windows) {
        set("APPDATA")
    } else {
        set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|it| it.join(".config")))
    };
    base.map(|it| it.join("opnote"))
}
