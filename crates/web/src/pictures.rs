//! Pictures of accounts, drawn from their numbers. There is one for every number, so that none tells whether the account is
//! there.

use jeton_app::{App, AppError, Call};
use jeton_domain::{AccountId, Id as _, Operation};
use jeton_http::{Answer, Input, Method, Names, Route};
use sha2::{Digest as _, Sha256};

use crate::operation::open_page;

static PICTURE: Operation = open_page(
    "page.picture",
    "Serve the picture of a person or an organization, drawn from their number.",
);

pub(crate) static ROUTES: &[Route] = &[Route::new(
    Method::Get,
    "/-/avatars/{account}",
    &PICTURE,
    Names::Site,
    picture,
)
.open()];

/// Fields in a row and in a column; the right half mirrors the left.
const SIDE: u8 = 5;
const HALF: u8 = SIDE.div_ceil(2);

/// A number always has the same picture, until another version draws it in another way.
fn picture(_: &App, _: &Call, input: &Input) -> Result<Answer, AppError> {
    let number = AccountId::from_i64(input.id("account")?);
    let number = number.ok_or(AppError::Missing("picture"))?;
    Ok(Answer::media(200, "image/svg+xml", drawn(number))
        .header("cache-control", "public, max-age=604800")
        // Clients of the API show it in pages of their own.
        .header("cross-origin-resource-policy", "cross-origin"))
}

/// Squares of one colour on grey, as SVG: which of them, and the colour, are the digest of the number.
fn drawn(account: AccountId) -> String {
    let digest = Sha256::digest(account.get().to_be_bytes());
    let mut bytes = digest.into_iter();
    let hue = u32::from(bytes.next().unwrap_or_default()) * 360 / 256;
    let lit = (0..SIDE * HALF)
        .zip(bytes)
        .filter(|(_, byte)| byte % 2 == 1);
    let squares: Vec<String> = lit
        .flat_map(|(place, _)| {
            let (row, column) = (place / HALF, place % HALF);
            let mirrored = SIDE - 1 - column;
            let columns = [Some(column), (mirrored != column).then_some(mirrored)];
            let square = move |column| format!("M{} {}h1v1h-1z", column + 1, row + 1);
            columns.into_iter().flatten().map(square)
        })
        .collect();
    let squares = squares.concat();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 7 7\" width=\"420\" height=\"420\">\
         <path fill=\"#f0f0f0\" d=\"M0 0h7v7H0z\"/>\
         <path fill=\"hsl({hue},45%,45%)\" shape-rendering=\"crispEdges\" d=\"{squares}\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn of(number: i64) -> String {
        drawn(AccountId::from_i64(number).unwrap())
    }

    #[test]
    fn numbers_have_different_pictures_and_each_the_same_each_time() {
        // Of millions of pictures two are alike now and then: nobody is known by theirs alone.
        let drawn: BTreeSet<String> = (1..=1000).map(of).collect();
        assert!(drawn.len() > 990, "{}", drawn.len());
        assert_eq!(of(7), of(7));
    }

    #[test]
    fn the_right_half_mirrors_the_left() {
        let text = of(1);
        for row in 1..=SIDE {
            for column in 1..=HALF {
                let is = |column: u8| text.contains(&format!("M{column} {row}h"));
                assert_eq!(is(column), is(SIDE + 1 - column), "{row} {column}");
            }
        }
    }
}
