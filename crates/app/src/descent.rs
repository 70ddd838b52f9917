//! What a child token was made from, as it is now.

use jeton_decide::TokenFacts;
use jeton_domain::{ApplicationId, CredentialKind, Expiry, Life, SecretId, TokenId};
use jeton_store::children::{self, Parent};
use jeton_store::secrets::SecretRow;
use jeton_store::tokens::TokenRow;
use jeton_store::{FeedKey, ReadUnit, StoreError, secrets, sign_ins, tokens};

use crate::authenticate::token_facts;

/// Children of children of children: no further.
pub(crate) const DEEPEST: i64 = 3;

/// One that a child comes from.
#[derive(Debug)]
pub(crate) struct Ancestor {
    pub(crate) kind: CredentialKind,
    /// Nothing of a sign-in.
    pub(crate) token: Option<TokenFacts>,
    pub(crate) application: Option<ApplicationId>,
}

/// All that a token comes from.
#[derive(Debug)]
pub(crate) struct Line {
    /// Nearest first.
    pub(crate) parents: Vec<Ancestor>,
    /// One of them was ended, or the value that the next was made with.
    pub(crate) dead: bool,
    /// It is a job, or comes from one, and what opened that is suspended or without its owner's word.
    pub(crate) stopped: bool,
    /// The first end of a value in the line.
    pub(crate) expiry: Expiry,
    /// The last token, and the last one's kind.
    pub(crate) root: Option<TokenId>,
    pub(crate) kind: Option<CredentialKind>,
    /// What it depends on, besides the token itself.
    pub(crate) keys: Vec<FeedKey>,
}

/// Follows a token to what it comes from. A job is not narrowed by what it was opened with, but ends with it.
///
/// SECURITY: where the line breaks off, the token is dead: it would be narrowed by less than it was made with.
pub(crate) fn of(unit: &mut ReadUnit<'_>, token: &TokenRow) -> Result<Line, StoreError> {
    let mut line = Line {
        parents: Vec::new(),
        dead: false,
        stopped: false,
        expiry: Expiry::Never,
        root: None,
        kind: None,
        keys: Vec::new(),
    };
    let (mut kind, mut id) = (token.kind, token.id);
    for _ in 0..DEEPEST {
        if kind != CredentialKind::Child {
            break;
        }
        match children::of(unit, id)?.map(|row| row.parent) {
            Some(Parent::Token { token, secret }) => {
                let Some((parent, value)) = row_and_value(unit, token, secret)? else {
                    break;
                };
                line.adds(&parent, &value);
                (kind, id) = (parent.kind, parent.id);
            }
            Some(Parent::SignIn(sign_in)) => {
                line.keys.push(FeedKey::SignIn(sign_in));
                let Some(row) = sign_ins::by_id(unit, sign_in)? else {
                    break;
                };
                line.dead |= row.ended_at.is_some();
                line.parents.push(Ancestor {
                    kind: row.kind,
                    token: None,
                    application: None,
                });
                line.kind = Some(row.kind);
                kind = row.kind;
            }
            None => break,
        }
    }
    line.dead |= kind == CredentialKind::Child;
    if kind == CredentialKind::Job {
        line.ends_with_opener(unit, id)?;
    }
    Ok(line)
}

fn row_and_value(
    unit: &mut ReadUnit<'_>,
    token: TokenId,
    secret: SecretId,
) -> Result<Option<(TokenRow, SecretRow)>, StoreError> {
    let row = tokens::find_also_deleted(unit, token)?;
    let value = secrets::by_id(unit, secret)?;
    Ok(row.zip(value))
}

impl Line {
    /// Of a job: whoever opened it did so with something that may be ended since, suspended, or without its owner's word.
    /// What a build server's identity was exchanged for was opened with nothing that is kept.
    fn ends_with_opener(
        &mut self,
        unit: &mut ReadUnit<'_>,
        job: TokenId,
    ) -> Result<(), StoreError> {
        match children::of(unit, job)?.map(|row| row.parent) {
            Some(Parent::Token { token, secret }) => {
                self.keys.push(FeedKey::Token(token));
                let found = row_and_value(unit, token, secret)?;
                let Some((row, value)) = found else {
                    self.dead = true;
                    return Ok(());
                };
                // No job opens one, so this goes no deeper than a line of children.
                let above = of(unit, &row)?;
                let facts = above
                    .parents
                    .iter()
                    .filter_map(|parent| parent.token.as_ref());
                self.stopped = std::iter::once(&token_facts(&row, &value))
                    .chain(facts)
                    .any(|token| token.suspended || !token.standing.grants());
                self.dead |= is_ended(&row, &value) || above.dead;
                self.keys.extend(above.keys);
            }
            Some(Parent::SignIn(sign_in)) => {
                self.keys.push(FeedKey::SignIn(sign_in));
                let row = sign_ins::by_id(unit, sign_in)?;
                self.dead |= row.is_none_or(|row| row.ended_at.is_some());
            }
            None => {}
        }
        Ok(())
    }

    fn adds(&mut self, parent: &TokenRow, value: &SecretRow) {
        self.keys.push(FeedKey::Token(parent.id));
        self.dead |= is_ended(parent, value);
        self.expiry = self.expiry.earlier(value.expiry);
        self.root = Some(parent.id);
        self.kind = Some(parent.kind);
        self.parents.push(Ancestor {
            kind: parent.kind,
            token: Some(token_facts(parent, value)),
            application: parent.application,
        });
    }
}

/// Ended by somebody. That its own time is over, or its time beside its successor, ends nothing that it made.
fn is_ended(row: &TokenRow, value: &SecretRow) -> bool {
    matches!(row.life, Life::Revoked { .. }) || value.was_ended()
}
