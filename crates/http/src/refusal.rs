//! Every way to say no, as status and body: one table for the doors that speak JSON, and the same
//! reasons as plain sentences for Git.

use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use jeton_app::{App, AppError, Door, Refusal};
use jeton_decide::{Layer, Reason, Status};
use jeton_store::StoreError;
use serde_json::{Map, Value, json};

use crate::body::{Body, BodyError, Response};
use crate::codes::{Code, Word};
use crate::dress::{JSON, TEXT};
use crate::json::JsonFault;
use crate::moved::Moved;

/// A refusal, ready to be written in either form.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The status.
    pub status: StatusCode,
    /// What JSON says as `message`.
    message: String,
    /// More fields of the JSON body.
    fields: Map<String, Value>,
    /// What a person reads in plain text, one sentence a line.
    sentences: Vec<String>,
    /// Headers that belong to the refusal.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// It is no refusal of what is asked for, but of the name it is asked for by.
    moved: Option<Moved>,
}

/// What GitHub says where a token reaches not far enough.
const NOT_ACCESSIBLE: &str = "Resource not accessible by personal access token";

/// Word, sentence, and after how many seconds it is worth another try.
type Unavailable = (Code, &'static str, i64);

/// Of the database and of Git's data alike.
const FULL: Unavailable = (
    Code::DiskFull,
    "The server's disk is full; nothing was changed.",
    60,
);

impl Refused {
    /// A refusal with one sentence for both forms.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            status,
            sentences: vec![message.clone()],
            message,
            fields: Map::new(),
            headers: Vec::new(),
            moved: None,
        }
    }

    /// What every unknown, hidden or missing thing gets.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found")
    }

    /// 401 with the challenge that the door's clients answer.
    fn challenge(door: Door, message: &str) -> Self {
        let challenge = match door {
            Door::Git => "Basic realm=\"Jeton\", charset=\"UTF-8\"",
            Door::Api | Door::Web | Door::Npm | Door::Admin => "Bearer realm=\"Jeton\"",
        };
        Self::new(StatusCode::UNAUTHORIZED, message).header(WWW_AUTHENTICATE, challenge)
    }

    fn sentence(mut self, sentence: &str) -> Self {
        self.sentences.push(sentence.to_owned());
        self
    }

    pub(crate) fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// Says why, in a word of the tables.
    #[must_use]
    pub fn reason(self, word: impl Into<Word>) -> Self {
        self.field("reason", word.into().text())
    }

    /// What a person reads, one sentence each.
    pub fn sentences(&self) -> &[String] {
        &self.sentences
    }

    /// Faults of fields: the field's name and what is wrong with it.
    pub fn faults(&self) -> Vec<(String, String)> {
        let errors = self.fields.get("errors").and_then(Value::as_array);
        let text = |fault: &Value, name: &str| {
            let text = fault.get(name).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        errors
            .into_iter()
            .flatten()
            .map(|fault| (text(fault, "field"), text(fault, "message")))
            .collect()
    }

    /// The stable word for why, where there is one.
    pub fn code(&self) -> Option<&str> {
        self.fields.get("reason").and_then(Value::as_str)
    }

    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    fn retry_after(self, seconds: i64) -> Self {
        self.header(RETRY_AFTER, &seconds.to_string())
    }

    fn bad_client() -> Self {
        let sentence = "No application has this client id, or the client secret is not its own.";
        Self::new(StatusCode::UNAUTHORIZED, sentence).reason(Code::BadClient)
    }

    /// What an error of the use cases is answered with. Logs what only the operator may know.
    pub fn from_error(app: &App, door: Door, error: &AppError, request_id: &str) -> Self {
        match error {
            AppError::Refused(refusal) => Self::from_refusal(app, door, refusal, request_id),
            AppError::Missing(_) => Self::not_found(),
            AppError::NoCommit(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
                .reason(Code::Invalid),
            AppError::Moved { owner, name } => Self {
                moved: Some(Moved {
                    owner: owner.clone(),
                    name: name.clone(),
                }),
                ..Self::new(StatusCode::MOVED_PERMANENTLY, error.to_string())
            },
            AppError::Forbidden(sentence) => Self::new(StatusCode::FORBIDDEN, sentence.clone())
                .reason(Code::Forbidden)
                .field("layer", Layer::Rule.name())
                .field("request_id", request_id),
            AppError::Invalid(faults) => {
                let errors: Vec<Value> = faults
                    .iter()
                    .map(|fault| {
                        json!({
                            "resource": fault.resource,
                            "field": fault.field,
                            "code": fault.code,
                            "message": fault.message,
                        })
                    })
                    .collect();
                let mut refused = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Validation Failed")
                    .reason(Code::Invalid)
                    .field("errors", errors);
                let messages = faults.iter().map(|fault| fault.message.clone());
                refused.sentences.extend(messages);
                refused
            }
            AppError::Conflict { code, message } => {
                Self::new(StatusCode::CONFLICT, message.clone())
                    .reason(Word::known(code, Code::Conflict))
            }
            AppError::TooMany { seconds } => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                match seconds {
                    1 => "Too many tries; try again in 1 second.".to_owned(),
                    more => format!("Too many tries; try again in {more} seconds."),
                },
            )
            .reason(Code::TooManyTries)
            .retry_after(*seconds),
            AppError::Busy => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "The server has as much to do as it can; try again in a second.",
            )
            .reason(Code::Busy)
            .field("request_id", request_id)
            .retry_after(1),
            AppError::BadClient => Self::bad_client(),
            AppError::BadSignIn => {
                Self::new(StatusCode::UNAUTHORIZED, "Login or password is wrong.")
                    .reason(Code::BadSignIn)
            }
            AppError::FactorNeeded(offered) => Self::new(
                StatusCode::UNAUTHORIZED,
                "The password is right, and a second factor is needed: send a code of your authenticator app, or a \
                 recovery code, as `code` beside it.",
            )
            .reason(Code::SecondFactorNeeded)
            .field("factors", offered.names()),
            AppError::BadCode => Self::new(
                StatusCode::UNAUTHORIZED,
                "The code is wrong, or was used before; wait for the next one.",
            )
            .reason(Code::BadCode),
            AppError::BadPasskey => Self::new(
                StatusCode::UNAUTHORIZED,
                "The passkey was not accepted, or the answer came too late; try again.",
            )
            .reason(Code::BadPasskey),
            AppError::TooLarge { bytes } => {
                let sentence = format!(
                    "What was asked for is too large to be given in this form: {bytes} bytes."
                );
                let fault = json!({ "resource": "Blob", "field": "data", "code": "too_large" });
                Self::new(StatusCode::FORBIDDEN, sentence)
                    .reason(Code::TooLarge)
                    .field("errors", vec![fault])
                    .field("layer", Layer::Rule.name())
                    .field("request_id", request_id)
            }
            AppError::NotOffered(media) => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                format!("The media type `{media}` is not given here."),
            )
            .reason(Code::MediaType),
            AppError::Store(error) => Self::from_store(error, request_id),
            AppError::DataFull(_) => {
                tracing::warn!(request = request_id, %error, "the disk is full");
                Self::unavailable(FULL, request_id)
            }
            AppError::Data(_) => Self::inside(error, request_id),
        }
    }

    fn from_store(error: &StoreError, request_id: &str) -> Self {
        let away = match error {
            StoreError::Busy => (Code::Busy, "The server is busy; try again.", 1),
            StoreError::ReadOnly => (
                Code::ReadOnly,
                "The server's database is read-only at the moment; nothing was changed.",
                60,
            ),
            StoreError::Full => FULL,
            StoreError::Unavailable { .. } => (
                Code::DatabaseAway,
                "The server's database can't be reached; nothing was changed.",
                5,
            ),
            StoreError::Stale { .. } | StoreError::Conflict { .. } => {
                return Self::new(
                    StatusCode::CONFLICT,
                    "Somebody else changed this at the same moment; look again.",
                )
                .reason(Code::Changed);
            }
            other => return Self::inside(other, request_id),
        };
        tracing::warn!(request = request_id, %error, "storage refuses");
        Self::unavailable(away, request_id)
    }

    fn unavailable((code, sentence, seconds): Unavailable, request_id: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, sentence)
            .reason(code)
            .field("request_id", request_id)
            .retry_after(seconds)
    }

    /// 500: the request's id, and nothing of what happened. The chain is logged here, once.
    pub fn inside(error: &(dyn std::error::Error + 'static), request_id: &str) -> Self {
        let mut chain = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            chain = format!("{chain}: {cause}");
            source = cause.source();
        }
        tracing::error!(request = request_id, error = %jeton_domain::plain(&chain), "failed");
        let mut refused = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong on the server.",
        )
        .reason(Code::Inside)
        .field("request_id", request_id);
        refused
            .sentences
            .push(format!("Tell its operator: request {request_id}."));
        refused
    }

    /// What the decision's no is answered with.
    ///
    /// SECURITY: on 404 nothing may be said that depends on the thing: `refusal` holds facts about the
    /// credential alone there, and this adds nothing else.
    fn from_refusal(app: &App, door: Door, refusal: &Refusal, request_id: &str) -> Self {
        let reason = refusal.denial.reason;
        if door == Door::Git && !refusal.presented && refusal.denial.status == Status::NotFound {
            // Git asks first without a credential: hidden and missing alike ask for one.
            return Self::challenge(door, "Requires authentication")
                .sentence("Sign in with a token as the password; any user name will do.");
        }
        let words = || {
            let code = reason.code();
            let found = Reason::CODES.iter().find(|(c, _)| *c == code);
            found.map_or_else(|| "Refused.".to_owned(), |(_, words)| (*words).to_owned())
        };
        let mut refused = match refusal.denial.status {
            Status::BadRequest => Self::new(StatusCode::BAD_REQUEST, words()).reason(&reason),
            Status::Unauthorized if reason == Reason::PersonNeeded => {
                return Self::challenge(door, "Requires authentication")
                    .sentence("Sign in with a token as the password; any user name will do.");
            }
            Status::Unauthorized => {
                let refused = Self::challenge(door, "Bad credentials");
                match refusal.ended {
                    Some(ended) => refused.reason(Word::known(ended, Code::Forbidden)),
                    None => refused,
                }
            }
            Status::NotFound => Self::not_found(),
            Status::TooMany => Self::new(StatusCode::TOO_MANY_REQUESTS, words())
                .reason(&reason)
                .retry_after(app.retry_after()),
            Status::Forbidden => {
                let message = match reason.layer() {
                    Layer::Kind | Layer::Token | Layer::Permission => NOT_ACCESSIBLE.to_owned(),
                    _ => refusal.missing.clone().unwrap_or_else(words),
                };
                Self::new(StatusCode::FORBIDDEN, message)
                    .reason(&reason)
                    .field("layer", reason.layer().name())
                    .field("missing", refusal.missing.clone())
                    .field("request_id", request_id)
                    .field("fix_url", refusal.fix.url.clone())
            }
        };
        if let Some(command) = &refusal.fix.command {
            refused = refused.field("fix", command.clone());
        }
        refused.fields.extend(refusal.fields());
        let sentences = refusal.sentences();
        if !sentences.is_empty() {
            refused.sentences = sentences;
        }
        if let Some(command) = &refusal.fix.command {
            refused.sentences.push(format!("To mend it: {command}"));
        }
        if matches!(
            refusal.denial.status,
            Status::NotFound | Status::Unauthorized
        ) {
            // The status itself in words first: a fact about the credential alone reads as if it worked.
            let first = refused.message.clone();
            refused.sentences.retain(|sentence| *sentence != first);
            refused.sentences.insert(0, first);
        }
        refused
    }

    /// What a body that could not be read is answered with.
    pub fn from_body(error: &BodyError) -> Self {
        let (status, code) = match error {
            BodyError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, Code::BodyTooLarge),
            BodyError::TooSlow => (StatusCode::REQUEST_TIMEOUT, Code::BodyTooSlow),
            BodyError::Broken => (StatusCode::BAD_REQUEST, Code::BodyBroken),
        };
        Self::new(status, capitalised(&error.to_string())).reason(code)
    }

    pub(crate) fn from_json(fault: &JsonFault) -> Self {
        match fault {
            JsonFault::Media(sentence) => {
                Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, capitalised(sentence))
                    .reason(Code::MediaType)
            }
            JsonFault::Parsing(detail) => {
                Self::new(StatusCode::BAD_REQUEST, "Problems parsing JSON")
                    .reason(Code::NotJson)
                    .field("detail", detail.clone())
            }
            JsonFault::Form(sentence) => {
                Self::new(StatusCode::BAD_REQUEST, capitalised(sentence)).reason(Code::FormBody)
            }
            JsonFault::NoObject => {
                Self::new(StatusCode::BAD_REQUEST, "Body should be a JSON object")
                    .reason(Code::NotObject)
            }
        }
    }

    /// A form that another site made, or that was made for another sign-in.
    pub(crate) fn foreign_form(sentence: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, sentence).reason(Code::ForeignForm)
    }

    /// A credential that could be read on its way.
    pub(crate) fn in_clear(request_id: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "A credential came over plain HTTP from another machine, where everybody on the way could read it. \
             Replace it, and use https.",
        )
        .reason(Code::InClear)
        .field("layer", Layer::Carrier.name())
        .field("request_id", request_id)
    }

    /// The answer in the form of a door.
    pub fn response(&self, door: Door, documentation_url: &str) -> Response {
        let (media, body) = match door {
            // The pages put it into words once the request's own address is at hand; what they don't
            // is plain.
            Door::Git | Door::Web => (TEXT, self.plain().into_bytes()),
            Door::Api | Door::Admin => (JSON, self.json(documentation_url)),
            Door::Npm => (JSON, self.npm(documentation_url)),
        };
        let mut response = Response::new(Body::whole(body));
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, media);
        response.headers_mut().extend(self.headers.iter().cloned());
        if let Some(moved) = &self.moved {
            response.extensions_mut().insert(moved.clone());
        }
        if door == Door::Web {
            response.extensions_mut().insert(self.clone());
        }
        response
    }

    /// As REST has it, with what npm and its like show to people: all sentences, as `error`.
    fn npm(&self, documentation_url: &str) -> Vec<u8> {
        let sentences: Vec<String> = self
            .sentences
            .iter()
            .map(|sentence| jeton_domain::plain(sentence))
            .collect();
        let told = self.clone().field("error", sentences.join(" "));
        told.json(documentation_url)
    }

    fn json(&self, documentation_url: &str) -> Vec<u8> {
        let mut body = Map::new();
        body.insert("message".to_owned(), self.message.clone().into());
        body.extend(self.fields.clone());
        body.insert("documentation_url".to_owned(), documentation_url.into());
        body.insert("status".to_owned(), self.status.as_u16().to_string().into());
        Value::Object(body).to_string().into_bytes()
    }

    /// One sentence a line, for terminals: nothing in it moves a cursor or turns text around.
    fn plain(&self) -> String {
        let mut text = String::new();
        for sentence in &self.sentences {
            text.push_str(&jeton_domain::plain(sentence));
            text.push('\n');
        }
        text
    }
}

fn capitalised(sentence: &str) -> String {
    let mut characters = sentence.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

#[cfg(test)]
mod tests {
    use jeton_app::factors::FactorsOffered;

    use super::*;

    fn told(error: &AppError) -> (u16, String, Value) {
        let kit = jeton_testkit::Kit::new();
        let refused = Refused::from_error(kit.app(), Door::Api, error, "r1");
        let reason = refused.code().unwrap_or_default().to_owned();
        let body = serde_json::from_slice(&refused.json("d")).unwrap_or_default();
        (refused.status.as_u16(), reason, body)
    }

    #[test]
    fn a_proof_that_is_missing_or_does_not_hold_is_named() {
        let offered = FactorsOffered {
            passkey: true,
            authenticator: false,
            recovery_code: true,
        };
        let (status, reason, body) = told(&AppError::FactorNeeded(offered));
        assert_eq!((status, reason.as_str()), (401, "second_factor_needed"));
        assert_eq!(body["factors"], json!(["passkey", "recovery_code"]));
        for (error, word) in [
            (AppError::BadCode, "bad_code"),
            (AppError::BadPasskey, "bad_passkey"),
        ] {
            let (status, reason, _) = told(&error);
            assert_eq!((status, reason.as_str()), (401, word));
        }
    }
}
