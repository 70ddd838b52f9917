//! What the tests need beside Rust, installed where that is possible: as root on Debian.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Area, postgres};
use crate::error::Error;
use crate::process::{command, find, user};

/// Debian asks this program whether a service may be started after its installation.
const POLICY: &str = "/usr/sbin/policy-rc.d";
const TRIES: usize = 3;
const PAUSE: Duration = Duration::from_secs(5);

/// A program that is not there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Missing {
    package: &'static str,
    /// It could have been installed, and that failed three times.
    pub(super) tried: bool,
}

impl Missing {
    pub(super) fn new(package: &'static str, tried: bool) -> Self {
        Self { package, tried }
    }

    pub(super) fn is_postgres(&self) -> bool {
        self.package == "postgresql"
    }

    /// It is, or brings, one of the programs whose work with the server is tested.
    pub(super) fn is_client(&self) -> bool {
        CLIENTS.contains(&self.package)
    }

    pub(super) fn is_browser(&self) -> bool {
        self.package.starts_with("chromium")
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.tried {
            write!(f, "`{}` could not be installed", self.package)
        } else {
            write!(
                f,
                "`{}` is not installed, and only root on Debian can install it here",
                self.package
            )
        }
    }
}

/// Whether missing packages can be installed: as root on Debian or what is made from it.
pub(super) fn can_install() -> bool {
    user() == Some(0) && Path::new("/etc/debian_version").exists()
}

/// A program that areas need, by Debian's package.
struct Part {
    package: &'static str,
    /// Which areas are to run with it.
    wanted: fn(&[Area]) -> bool,
    is_there: fn() -> bool,
}

/// Append what an area begins to need.
const PARTS: [Part; 14] = [
    Part {
        package: "git",
        wanted: |_| true,
        is_there: || find("git").is_some(),
    },
    Part {
        package: "curl",
        wanted: |areas| areas.contains(&Area::Stories) || areas.contains(&Area::Clients),
        is_there: || find("curl").is_some(),
    },
    Part {
        package: "postgresql",
        wanted: |areas| areas.iter().any(|area| area.needs_postgres()),
        is_there: || postgres::programs().is_some(),
    },
    Part {
        package: "chromium",
        wanted: |areas| areas.contains(&Area::Browser),
        is_there: || find("chromium").is_some(),
    },
    Part {
        package: "chromium-driver",
        wanted: |areas| areas.contains(&Area::Browser),
        is_there: || find("chromedriver").is_some(),
    },
    Part {
        package: "npm",
        wanted: |areas| areas.iter().any(|area| area.needs_npm()),
        is_there: || find("npm").is_some(),
    },
    Part {
        package: "python3-aiosmtpd",
        wanted: |areas| areas.contains(&Area::Stories) || areas.contains(&Area::Browser),
        is_there: || Path::new("/usr/lib/python3/dist-packages/aiosmtpd").exists(),
    },
    client("gh", || Path::new("/usr/bin/gh").exists()),
    client("hub", || find("hub").is_some()),
    client("ruby-octokit", || {
        Path::new("/usr/share/rubygems-integration/all/specifications").exists()
            && find("ruby").is_some()
    }),
    client("libjgit-java", || {
        Path::new("/usr/share/java/org.eclipse.jgit.jar").exists()
    }),
    client("default-jdk-headless", || find("javac").is_some()),
    client("python3-venv", || {
        Path::new("/usr/lib/python3/dist-packages").exists()
            && Path::new("/usr/bin/python3").exists()
    }),
    client("iproute2", || find("ip").is_some()),
];

/// What the area `clients` can't do without.
pub(super) const CLIENTS: [&str; 9] = [
    "gh",
    "hub",
    "ruby-octokit",
    "libjgit-java",
    "default-jdk-headless",
    "python3-venv",
    "iproute2",
    super::npm::NAME,
    super::python::NAME,
];

const fn client(package: &'static str, is_there: fn() -> bool) -> Part {
    Part {
        package,
        wanted: |areas| areas.contains(&Area::Clients),
        is_there,
    }
}

/// Installs what is missing and names what is missing still. `apt` runs one call of `apt-get`.
pub(super) fn ensure(
    areas: &[Area],
    apt: &mut dyn FnMut(&[&str]) -> bool,
) -> Result<Vec<Missing>, Error> {
    let absent = || -> Vec<&'static str> {
        let wanted = PARTS.iter().filter(|part| (part.wanted)(areas));
        let absent = wanted.filter(|part| !(part.is_there)());
        absent.map(|part| part.package).collect()
    };
    let wanted = absent();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let tried = can_install();
    if tried {
        println!("installing {}", wanted.join(", "));
        let _no_services = NoServices::set(Path::new(POLICY))?;
        install(&wanted, apt, PAUSE);
    }
    Ok(absent()
        .into_iter()
        .map(|package| Missing { package, tried })
        .collect())
}

/// Three tries of update and install: mirrors fail for a moment.
fn install(packages: &[&str], apt: &mut dyn FnMut(&[&str]) -> bool, pause: Duration) -> bool {
    let mut updated = false;
    three_tries(pause, &mut || {
        updated = updated || apt(&["update"]);
        let mut words = vec!["install", "-y", "--no-install-recommends"];
        words.extend(packages);
        updated && apt(&words)
    })
}

/// Tries until it succeeds, three times at most.
pub(super) fn three_tries(pause: Duration, once: &mut dyn FnMut() -> bool) -> bool {
    (0..TRIES).any(|attempt| {
        if attempt > 0 {
            std::thread::sleep(pause);
        }
        once()
    })
}

/// Runs `apt-get`, waiting for another one to end.
pub(super) fn apt(words: &[&str]) -> bool {
    command("apt-get")
        .args(["-q", "-o", "DPkg::Lock::Timeout=300"])
        .args(words)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status()
        .is_ok_and(|status| status.success())
}

/// Keeps packages from starting services, for as long as it lives.
struct NoServices(Option<PathBuf>);

impl NoServices {
    /// A policy that is already there is somebody's own and stays.
    fn set(path: &Path) -> Result<Self, Error> {
        use std::os::unix::fs::PermissionsExt as _;
        if path.exists() {
            return Ok(Self(None));
        }
        std::fs::write(path, "#!/bin/sh\nexit 101\n").map_err(Error::file(path))?;
        let made = Self(Some(path.to_owned()));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
            .map_err(Error::file(path))?;
        Ok(made)
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // Left behind, it would only keep further services from starting; the next run leaves it alone.
            let _removed = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_tries_and_no_more() {
        for (fails, good) in [(0, true), (2, true), (3, false)] {
            let mut calls = Vec::new();
            let mut installs = 0;
            let done = install(
                &["curl"],
                &mut |words| {
                    calls.push(words.join(" "));
                    if words == ["update"] {
                        return true;
                    }
                    installs += 1;
                    installs > fails
                },
                Duration::ZERO,
            );
            assert_eq!(done, good);
            assert_eq!(installs, TRIES.min(fails + 1));
            assert_eq!(calls.iter().filter(|call| *call == "update").count(), 1);
            assert!(calls.contains(&"install -y --no-install-recommends curl".to_owned()));
        }
    }

    #[test]
    fn a_list_that_cannot_be_fetched_is_asked_for_again() {
        let mut updates = 0;
        let done = install(
            &["curl"],
            &mut |words| {
                if words == ["update"] {
                    updates += 1;
                    return updates == 2;
                }
                true
            },
            Duration::ZERO,
        );
        assert!(done);
        assert_eq!(updates, 2);
    }

    #[test]
    fn the_policy_goes_with_its_guard_and_a_foreign_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy-rc.d");
        let guard = NoServices::set(&path).unwrap();
        assert!(!crate::process::succeeds(&mut command(&path)));
        drop(guard);
        assert!(!path.exists());
        std::fs::write(&path, "theirs").unwrap();
        drop(NoServices::set(&path).unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "theirs");
    }
}
