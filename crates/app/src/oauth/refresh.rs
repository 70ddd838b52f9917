//! Refreshing: both values change, and the earlier ones end.

use jeton_domain::{Ending, Event, Life, Span};
use jeton_store::secrets::{self, SecretRow};
use jeton_store::tokens::TokenRow;
use jeton_store::{ReadUnit, Tombstone, WriteUnit, tokens, users};
use jeton_token::{Kind, Parsed};

use super::client::{ClientProof, OauthRefusal, proved};
use super::issue::{Issued, values};
use crate::app::App;
use crate::authorize::Acting;
use crate::call::{Call, Presented};
use crate::error::AppError;
use crate::tokens::end;

/// A refresh token that comes again so soon was sent twice by its own client, whose answer was lost.
const LEEWAY: Span = Span::from_seconds(60);
const ROTATED: &str = "refreshed";
/// Why values end that their application reset.
pub(super) const RESET: &str = "reset";

/// Changes a refresh token for a new pair.
pub fn refresh(
    app: &App,
    call: &Call,
    client: &ClientProof,
    value: &str,
) -> Result<Result<Issued, OauthRefusal>, AppError> {
    let parsed = jeton_token::parse(value.as_bytes()).ok();
    let Some(parsed) = parsed.filter(|parsed: &Parsed<'_>| parsed.kind() == Kind::Refresh) else {
        return Ok(Err(OauthRefusal::REFRESH));
    };
    let presented = Presented::new(app.ring(), &parsed);
    app.write(call, |unit, acting| {
        let Some(application) = proved(unit, app, client)? else {
            return Ok(Err(OauthRefusal::CLIENT));
        };
        let Some((secret, token)) = find(unit, &presented)? else {
            return Ok(Err(OauthRefusal::REFRESH));
        };
        let own = token.application == Some(application.id);
        if !own || token.life != Life::Alive || secret.expiry.is_over_at(acting.now) {
            return Ok(Err(OauthRefusal::REFRESH));
        }
        // Its application reset the token, and may not have told all of itself. What was refreshed a moment before does not
        // bring the pair back either.
        let all = secrets::of_token(unit, token.id)?;
        let is = |value: &SecretRow, why| value.retire_reason.as_deref() == Some(why);
        if (secret.was_ended() && !is(&secret, ROTATED)) || all.iter().any(|value| is(value, RESET))
        {
            return Ok(Err(OauthRefusal::REFRESH));
        }
        if let Some(at) = secret.retired_at
            && acting.now >= at.after(LEEWAY)
        {
            // SECURITY: who has an earlier value is not, or not alone, the client that it was given to.
            end(
                unit,
                acting,
                &token,
                Ending::Reused,
                Event::AccessTokenDestroy,
            )?;
            return Ok(Err(OauthRefusal::REFRESH));
        }
        let user = users::by_id(unit, token.creator)?.filter(|user| user.state == "active");
        let Some(user) = user else {
            return Ok(Err(OauthRefusal::PERSON));
        };
        retire_all(unit, acting, &token, ROTATED)?;
        // What expired stays so, whatever its application says of new ones by now.
        let issued = values(unit, acting, &token, true)?;
        unit.feed(acting.now, "token.rotated", token.id)?;
        acting
            .record(Event::AccessTokenRegenerate)
            .oneself(user.id, &user.login)
            .token(token.id, &token.name)
            .with("oauth_application_id", application.id.get())
            .with("oauth_application_name", application.name.as_str())
            .newest_value(unit, token.id)?
            .write(unit)?;
        Ok(Ok(issued))
    })
}

/// Ends all values of a token: the one that is used, and the one that refreshes it.
pub(super) fn retire_all(
    unit: &mut WriteUnit<'_>,
    acting: &Acting<'_>,
    token: &TokenRow,
    why: &str,
) -> Result<(), AppError> {
    for earlier in secrets::of_token(unit, token.id)? {
        if earlier.retired_at.is_none() {
            secrets::retire(unit, earlier.id, acting.now, why)?;
            unit.tombstone(acting.now, &Tombstone::SecretRetired(earlier.id))?;
        }
    }
    Ok(())
}

/// The refresh token behind a value, and the token that it refreshes.
pub(super) fn find(
    unit: &mut ReadUnit<'_>,
    presented: &Presented,
) -> Result<Option<(SecretRow, TokenRow)>, AppError> {
    for (_, digest) in presented.digests() {
        if let Some((secret, _)) = secrets::by_digest(unit, digest.as_bytes())?
            && let Some(token) = tokens::find(unit, secret.token)?
        {
            return Ok(Some((secret, token)));
        }
    }
    Ok(None)
}
