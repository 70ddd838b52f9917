//! Running the tests of an area, by nextest where it is installed, else one test executable after the other.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::Area;
use super::build::{Build, TestBinary};
use super::install::can_install;
use super::postgres::VARIABLE;
use super::tally::{Report, Tally};
use crate::error::Error;
use crate::process::{Logged, cargo, command, read, run_logged, succeeds};

/// One test executable may run so long.
const ONE: Duration = Duration::from_mins(20);
/// A whole area under nextest, and the documentation tests; nextest ends single tests by itself (`nextest.toml`).
const ALL: Duration = Duration::from_mins(40);

/// Tests with this in their path belong to the area `property`, wherever they stand.
const PROPERTY: &str = "propert";
/// Tests with this in their path want a `PostgreSQL` server; `unit` has none such.
const POSTGRES: &str = "postgres";

/// Tests with this in their path want GitHub's data, in the folder that this variable names.
const REFERENCE: &str = "github_reference";
pub(super) const REFERENCE_FOLDER: &str = "JETON_REFERENCE";

/// How much of a failed run's output is shown.
const SHOWN_LINES: usize = 300;

pub(super) struct Runner<'a> {
    pub(super) build: &'a Build,
    pub(super) logs: PathBuf,
    pub(super) postgres: Option<&'a str>,
    pub(super) there: There,
    pub(super) nextest: bool,
}

/// What tests can use beside a database.
#[derive(Clone, Copy, Debug)]
pub(super) struct There {
    /// A browser and its driver.
    pub(super) browser: bool,
    /// All of GitHub's clients.
    pub(super) clients: bool,
    /// GitHub's own data.
    pub(super) reference: bool,
}

pub(super) fn has_nextest() -> bool {
    succeeds(&mut cargo(&["nextest", "--version"]))
}

/// Which tests of which executables.
#[derive(Debug, Default)]
struct Selection<'a> {
    binaries: Vec<&'a TestBinary>,
    only: Option<&'static str>,
    without: Vec<&'static str>,
}

impl<'a> Selection<'a> {
    fn of(area: Area, build: &'a Build) -> Vec<Self> {
        let of_area = |wanted: Area| -> Vec<&TestBinary> {
            let picked = build.tests.iter().filter(|test| test.area() == wanted);
            picked.collect()
        };
        let own = Self {
            binaries: of_area(area),
            ..Self::default()
        };
        match area {
            Area::Unit => vec![Self {
                without: vec![PROPERTY],
                ..own
            }],
            Area::Property => vec![
                own,
                Self {
                    binaries: of_area(Area::Unit),
                    only: Some(PROPERTY),
                    without: Vec::new(),
                },
            ],
            _ => vec![own],
        }
    }

    fn arguments(&self) -> Vec<&'static str> {
        let skips = self.without.iter().flat_map(|word| ["--skip", *word]);
        self.only.into_iter().chain(skips).collect()
    }

    /// In nextest's language.
    fn expression(&self) -> String {
        let ids: Vec<String> = self
            .binaries
            .iter()
            .map(|test| format!("binary_id(={})", test.id()))
            .collect();
        let only = self.only.iter().map(|word| format!(" & test(~{word})"));
        let without = self.without.iter().map(|word| format!(" - test(~{word})"));
        std::iter::once(format!("({})", ids.join(" + ")))
            .chain(only)
            .chain(without)
            .collect()
    }
}

impl Runner<'_> {
    pub(super) fn run(&self, area: Area, report: &mut Report) -> Result<Tally, Error> {
        let mut tally = Tally::default();
        for mut selection in Selection::of(area, self.build) {
            if selection.binaries.is_empty() {
                continue;
            }
            if let Some(absent) = self.absent(area) {
                let left_out = self.list(&selection, &[]).len();
                tally.skipped += left_out;
                report.skip(format!("{left_out} tests of `{}`: {absent}", area.name()));
                continue;
            }
            if self.postgres.is_none() && area.needs_postgres() {
                let left_out = self.list(&selection, &[POSTGRES]).len();
                if left_out > 0 {
                    tally.skipped += left_out;
                    report.skip(format!(
                        "{left_out} tests of `{}`: no PostgreSQL server",
                        area.name()
                    ));
                }
                selection.without.push(POSTGRES);
            }
            if area == Area::Unit && !self.there.reference {
                let left_out = self.list(&selection, &[REFERENCE]).len();
                if left_out > 0 {
                    tally.skipped += left_out;
                    report.skip(format!(
                        "{left_out} tests of `{}`: `{REFERENCE_FOLDER}` names no folder with GitHub's data",
                        area.name()
                    ));
                }
                selection.without.push(REFERENCE);
            }
            let ignored = self.list(&selection, &["--ignored"]);
            for test in &ignored {
                report.skip(format!("{test}: marked `#[ignore]`"));
            }
            tally += if self.nextest {
                self.by_nextest(area, &selection, ignored.len())?
            } else {
                self.one_by_one(&selection)?
            };
            if !ignored.is_empty() && can_install() {
                // Where everything can be had, nothing may be left out.
                println!("failed: {} tests are marked `#[ignore]`", ignored.len());
                tally.failed += 1;
            }
        }
        if area == Area::Unit {
            tally += self.documentation()?;
        }
        if tally == Tally::default() {
            println!("failed: `{}` has no tests", area.name());
            tally.failed += 1;
        }
        Ok(tally)
    }

    /// What is not there without which an area can't run at all.
    fn absent(&self, area: Area) -> Option<&'static str> {
        match area {
            Area::Browser if !self.there.browser => Some("no Chromium with its driver"),
            Area::Clients if !self.there.clients => Some("not all of GitHub's clients"),
            _ => None,
        }
    }

    /// Names of the tests that a selection narrowed by `further` arguments has.
    ///
    /// An executable that cannot list its tests has none to leave out; running it says what is wrong with it.
    fn list(&self, selection: &Selection<'_>, further: &[&str]) -> Vec<String> {
        let mut names = Vec::new();
        for binary in &selection.binaries {
            let mut list = self.command_of(binary);
            list.args(selection.arguments())
                .args(further)
                .args(["--list", "--format=terse"]);
            let text = read(&mut list).unwrap_or_default();
            names.extend(
                text.lines()
                    .filter_map(|line| line.strip_suffix(": test"))
                    .map(str::to_owned),
            );
        }
        names
    }

    fn by_nextest(
        &self,
        area: Area,
        selection: &Selection<'_>,
        ignored: usize,
    ) -> Result<Tally, Error> {
        let mut nextest = cargo(&[
            "nextest",
            "run",
            "--workspace",
            "--config-file=xtask/nextest.toml",
            "--no-fail-fast",
            "--no-tests=pass",
            "--status-level=fail",
            "--final-status-level=fail",
            "--show-progress=none",
            "--color=never",
            "-E",
        ]);
        nextest.arg(selection.expression());
        self.set_environment(&mut nextest);
        let log = format!("{}{}.log", area.name(), selection.only.unwrap_or_default());
        let ran = run_logged(&mut nextest, &self.logs.join(log), ALL)?;
        let mut tally = counted(&ran, Tally::from_nextest(&ran.text));
        tally.skipped += ignored;
        Ok(tally)
    }

    fn one_by_one(&self, selection: &Selection<'_>) -> Result<Tally, Error> {
        let mut sum = Tally::default();
        for binary in &selection.binaries {
            let mut run = self.command_of(binary);
            run.args(selection.arguments());
            let log = format!(
                "{}-{}.log",
                binary.id().replace([':', '/'], "-"),
                selection.only.unwrap_or("all")
            );
            let ran = run_logged(&mut run, &self.logs.join(log), ONE)?;
            sum += counted(&ran, Tally::from_libtest(&ran.text));
        }
        Ok(sum)
    }

    fn documentation(&self) -> Result<Tally, Error> {
        let mut doc = cargo(&["test", "--workspace", "--doc", "--no-fail-fast"]);
        self.set_environment(&mut doc);
        let ran = run_logged(&mut doc, &self.logs.join("documentation.log"), ALL)?;
        // A workspace whose libraries have no documentation tests prints no result.
        let found =
            Tally::from_libtest(&ran.text).or_else(|| ran.status.success().then(Tally::default));
        Ok(counted(&ran, found))
    }

    /// A test executable as cargo would start it.
    fn command_of(&self, binary: &TestBinary) -> Command {
        let mut run = command(&binary.program);
        run.current_dir(&binary.folder)
            .env("CARGO_MANIFEST_DIR", &binary.folder)
            .env("CARGO_PKG_NAME", &binary.package);
        self.set_environment(&mut run);
        run
    }

    fn set_environment(&self, command: &mut Command) {
        match self.postgres {
            Some(url) => command.env(VARIABLE, url),
            None => command.env_remove(VARIABLE),
        };
    }
}

/// The counts of a run, made to agree with its exit status; shows the output of one that failed.
fn counted(ran: &Logged, found: Option<Tally>) -> Tally {
    let mut tally = found.unwrap_or_default();
    // It fell over, was cut or could not be read: that is one failure that no count speaks of.
    if tally.failed == 0 && (!ran.status.success() || found.is_none()) {
        tally.failed = 1;
    }
    if tally.failed > 0 {
        let lines: Vec<&str> = ran.text.lines().collect();
        let from = lines.len().saturating_sub(SHOWN_LINES);
        for line in lines.iter().skip(from) {
            println!("{line}");
        }
        let end = if ran.cut {
            "took too long and was ended".to_owned()
        } else {
            ran.status.to_string()
        };
        println!(
            "failed: {end}; all of its output is in {}",
            ran.log.display()
        );
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn binary(target: &str, kind: &str, program: &Path) -> TestBinary {
        TestBinary {
            package: "p".into(),
            target: target.into(),
            kind: kind.into(),
            program: program.to_owned(),
            folder: program.parent().unwrap().to_owned(),
        }
    }

    /// A stand-in for a test executable: lists two tests, one for `PostgreSQL`, and runs as its script says.
    fn fake(folder: &Path, runs: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let path = folder.join("fake");
        let script = format!(
            "#!/bin/sh\ncase \"$*\" in *--ignored*--list*) exit 0;; *postgres*--list*) echo 'a::postgres: test'; exit 0;; *--list*) echo 'a::sqlite: test'; exit 0;; esac\n{runs}\n"
        );
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn run_fake(runs: &str, postgres: Option<&str>) -> Tally {
        let folder = tempfile::tempdir().unwrap();
        let program = fake(folder.path(), runs);
        let build = Build {
            tests: vec![binary("conformance", "test", &program)],
            jeton: None,
        };
        let runner = Runner {
            build: &build,
            logs: folder.path().join("logs"),
            postgres,
            there: There {
                browser: true,
                clients: true,
                reference: false,
            },
            nextest: false,
        };
        runner
            .run(Area::Conformance, &mut Report::default())
            .unwrap()
    }

    const OK: &str =
        "echo 'test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out'";

    #[test]
    fn without_a_server_its_tests_are_skipped_and_not_passed() {
        let skipped = run_fake(
            &format!(
                "test \"$*\" = '--skip postgres' || exit 9; test -z \"$JETON_TEST_POSTGRES\" || exit 8; {OK}"
            ),
            None,
        );
        assert_eq!((skipped.passed, skipped.failed, skipped.skipped), (1, 0, 1));
        let with = run_fake(
            &format!("test \"$JETON_TEST_POSTGRES\" = 'postgres://x' || exit 8; {OK}"),
            Some("postgres://x"),
        );
        assert_eq!((with.passed, with.failed, with.skipped), (1, 0, 0));
    }

    #[test]
    fn without_a_browser_its_tests_are_skipped_and_not_run() {
        let folder = tempfile::tempdir().unwrap();
        let program = fake(folder.path(), "exit 1");
        let build = Build {
            tests: vec![binary("browser", "test", &program)],
            jeton: None,
        };
        let runner = Runner {
            build: &build,
            logs: folder.path().join("logs"),
            postgres: None,
            there: There {
                browser: false,
                clients: true,
                reference: false,
            },
            nextest: false,
        };
        let tally = runner.run(Area::Browser, &mut Report::default()).unwrap();
        assert_eq!((tally.passed, tally.failed, tally.skipped), (0, 0, 1));
    }

    #[test]
    fn an_executable_that_falls_over_is_a_failure() {
        assert_eq!(run_fake("echo begun; exit 101", Some("x")), Tally::of(0, 1));
        assert_eq!(run_fake("kill -9 $$", Some("x")), Tally::of(0, 1));
        assert_eq!(run_fake("exit 0", Some("x")), Tally::of(0, 1));
        assert_eq!(
            run_fake(&format!("{OK}; exit 1"), Some("x")),
            Tally::of(1, 1)
        );
    }

    #[test]
    fn an_area_without_tests_is_a_failure() {
        let runner = Runner {
            build: &Build::default(),
            logs: PathBuf::new(),
            postgres: None,
            there: There {
                browser: true,
                clients: true,
                reference: false,
            },
            nextest: false,
        };
        let tally = runner.run(Area::Walk, &mut Report::default()).unwrap();
        assert_eq!(tally, Tally::of(0, 1));
    }

    #[test]
    fn tests_by_rule_are_taken_out_of_unit() {
        let build = Build {
            tests: vec![
                binary("p", "lib", Path::new("/t/p")),
                binary("property_token", "test", Path::new("/t/q")),
            ],
            jeton: None,
        };
        let expressions = |area| -> Vec<String> {
            Selection::of(area, &build)
                .iter()
                .map(Selection::expression)
                .collect()
        };
        assert_eq!(
            expressions(Area::Unit),
            ["(binary_id(=p)) - test(~propert)"]
        );
        assert_eq!(
            expressions(Area::Property),
            [
                "(binary_id(=p::property_token))",
                "(binary_id(=p)) & test(~propert)"
            ]
        );
    }
}
