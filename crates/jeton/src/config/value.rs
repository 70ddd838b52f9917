//! How values are read.

use jeton_repo::hook::GuardedPaths;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

/// `300ms`, `10s`, `5m`, `4h`, `2d`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number
        .parse()
        .map_err(|_| format!("`{text}` is no duration, as `10s` or `5m` is"))?;
    let seconds = |factor: u64| number.checked_mul(factor).map(Duration::from_secs);
    let length = match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => seconds(1),
        "m" => seconds(60),
        "h" => seconds(3600),
        "d" => seconds(86_400),
        _ => {
            return Err(format!(
                "`{text}` is no duration: its unit must be ms, s, m, h or d"
            ));
        }
    };
    // Ten years are for ever here, and keep sums from overflowing.
    length
        .filter(|length| *length <= Duration::from_hours(24 * 3653))
        .ok_or_else(|| format!("`{text}` is longer than ten years"))
}

/// `65536`, `64KiB`, `1MiB`, `4GiB`.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number
        .parse()
        .map_err(|_| format!("`{text}` is no size, as `65536` or `1MiB` is"))?;
    let factor = match unit {
        "" | "B" => 1_u64,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => {
            return Err(format!(
                "`{text}` is no size: its unit must be KiB, MiB, GiB or TiB"
            ));
        }
    };
    number
        .checked_mul(factor)
        .ok_or_else(|| format!("`{text}` is too large"))
}

/// A folder.
pub(super) fn folder(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() {
        return Err("must be a path".to_owned());
    }
    Ok(text.into())
}

/// A program by its path; a name alone would be looked up in the working directory, which nobody means.
pub(super) fn program(text: &str) -> Result<PathBuf, String> {
    if text.contains('/') {
        Ok(text.into())
    } else {
        Err(format!(
            "`{text}` must be a path, as `/usr/bin/git` is: the PATH is not asked"
        ))
    }
}

/// Directives of the log: a level alone, or for a part. What is neither would be taken for the name of a part, and
/// nothing would be logged any more.
pub(super) fn log_level(text: &str) -> Result<String, String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    for directive in text.split(',').map(str::trim) {
        let (part, level) = directive.rsplit_once('=').unwrap_or(("*", directive));
        let known = LEVELS.iter().any(|known| known.eq_ignore_ascii_case(level));
        if part.is_empty() || !known {
            return Err(format!(
                "`{directive}` is no level: it must be one of {}, alone or as in `jeton_git=debug`",
                LEVELS.join(", ")
            ));
        }
    }
    Ok(text.to_owned())
}

/// A whole number.
pub(super) fn count<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is no whole number in range"))
}

/// Paths that tell a build server what to run, separated by commas; `none`, or none at all, for none.
pub(super) fn guarded_paths(text: &str) -> Result<GuardedPaths, String> {
    let paths = text.split(',').map(str::trim);
    let paths = paths.filter(|path| !path.is_empty() && *path != "none");
    GuardedPaths::parse(paths).map_err(|fault| fault.to_string())
}

/// Networks or single addresses, separated by commas.
pub(super) fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    text.split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .map(|entry| {
            let address = || {
                entry
                    .parse::<std::net::IpAddr>()
                    .map(|address| IpNet::from(address.to_canonical()))
            };
            entry
                .parse::<IpNet>()
                .or_else(|_| address())
                .map_err(|_| format!("`{entry}` is no network, as `10.0.0.0/8` is"))
        })
        .collect()
}

/// `http://host[:port]` or `https://…`, nothing behind it.
pub(super) fn url(text: &str) -> Result<String, String> {
    let bad = |why: &str| Err(format!("`{text}` {why}"));
    let Some(host) = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
    else {
        return bad("must begin with `http://` or `https://`");
    };
    let host = host.strip_suffix('/').unwrap_or(host);
    if host.is_empty()
        || !host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-:[]_".contains(&b))
    {
        return bad("must be scheme, host and port alone");
    }
    Ok(text.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_or_refused_with_what_is_wrong() {
        assert_eq!(duration("300ms"), Ok(Duration::from_millis(300)));
        assert_eq!(duration("4h"), Ok(Duration::from_hours(4)));
        assert_eq!(bytes("64KiB"), Ok(65_536));
        assert_eq!(bytes("0"), Ok(0));
        assert_eq!(
            url("https://jeton.example/"),
            Ok("https://jeton.example".to_owned())
        );
        assert_eq!(url("http://[::1]:8377").as_deref(), Ok("http://[::1]:8377"));
        assert_eq!(networks("10.0.0.0/8, ::1").unwrap().len(), 2);
        assert_eq!(
            networks("::ffff:127.0.0.1").unwrap(),
            networks("127.0.0.1").unwrap()
        );
        assert!(guarded_paths("Jenkinsfile, .github/workflows/").is_ok());
        assert_eq!(guarded_paths("none"), guarded_paths(""));
        assert!(guarded_paths("/etc").is_err());
        for bad in [
            "",
            "s",
            "10",
            "10x",
            "-1s",
            "1.5s",
            "99999999999999d",
            "100000d",
        ] {
            assert!(duration(bad).is_err(), "{bad}");
        }
        for bad in ["", "KiB", "1KB", "-1", "99999999999TiB"] {
            assert!(bytes(bad).is_err(), "{bad}");
        }
        for bad in [
            "",
            "jeton.example",
            "ftp://x",
            "https://",
            "https://x/y",
            "https://x?y",
            "https://a@b",
            "https://x y",
        ] {
            assert!(url(bad).is_err(), "{bad}");
        }
        assert!(networks("10.0.0.0/33").is_err());
        assert!(count::<u32>("-1").is_err());
    }
}
