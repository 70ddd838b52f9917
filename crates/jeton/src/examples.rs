//! Examples under the help of the main commands. A test reads each of them with the command line itself.

use clap::Command;

/// Where, and the lines. Lines that begin with `#` explain.
const EXAMPLES: &[(&[&str], &[&str])] = &[
    (
        &[],
        &[
            "# see it work, on a server of its own",
            "jeton demo",
            "# run a server; it prints the command that makes the first administrator",
            "jeton serve --data ./data",
            "# use one",
            "jeton login https://git.example.org",
            "jeton token create first --owner alta3 -r labs -p contents=write",
        ],
    ),
    (
        &["serve"],
        &[
            "# on this machine only, everything in one folder",
            "jeton serve --data /srv/jeton",
            "# for other machines, with a certificate",
            "jeton serve --data /srv/jeton --listen 0.0.0.0:8377 --public-url https://git.example.org:8377 \
             --tls-certificate cert.pem --tls-key key.pem",
            "# settings in a file",
            "jeton serve --config /etc/jeton/jeton.toml",
        ],
    ),
    (
        &["service"],
        &[
            "jeton service create alta3 night-builder --role read",
            "jeton service token alta3 night-builder nightly -r labs -p contents=read --expires 30",
            "# somebody leaves: what their token runs goes on",
            "jeton service hand-over alta3 17 night-builder --overlap-days 3",
        ],
    ),
    (
        &["admin"],
        &[
            "jeton admin --data /srv/jeton status",
            "jeton admin --data /srv/jeton user create mona --email mona@example.org",
            "jeton admin --data /srv/jeton setup-code",
        ],
    ),
    (
        &["demo"],
        &[
            "jeton demo",
            "# for scripts: play, and end; or stay up and print one line of JSON",
            "jeton demo --once",
            "jeton demo --json --listen 127.0.0.1:8377",
        ],
    ),
    (
        &["setup"],
        &["jeton setup http://127.0.0.1:8377 --code CODE --login mona --email mona@example.org"],
    ),
    (
        &["login"],
        &[
            "jeton login https://git.example.org",
            "jeton login https://git.example.org --user mona --password-stdin < password",
        ],
    ),
    (
        &["user", "create"],
        &["jeton user create tomas --email tomas@example.org --name 'Tomas Weber'"],
    ),
    (
        &["org", "invite"],
        &[
            "jeton org invite alta3 nina --role member",
            "jeton org invite alta3 zoe@example.org --team course-makers",
        ],
    ),
    (
        &["org", "invitations", "accept"],
        &["jeton org invitations accept alta3"],
    ),
    (
        &["emergency"],
        &[
            "jeton emergency --user tomas --look",
            "jeton emergency --user tomas --kind fine-grained --kind client --reason 'laptop stolen'",
        ],
    ),
    (
        &["org", "member", "add"],
        &[
            "jeton org member add alta3 tomas",
            "jeton org member add alta3 nina --role owner",
        ],
    ),
    (
        &["repo", "create"],
        &[
            "jeton repo create alta3/labs",
            "jeton repo create notes --visibility public",
        ],
    ),
    (
        &["repo", "collaborator", "add"],
        &["jeton repo collaborator add alta3/labs nina --role triage"],
    ),
    (
        &["token", "create"],
        &[
            "# read two repositories of an organization, whose owners may have to approve",
            "jeton token create installer --owner alta3 -r labs -r enchilada -p contents=read --expires 90 \
             --justification 'Clones these on each new machine'",
            "# into a variable: the value alone goes to standard output",
            "TOKEN=$(jeton token create ci -r notes -p contents=write --expires 30 --yes)",
            "# what it would be, without making it",
            "jeton token create ci --all-repositories -p contents --preview",
            "# a classic one, for a tool that knows nothing else",
            "jeton token create old-tool --classic --scope repo --scope workflow --expires 90",
        ],
    ),
    (
        &["token", "edit"],
        &[
            "# name all that it shall have",
            "jeton token edit ci -r notes -r site -p contents=read",
            "# all scopes of a classic one",
            "jeton token edit old-tool --scope repo",
        ],
    ),
    (
        &["token", "rotate"],
        &[
            "# both values work for two hours",
            "jeton token rotate ci --overlap 2h",
            "# the old one ends when the new one is used",
            "jeton token rotate ci --until-first-use --value-only",
        ],
    ),
    (
        &["token", "child"],
        &[
            "# an hour of reading one repository, for a script",
            "jeton token child --owner alta3 -r labs -p contents=read",
            "# for a coding agent: it writes its own branches and rewrites nothing",
            "jeton token child --owner alta3 -r labs -p contents=write --ref 'refs/heads/agent/*' --no-force --lasts 30m",
        ],
    ),
    (
        &["job", "run"],
        &[
            "# from cron, Jenkins or any runner; JETON_HOST and JETON_TOKEN are set",
            "jeton job run --repo alta3/labs --ref refs/heads/main --permission contents=write -- ./deploy.sh",
            "# what a fork brought: it reads, and is given no secrets",
            "jeton job run --repo alta3/labs --fork --lasts 10m -- make check",
        ],
    ),
    (
        &["job", "open"],
        &["TOKEN=$(jeton job open --repo alta3/labs --lasts 10m)"],
    ),
    (
        &["job", "permissions", "set"],
        &["jeton job permissions set --org alta3 --permission contents=write"],
    ),
    (&["setup-git"], &["jeton setup-git https://git.example.org"]),
    (
        &["request", "approve"],
        &[
            "jeton request approve alta3 12 --reason 'For the new classroom'",
            "jeton request approve alta3 --all --owner tomas",
        ],
    ),
    (
        &["request", "deny"],
        &["jeton request deny alta3 13 --reason 'Please choose only the repositories you need'"],
    ),
    (
        &["grant", "revoke"],
        &[
            "jeton grant revoke alta3 7",
            "jeton grant revoke alta3 --all --repository labs",
        ],
    ),
    (
        &["policy", "set"],
        &[
            "jeton policy set alta3 --approval yes --classic no --maximum-days 90",
            "jeton policy set alta3 --addresses 192.0.2.0/24,2001:db8::/32",
        ],
    ),
    (
        &["policy", "site", "set"],
        &[
            "jeton policy site set --maximum-days 90",
            "jeton policy site set --maximum-days leave",
        ],
    ),
    (
        &["audit"],
        &[
            "jeton audit --org alta3 --since 7d",
            "jeton audit --all --event personal_access_token.create --actor tomas",
        ],
    ),
    (
        &["explain"],
        &[
            "jeton explain GET /api/v3/repos/alta3/labs",
            "jeton explain push https://git.example.org/alta3/labs --token-id 7",
        ],
    ),
    (
        &["completions"],
        &["jeton completions bash > ~/.local/share/bash-completion/completions/jeton"],
    ),
];

/// How long a line of an example may be: with its indentation and a `\` it fits a terminal of 80 columns.
const WIDTH: usize = 74;

/// The tree with its examples.
pub(crate) fn with_examples(tree: Command) -> Command {
    EXAMPLES
        .iter()
        .fold(tree, |tree, (path, lines)| add(tree, path, lines))
}

fn add(command: Command, path: &[&str], lines: &[&str]) -> Command {
    if let Some((name, rest)) = path.split_first() {
        // Of all of them, because to change one alone would move it to the end of the list.
        return command.mut_subcommands(|inner| {
            if inner.get_name() == *name {
                add(inner, rest, lines)
            } else {
                inner
            }
        });
    }
    let mut text = String::from("Examples:");
    for line in lines {
        text.push_str("\n  ");
        text.push_str(&broken(line));
    }
    if let Some(after) = command.get_after_help() {
        text = format!("{after}\n\n{text}");
    }
    command.after_help(text)
}

/// A long line as a shell reads it over several: the terminal would break it anywhere.
fn broken(line: &str) -> String {
    if line.len() <= WIDTH {
        return line.to_owned();
    }
    let mut text = String::new();
    let mut column = 0;
    for (place, part) in line.split(" -").enumerate() {
        if place > 0 {
            if column + part.len() + 2 > WIDTH {
                text.push_str(" \\\n      -");
                column = 5;
            } else {
                text.push_str(" -");
                column += 2;
            }
        }
        text.push_str(part);
        column += part.len();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::tree;

    #[test]
    fn long_examples_go_over_several_lines_as_a_shell_reads_them() {
        let lines = || EXAMPLES.iter().flat_map(|(_, lines)| lines.iter());
        let mut several = 0;
        for line in lines() {
            let shown = broken(line);
            assert!(
                shown.lines().all(|part| part.len() + 2 <= 80),
                "does not fit a terminal: {shown}"
            );
            assert_eq!(shown.replace(" \\\n      ", " "), **line);
            several += usize::from(shown.lines().count() > 1);
        }
        assert!(several >= 2);
    }

    /// The words of a line of shell, as far as the examples go.
    fn words(line: &str) -> Vec<String> {
        let line = line.split(['<', '>']).next().unwrap();
        let line = line
            .strip_prefix("TOKEN=$(")
            .map_or(line, |line| line.strip_suffix(')').unwrap());
        line.split('\'')
            .enumerate()
            .flat_map(|(place, part)| {
                if place % 2 == 1 {
                    vec![part.to_owned()]
                } else {
                    part.split_whitespace().map(str::to_owned).collect()
                }
            })
            .collect()
    }

    #[test]
    fn examples_leave_the_order_of_commands_as_it_is() {
        let names = |tree: Command| -> Vec<String> {
            let names = tree.get_subcommands().map(|c| c.get_name().to_owned());
            names.collect()
        };
        let plain = <crate::command::Jeton as clap::CommandFactory>::command();
        assert_eq!(names(tree()), names(plain));
    }

    #[test]
    fn each_example_is_a_command_of_its_place() {
        for (path, lines) in EXAMPLES {
            for line in lines.iter().filter(|line| !line.starts_with('#')) {
                let mut matches = tree()
                    .try_get_matches_from(words(line))
                    .unwrap_or_else(|error| panic!("{line}: {error}"));
                for name in *path {
                    let (found, inner) = matches.remove_subcommand().unwrap();
                    assert_eq!(found, *name, "{line}");
                    matches = inner;
                }
            }
        }
    }
}
