//! The little of GitHub's GraphQL that `gh` asks: who asks, what accounts and repositories there are, and making one.
//!
//! The route's own decision says who may ask at all. Every field that shows or does something guarded has an operation of
//! the route tables ([`fields`]), and is decided as that one: each counts as a request, and none sees more than the same
//! request by REST. What has no operation is refused.

mod absent;
mod create;
mod fields;
mod limits;
mod owner;
mod pages;
mod repository;
mod search;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use async_graphql::{EmptySubscription, ErrorExtensions as _, Object, Request, Schema, Variables};
use jeton_app::{App, AppError, Call, Door, users};
use jeton_domain::{Least, Operation, TargetKind};
use jeton_http::{Answer, Field, Form, Input, Method, Names, Refused, Route};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::operation::{NO_PERMISSION, reading, scoped, with_jobs};
use create::{CreateRepositoryInput, CreateRepositoryPayload};
use owner::{Organization, Owner, User};
use pages::Part;
use repository::Repository;
use search::{SearchResultItemConnection, SearchType};

/// Open to jobs, too, whose fields are those that are about their repository.
pub(crate) static GRAPHQL: Operation = with_jobs(scoped(
    reading(
        "graphql",
        "Ask several things at once, as `gh` does: each field is decided as the operation that shows or does the same.",
        TargetKind::Own,
        NO_PERMISSION,
        Least::Person,
    ),
    &[],
));

/// GitHub's, beside its REST.
pub(crate) static ROUTES: &[Route] =
    &[
        Route::new(Method::Post, "/graphql", &GRAPHQL, Names::Own, answer)
            .body(&[
                Field::needed("query", Form::Text, "The document, in GraphQL."),
                Field::optional("variables", Form::Object, "Values by name."),
                Field::optional(
                    "operationName",
                    Form::Text,
                    "Which of the document's operations, where it holds several.",
                ),
            ])
            .narrowed()
            .answers(200, "GraphQL"),
    ];

/// Who asks, for as long as one document is answered.
struct Asking {
    app: App,
    call: Call,
    /// The number of who asks.
    viewer: i64,
    /// Their name.
    login: String,
    /// What is left of what the document may cost. Counted where it arises: what a field costs is not seen from how it
    /// is asked.
    left: AtomicUsize,
    /// What went wrong on the server: the whole answer is that, and nothing of it stands among the fields.
    inside: Mutex<Option<AppError>>,
}

type Context<'a> = async_graphql::Context<'a>;
type Answered<T> = async_graphql::Result<T>;

static SCHEMA: LazyLock<Schema<Query, Mutation, EmptySubscription>> = LazyLock::new(|| {
    Schema::build(Query, Mutation, EmptySubscription)
        .limit_depth(limits::DEPTH)
        .limit_directives(limits::DIRECTIVES)
        .finish()
});

/// The names of the types in it.
static TYPES: LazyLock<BTreeSet<String>> = LazyLock::new(|| SCHEMA.names().into_iter().collect());

struct Query;
struct Mutation;

#[Object]
impl Query {
    /// Who asks.
    async fn viewer(&self, ctx: &Context<'_>) -> Answered<User> {
        owner::viewer(ctx)
    }

    /// A person, by login.
    async fn user(&self, ctx: &Context<'_>, login: String) -> Answered<Option<User>> {
        match owner::by_login(ctx, &login)? {
            Some(Owner::User(user)) => Ok(Some(user)),
            Some(Owner::Organization(_)) | None => {
                Ok(missing(ctx, "a User with the login of", &login))
            }
        }
    }

    /// An organization, by login.
    async fn organization(
        &self,
        ctx: &Context<'_>,
        login: String,
    ) -> Answered<Option<Organization>> {
        match owner::by_login(ctx, &login)? {
            Some(Owner::Organization(organization)) => Ok(Some(organization)),
            Some(Owner::User(_)) | None => {
                Ok(missing(ctx, "an Organization with the login of", &login))
            }
        }
    }

    /// A person or an organization, by login. Nothing, where there is none: no fault.
    async fn repository_owner(&self, ctx: &Context<'_>, login: String) -> Answered<Option<Owner>> {
        owner::by_login(ctx, &login)
    }

    /// A repository, by its owner and its name.
    async fn repository(
        &self,
        ctx: &Context<'_>,
        owner: String,
        name: String,
        #[graphql(default = true)] follow_renames: bool,
    ) -> Answered<Option<Repository>> {
        match repository::by_name(ctx, &owner, &name, follow_renames)? {
            Some(found) => Ok(Some(found)),
            None => Ok(missing(
                ctx,
                "a Repository with the name",
                &format!("{owner}/{name}"),
            )),
        }
    }

    /// The repositories of one owner that a query describes, as who asks sees them.
    async fn search(
        &self,
        ctx: &Context<'_>,
        query: String,
        #[graphql(name = "type")] kind: SearchType,
        first: Option<i32>,
        after: Option<String>,
    ) -> Answered<SearchResultItemConnection> {
        let part = Part::of(first, after.as_deref())?;
        match kind {
            SearchType::Repository => search::repositories(ctx, &query, part),
        }
    }
}

#[Object]
impl Mutation {
    /// Makes a repository.
    async fn create_repository(
        &self,
        ctx: &Context<'_>,
        input: CreateRepositoryInput,
    ) -> Answered<CreateRepositoryPayload> {
        create::create(ctx, input)
    }
}

/// Nothing, and beside the data GitHub's word for what is not there, or not for who asks.
fn missing<T>(ctx: &Context<'_>, what: &str, name: &str) -> Option<T> {
    beside(ctx, unresolved(what, name))
}

/// Of a field that may be nothing: nothing, and what is wrong beside the data. The library would leave the field out.
fn beside<T>(ctx: &Context<'_>, error: async_graphql::Error) -> Option<T> {
    ctx.add_error(ctx.set_error_path(error.into_server_error(ctx.item.pos)));
    None
}

fn unresolved(what: &str, name: &str) -> async_graphql::Error {
    typed(
        "NOT_FOUND",
        format!("Could not resolve to {what} '{name}'."),
    )
}

/// An error with GitHub's word for its kind.
fn typed(kind: &'static str, sentence: impl Into<String>) -> async_graphql::Error {
    async_graphql::Error::new(sentence).extend_with(|_, more| more.set("type", kind))
}

impl Asking {
    fn of<'a>(ctx: &Context<'a>) -> Answered<&'a Self> {
        Ok(ctx.data::<Arc<Self>>()?)
    }

    /// Takes a cost from what is left.
    fn spend(&self, cost: usize) -> Answered<()> {
        let spent = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(cost)
            });
        match spent {
            Ok(_) => Ok(()),
            Err(_) => Err(typed(
                "MAX_NODE_LIMIT_EXCEEDED",
                "The document asks for too much at once.",
            )),
        }
    }

    /// Below this everything of the server stands.
    fn url(&self) -> &str {
        self.app.public_url()
    }

    /// A refusal of a use case as an error of its field. Nothing where the thing is not there, or hidden: both are the
    /// same here as everywhere.
    fn told<T>(&self, result: Result<T, AppError>) -> Answered<Option<T>> {
        let error = match result {
            Ok(value) => return Ok(Some(value)),
            // As at GitHub an earlier name is followed for repositories alone, and where that was asked for.
            Err(AppError::Moved { .. }) => return Ok(None),
            Err(error) => error,
        };
        let refused = Refused::from_error(&self.app, Door::Api, &error, &self.call.request_id);
        let kind = match refused.status.as_u16() {
            404 => return Ok(None),
            401 | 403 => "FORBIDDEN",
            409 | 422 => "UNPROCESSABLE",
            429 => "RATE_LIMIT",
            _ => {
                *self.inside.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                "SERVICE_UNAVAILABLE"
            }
        };
        let faults = refused.faults();
        let sentences: Vec<&str> = match faults.as_slice() {
            [] => refused.sentences().iter().map(String::as_str).collect(),
            faults => faults.iter().map(|(_, fault)| fault.as_str()).collect(),
        };
        let code = refused.code().unwrap_or_default().to_owned();
        Err(typed(kind, sentences.join(" ")).extend_with(|_, more| more.set("reason", code)))
    }
}

#[derive(Deserialize)]
struct Asked {
    query: String,
    #[serde(default)]
    variables: Value,
    #[serde(rename = "operationName")]
    operation: Option<String>,
}

fn answer(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    // Decided and counted as every request is; its fields are so by themselves.
    let viewer = users::oneself(app, call)?.row;
    let asked: Asked = input.read("Query")?;
    let document = limits::read(&asked.query)
        .and_then(fields::named)
        .and_then(|document| fields::typed_by(&TYPES, document));
    let document = match document {
        Ok(document) => document,
        Err(sentence) => return Ok(Answer::ok(&json!({ "errors": [{ "message": sentence }] }))),
    };
    let asking = Arc::new(Asking {
        app: app.clone(),
        call: call.clone(),
        viewer: viewer.id.get(),
        login: viewer.login,
        left: AtomicUsize::new(limits::COST),
        inside: Mutex::new(None),
    });
    let mut request = Request::new(asked.query)
        .variables(Variables::from_json(asked.variables))
        .data(Arc::clone(&asking));
    request.set_parsed_query(document);
    if let Some(name) = asked.operation {
        request = request.operation_name(name);
    }
    // No field waits for anything but the database, on this thread.
    let response = pollster::block_on(SCHEMA.execute(request));
    let inside = asking
        .inside
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    if let Some(error) = inside {
        return Err(error);
    }
    Ok(Answer::ok(&lifted(json!(response))))
}

/// GitHub says the kind of an error beside its message, and not among extensions.
fn lifted(mut response: Value) -> Value {
    let errors = response.get_mut("errors").and_then(Value::as_array_mut);
    for error in errors.into_iter().flatten() {
        let Some(error) = error.as_object_mut() else {
            continue;
        };
        if let Some(Value::Object(more)) = error.remove("extensions") {
            let more: Map<String, Value> = more;
            error.extend(more);
        }
    }
    response
}
