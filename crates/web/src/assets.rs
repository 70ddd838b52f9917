//! Style sheet, script and icon: files of this crate, under addresses that change with their contents, so
//! that browsers keep them for ever.

use std::sync::LazyLock;

use jeton_app::{App, AppError, Call};
use jeton_domain::{Operation, hex};
use jeton_http::{Answer, Input, Method, Names, Route};
use sha2::{Digest as _, Sha256};

use crate::operation::open_page;

static FILE: Operation = open_page(
    "page.asset",
    "Serve a style sheet, script or picture of the pages.",
);

pub(crate) static ROUTES: &[Route] =
    &[Route::new(Method::Get, "/assets/{file}", &FILE, Names::Site, file).open()];

struct Asset {
    name: &'static str,
    media: &'static str,
    bytes: &'static [u8],
    address: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let files: [(_, _, &'static [u8]); 4] = [
        (
            "jeton.css",
            "text/css; charset=utf-8",
            include_bytes!("../assets/jeton.css"),
        ),
        (
            "jeton.js",
            "text/javascript; charset=utf-8",
            include_bytes!("../assets/jeton.js"),
        ),
        (
            "passkeys.js",
            "text/javascript; charset=utf-8",
            include_bytes!("../assets/passkeys.js"),
        ),
        (
            "icon.svg",
            "image/svg+xml",
            include_bytes!("../assets/icon.svg"),
        ),
    ];
    files
        .into_iter()
        .map(|(name, media, bytes)| {
            let digest = Sha256::digest(bytes);
            let tag = hex(digest.get(..8).unwrap_or_default());
            Asset {
                name,
                media,
                bytes,
                address: format!("/assets/{tag}-{name}"),
            }
        })
        .collect()
});

/// Where a file is found. A name that is none leads nowhere.
pub(crate) fn address(name: &str) -> &'static str {
    ASSETS
        .iter()
        .find(|asset| asset.name == name)
        .map_or("/assets/none", |asset| &asset.address)
}

fn file(_: &App, _: &Call, input: &Input) -> Result<Answer, AppError> {
    let asked = input.path("file");
    let found = ASSETS
        .iter()
        .find(|asset| asset.address.strip_prefix("/assets/") == Some(asked));
    let asset = found.ok_or(AppError::Missing("file"))?;
    Ok(Answer::media(200, asset.media, asset.bytes)
        .header("cache-control", "public, max-age=31536000, immutable"))
}
