//! To which repository a package belongs: what its `package.json` says, where that names one of this server.

use jeton_decide::PackageLink;
use jeton_domain::{Access, Level, Operation, Requirement, Role};
use jeton_store::{ReadUnit, places};

use crate::authorize::Acting;
use crate::error::AppError;
use crate::package_place::Package;
use crate::repositories::GET as SEE;

/// What it takes to have a package belong to a repository: a role that writes there. What the token needs, publishing asks.
static HOLD: Operation = Operation {
    name: "package.hold",
    sentence: "Has a package belong to a repository.",
    access: Access::Read,
    reads_public: false,
    sets: &[&[Requirement::new("metadata", Level::Read)]],
    least: jeton_domain::Least::Repository(Role::Write),
    ..SEE
};

/// The owner and name of the repository of this server that an address names. Nothing, where it leads elsewhere.
fn own(public_url: &str, url: &str) -> Option<(String, String)> {
    let url = url.strip_prefix("git+").unwrap_or(url);
    let (_, ours) = public_url.split_once("://")?;
    let (scheme, rest) = url.split_once("://")?;
    if !matches!(scheme, "http" | "https" | "git" | "ssh") {
        return None;
    }
    let (host, path) = rest.split_once('/')?;
    // Whoever is named before the host says nothing about the place.
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let ours = ours.trim_end_matches('/');
    if !host.eq_ignore_ascii_case(ours) {
        return None;
    }
    let path = path.split(['#', '?']).next()?.trim_end_matches('/');
    let (owner, name) = path.split_once('/')?;
    let name = name.strip_suffix(".git").unwrap_or(name);
    (!owner.is_empty() && !name.is_empty() && !name.contains('/'))
        .then(|| (owner.to_owned(), name.to_owned()))
}

/// The repository that a package is to belong to, as its first version says.
///
/// SECURITY: what can't be written to and what is not there are refused in one sentence.
pub(super) fn wanted(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    package: &Package,
    url: Option<&str>,
) -> Result<Option<places::RepositoryPlace>, AppError> {
    let Some((owner, name)) = url.and_then(|url| own(acting.app.public_url(), url)) else {
        return Ok(None);
    };
    let refused = || {
        AppError::Forbidden(format!(
            "`repository` in package.json names `{owner}/{name}` of this server, and the package can't belong to that: it \
             has to be a repository of `{}` that you may write to, and that a token selects. Name another, or none.",
            package.owner.login
        ))
    };
    let keys = (owner.to_ascii_lowercase(), name.to_ascii_lowercase());
    let found = places::repository(unit, &keys.0, &keys.1)?;
    let named = crate::call::Named::Repository(owner.clone(), name.clone());
    let may = acting.may(unit, &HOLD, named)?;
    match found {
        Some(found) if may && found.owner.id == package.owner.id => Ok(Some(found)),
        _ => Err(refused()),
    }
}

/// A later version says nothing else than the first: a package stays where it is, because its repository's people have it.
pub(super) fn check(
    unit: &mut ReadUnit<'_>,
    acting: &Acting<'_>,
    package: &Package,
    url: Option<&str>,
) -> Result<(), AppError> {
    let Some((owner, name)) = url.and_then(|url| own(acting.app.public_url(), url)) else {
        return Ok(());
    };
    let keys = (owner.to_ascii_lowercase(), name.to_ascii_lowercase());
    let found = places::repository(unit, &keys.0, &keys.1)?;
    let same = match (package.link, found) {
        (PackageLink::Repository(id), Some(found)) => found.id == id,
        _ => false,
    };
    if same {
        return Ok(());
    }
    let now = match &package.repository {
        Some(now) => format!("belongs to `{}/{now}`", package.owner.login),
        None => "belongs to no repository".to_owned(),
    };
    Err(AppError::Forbidden(format!(
        "`repository` in package.json names `{owner}/{name}` of this server, and the package {now} since its first version."
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_server_are_known_in_every_form() {
        let (app, host) = ("https://git.example:8443", "git.example:8443");
        for url in [
            format!("https://{host}/ann/labs"),
            format!("http://{host}/ann/labs.git"),
            format!("git+https://{host}/ann/labs.git"),
            format!("git+ssh://git@{host}/ann/labs.git#main"),
            format!("https://ann:x@{}/ann/labs/", host.to_uppercase()),
        ] {
            let named = own(app, &url);
            assert_eq!(named, Some(("ann".to_owned(), "labs".to_owned())), "{url}");
        }
        for url in [
            "https://github.com/ann/labs".to_owned(),
            "github:ann/labs".to_owned(),
            "ann/labs".to_owned(),
            format!("https://{host}.example/ann/labs"),
            format!("https://{host}/ann"),
            format!("https://{host}/ann/labs/tree/main"),
            format!("https://{host}@elsewhere.example/ann/labs"),
            format!("file://{host}/ann/labs"),
            String::new(),
        ] {
            assert_eq!(own(app, &url), None, "{url}");
        }
    }
}
