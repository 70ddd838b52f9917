//! The reference of the command line, written from its own tree.

use std::fmt::Write;

use clap::{Arg, Command};

use crate::exit::Exit;

/// A page in Markdown: every command with its arguments and options.
pub fn reference_markdown(mut tree: Command) -> String {
    tree.build();
    let mut page = String::from(
        "# Commands\n\n\
         Generated from the command line itself; `jeton COMMAND --help` says the same.\n\n\
         Data goes to standard output, everything else to standard error. With `--json` an error is one line of JSON there: \
         `error` (the word of the table below), `exit_code`, `message`, and what is known of `hint`, `status`, `reason`, \
         `details`, `fix`, `fix_url`, `request_id`, `retry_after`. Where whoever reads the data goes away (`| head`), a \
         command ends quietly, with 0.\n\n\
         ## Exit codes\n\n| code | word | means |\n|---|---|---|\n| 0 | | Done. |\n",
    );
    for exit in Exit::ALL {
        let _ = writeln!(
            page,
            "| {} | `{}` | {} |",
            exit.code(),
            exit.name(),
            exit.sentence()
        );
    }
    let globals: Vec<&Arg> = tree
        .get_arguments()
        .filter(|arg| arg.is_global_set() && !arg.is_hide_set())
        .collect();
    if !globals.is_empty() {
        page.push_str("\n## Options for every command\n\n");
        for arg in globals {
            write_option(&mut page, arg);
        }
    }
    for command in tree.get_subcommands() {
        write_command(&mut page, command, "jeton");
    }
    page
}

fn write_command(page: &mut String, command: &Command, above: &str) {
    if command.is_hide_set() || command.get_name() == "help" {
        return;
    }
    let name = format!("{above} {}", command.get_name());
    let level = if above == "jeton" { "##" } else { "###" };
    let about = command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    let _ = write!(page, "\n{level} `{name}`\n\n{}\n", sentence(&about));
    let nested = command
        .get_subcommands()
        .any(|sub| sub.get_name() != "help");
    if !nested {
        let _ = write!(page, "\n```text\n{}\n```\n", usage(command, &name));
        let shown: Vec<_> = command
            .get_arguments()
            .filter(|arg| {
                !arg.is_hide_set()
                    && !arg.is_global_set()
                    && arg.get_id() != "help"
                    && arg.get_id() != "version"
            })
            .collect();
        if !shown.is_empty() {
            page.push('\n');
        }
        for arg in shown {
            write_option(page, arg);
        }
    }
    let after = command.get_after_help().map(ToString::to_string);
    if let Some((_, examples)) = after
        .as_deref()
        .and_then(|text| text.split_once("Examples:\n"))
    {
        page.push_str("\n```sh\n");
        for line in examples.lines() {
            let _ = writeln!(page, "{}", line.strip_prefix("  ").unwrap_or(line));
        }
        page.push_str("```\n");
    }
    for sub in command.get_subcommands() {
        write_command(page, sub, &name);
    }
}

fn usage(command: &Command, name: &str) -> String {
    let mut line = name.to_owned();
    if command
        .get_opts()
        .any(|arg| !arg.is_hide_set() && !arg.is_global_set())
    {
        line.push_str(" [OPTIONS]");
    }
    for arg in command.get_positionals() {
        let value = value_name(arg);
        let many = if arg
            .get_num_args()
            .is_some_and(|range| range.max_values() > 1)
        {
            "…"
        } else {
            ""
        };
        let _ = if arg.is_required_set() {
            write!(line, " {value}{many}")
        } else {
            write!(line, " [{value}{many}]")
        };
    }
    line
}

fn value_name(arg: &Arg) -> String {
    match arg.get_value_names() {
        Some([name, ..]) => name.to_string().to_uppercase(),
        _ => arg.get_id().as_str().to_uppercase(),
    }
}

fn write_option(page: &mut String, arg: &Arg) {
    let mut head = match (arg.get_short(), arg.get_long()) {
        (Some(short), Some(long)) => format!("-{short}, --{long}"),
        (None, Some(long)) => format!("--{long}"),
        (Some(short), None) => format!("-{short}"),
        (None, None) => value_name(arg),
    };
    if !arg.is_positional() && arg.get_action().takes_values() {
        let _ = write!(head, " {}", value_name(arg));
    }
    let _ = write!(
        page,
        "- `{head}`: {}",
        sentence(&arg.get_help().map(ToString::to_string).unwrap_or_default())
    );
    let words: Vec<_> = arg
        .get_possible_values()
        .iter()
        .filter(|word| !word.is_hide_set())
        .map(|word| format!("`{}`", word.get_name()))
        .collect();
    if !words.is_empty() && arg.get_action().takes_values() {
        let _ = write!(page, " One of {}.", words.join(", "));
    }
    let defaults: Vec<_> = arg
        .get_default_values()
        .iter()
        .map(|value| format!("`{}`", value.to_string_lossy()))
        .collect();
    if !defaults.is_empty() && arg.get_action().takes_values() {
        let _ = write!(page, " Default: {}.", defaults.join(", "));
    }
    if let Some(variable) = arg.get_env() {
        let _ = write!(page, " Variable: `{}`.", variable.to_string_lossy());
    }
    page.push('\n');
}

fn sentence(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() || text.ends_with(['.', '!', '?', ']']) {
        text
    } else {
        format!("{text}.")
    }
}
