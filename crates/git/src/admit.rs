//! From a request to an opened repository, or to a refusal that git shows its user.

use http::StatusCode;
use jeton_app::git::Transfer;
use jeton_app::{App, AppError, Call, Permitted, Place as Found, Repository};
use jeton_decide::Permit;
use jeton_domain::Access;
use jeton_http::{Input, Refused, Response};
use jeton_repo::{OpenError, Place, Protocol, Readable, Service, StartError, Writable};

use crate::request::{Source, protocol};

/// A repository that the permit opened.
#[derive(Debug)]
pub(crate) enum Opened {
    Read(Readable),
    Write(Writable),
}

/// An answer that says no; boxed, because what says yes is small.
#[derive(Debug)]
pub(crate) struct Refusal(Box<Response>);

impl Refusal {
    /// The answer.
    pub(crate) fn response(self) -> Response {
        *self.0
    }
}

/// Decides a request that is answered at once, and opens what it is about. What memory knows is
/// decided here and now: the first request of every operation comes without a credential, and has to
/// be as cheap as one that is served.
pub(crate) async fn admit(app: &App, call: &Call) -> Result<Opened, Refusal> {
    match app.permit_at_once(call) {
        Some(Ok(permitted)) => {
            return opened(app, &permitted).map_err(|error| refuse(app, call, &error));
        }
        Some(Err(error)) => return Err(refuse(app, call, &error)),
        None => {}
    }
    let (work_app, work_call) = (app.clone(), call.clone());
    on_blocking(app, call, move || {
        opened(&work_app, &work_app.permit(&work_call)?)
    })
    .await
}

fn opened(app: &App, (permit, place): &Permitted) -> Result<Opened, AppError> {
    let Found::Repository(repository) = place.value() else {
        return Err(AppError::Missing("repository"));
    };
    open(app, permit, repository)
}

/// Decides a request whose answer is streamed: watched from before the decision on.
pub(crate) async fn begin(app: &App, call: &Call) -> Result<(Opened, Transfer), Refusal> {
    let (work_app, work_call) = (app.clone(), call.clone());
    let work = move || {
        let transfer = work_app.begin_transfer(&work_call)?;
        let opened = open(&work_app, &transfer.permit, &transfer.repository)?;
        Ok((opened, transfer))
    };
    on_blocking(app, call, work).await
}

/// A transfer that was permitted, and what the head of its request says.
pub(crate) struct Begun {
    pub(crate) opened: Opened,
    pub(crate) transfer: Transfer,
    pub(crate) protocol: Protocol,
}

/// Decides a request with a body, and only then looks at what its head says of that: who may not come
/// in learns nothing else.
pub(crate) async fn begin_on(
    app: &App,
    call: &Call,
    input: &Input,
    source: &mut Source,
    service: Service,
) -> Result<Begun, Refusal> {
    let (opened, transfer) = begin(app, call).await?;
    let protocol = protocol(call, input)?;
    source.ready(call, input, service)?;
    Ok(Begun {
        opened,
        transfer,
        protocol,
    })
}

fn open(app: &App, permit: &Permit, repository: &Repository) -> Result<Opened, AppError> {
    let place = Place::new(repository.shard, repository.id);
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
) -> Result<T, Refusal> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(refuse(app, call, &error)),
        Err(error) => Err(plain(call, &Refused::inside(&error, &call.request_id))),
    }
}

/// A refusal as git shows it.
pub(crate) fn refuse(app: &App, call: &Call, error: &AppError) -> Refusal {
    plain(
        call,
        &Refused::from_error(app, call.door, error, &call.request_id),
    )
}

/// A refusal of the door's own.
pub(crate) fn say(call: &Call, status: StatusCode, sentence: &str) -> Refusal {
    plain(call, &Refused::new(status, sentence))
}

fn plain(call: &Call, refused: &Refused) -> Refusal {
    Refusal(Box::new(refused.response(call.door, "")))
}

/// What a git that did not start is answered with.
pub(crate) async fn not_started(app: &App, call: &Call, error: StartError) -> Refusal {
    match error {
        StartError::Busy => busy(call),
        StartError::Cut => cut(app, call).await,
        StartError::Repository(_) | StartError::Spawn(_) => broken(call, &error),
    }
}

/// Something went wrong inside.
pub(crate) fn broken(call: &Call, error: &(dyn std::error::Error + 'static)) -> Refusal {
    plain(call, &Refused::inside(error, &call.request_id))
}

/// Too much to do.
pub(crate) fn busy(call: &Call) -> Refusal {
    let mut refusal = say(
        call,
        StatusCode::SERVICE_UNAVAILABLE,
        "Too many transfers are running; try again in a moment.",
    );
    refusal.0.headers_mut().insert(
        http::header::RETRY_AFTER,
        http::HeaderValue::from_static("5"),
    );
    refusal
}

/// Cut before its first byte: what took the permit away says so itself.
pub(crate) async fn cut(app: &App, call: &Call) -> Refusal {
    match admit(app, call).await {
        Err(refusal) => refusal,
        Ok(_) => busy(call),
    }
}
