//! From a request to an opened repository, or to a refusal that git shows its user.

use http::StatusCode;
use jeton_app::git::Transfer;
use jeton_app::{App, AppError, Call, Place as Found, Repository};
use jeton_decide::Permit;
use jeton_domain::Access;
use jeton_http::{Refused, Response};
use jeton_repo::{OpenError, Place, Readable, Shard, StartError, Writable};

/// A repository that the permit opened.
#[derive(Debug)]
pub(crate) enum Opened {
    Read(Readable),
    Write(Writable),
}

/// Decides a request that is answered at once, and opens what it is about.
pub(crate) async fn admit(app: &App, call: &Call) -> Result<(Opened, Repository), Response> {
    let (work_app, work_call) = (app.clone(), call.clone());
    let work = move || {
        let (permit, place) = work_app.permit(&work_call)?;
        let Found::Repository(repository) = place.value() else {
            return Err(AppError::Missing("repository"));
        };
        let opened = open(&work_app, &permit, repository)?;
        Ok((opened, repository.clone()))
    };
    on_blocking(app, call, work).await
}

/// Decides a request whose answer is streamed: watched from before the decision on.
pub(crate) async fn begin(app: &App, call: &Call) -> Result<(Opened, Transfer), Response> {
    let (work_app, work_call) = (app.clone(), call.clone());
    let work = move || {
        let transfer = work_app.begin_transfer(&work_call)?;
        let opened = open(&work_app, &transfer.permit, &transfer.repository)?;
        Ok((opened, transfer))
    };
    on_blocking(app, call, work).await
}

fn open(app: &App, permit: &Permit, repository: &Repository) -> Result<Opened, AppError> {
    let place = Place { shard: Shard(repository.shard), id: repository.id };
    let opened = match permit.access() {
        Access::Read => app.data().open_read(permit, place).map(Opened::Read),
        Access::Write => app.data().open_write(permit, place).map(Opened::Write),
    };
    opened.map_err(|error: OpenError| AppError::Data(error.to_string()))
}

async fn on_blocking<T: Send + 'static>(
    app: &App,
    call: &Call,
    work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<T, Response> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(refuse(app, call, &error)),
        Err(error) => Err(plain(call, &Refused::inside(&error, &call.request_id))),
    }
}

/// A refusal as git shows it.
pub(crate) fn refuse(app: &App, call: &Call, error: &AppError) -> Response {
    plain(call, &Refused::from_error(app, call.door, error, &call.request_id))
}

/// A refusal of the door's own.
pub(crate) fn say(call: &Call, status: StatusCode, sentence: &str) -> Response {
    plain(call, &Refused::new(status, sentence))
}

fn plain(call: &Call, refused: &Refused) -> Response {
    refused.response(call.door, "")
}

/// What a git that did not start is answered with.
pub(crate) async fn not_started(app: &App, call: &Call, error: StartError) -> Response {
    match error {
        StartError::Busy => busy(call),
        StartError::Cut => cut(app, call).await,
        StartError::Repository(_) | StartError::Spawn(_) => plain(call, &Refused::inside(&error, &call.request_id)),
    }
}

/// Too much to do.
pub(crate) fn busy(call: &Call) -> Response {
    let mut response =
        say(call, StatusCode::SERVICE_UNAVAILABLE, "Too many transfers are running; try again in a moment.");
    response.headers_mut().insert(http::header::RETRY_AFTER, http::HeaderValue::from_static("5"));
    response
}

/// Cut before its first byte: what took the permit away says so itself.
pub(crate) async fn cut(app: &App, call: &Call) -> Response {
    match admit(app, call).await {
        Err(refusal) => refusal,
        Ok(_) => busy(call),
    }
}
