//! 'Does this credential live?' and nothing else: for proxies and scripts that ask it with every request.

use jeton_app::{App, AppError, Call};
use jeton_domain::{Least, Operation, TargetKind};
use jeton_http::{Answer, Handler, Input, Method, Names, Route};

use crate::operation::{NO_PERMISSION, about_itself, reading, scoped};

pub(crate) static CHECK: Operation = scoped(
    about_itself(reading(
        "token.check",
        "Ask whether a credential lives; the answer has no content.",
        TargetKind::Own,
        NO_PERMISSION,
        Least::Person,
    )),
    &[],
);

/// The route.
pub(crate) static ROUTES: &[Route] = &[Route::with(
    Method::Get,
    "/check",
    &CHECK,
    Names::Own,
    Handler::Quick { at_once, blocking },
)
.answers(204, "")];

fn at_once(app: &App, call: &Call, _: &Input) -> Option<Result<Answer, AppError>> {
    Some(app.permit_at_once(call)?.map(|_| Answer::empty()))
}

fn blocking(app: &App, call: &Call, _: &Input) -> Result<Answer, AppError> {
    app.permit(call).map(|_| Answer::empty())
}
