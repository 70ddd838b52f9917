//! `jeton app access`: what an organization says to applications.

use serde_json::{Value, json};

use super::found::{named, one_of};
use crate::error::ClientError;
use crate::screen::{Column, Form};
use crate::server::{Ask, Door};
use crate::session::Session;

/// Which applications reach an organization's things. None does until an owner lets it in.
#[derive(Debug, clap::Subcommand)]
pub enum Access {
    /// List those that the organization was asked about, what waits first
    List {
        /// The organization
        org: String,
    },
    /// Ask the owners to let an application in
    Ask {
        /// The organization
        org: String,
        /// The application's client id
        client_id: String,
    },
    /// Let an application in
    Approve {
        /// The organization
        org: String,
        /// The application; one that nobody asked about by its number or its client id
        app: String,
    },
    /// Keep an application out: what it holds reaches nothing there any more
    Deny {
        /// The organization
        org: String,
        /// The application; one that nobody asked about by its number or its client id
        app: String,
    },
}

const COLUMNS: &[Column] = &[
    Column("ID", "/application/id", Form::Text),
    Column("NAME", "/application/name", Form::Text),
    Column("KEPT BY", "/application/keeper", Form::Text),
    Column("CLIENT ID", "/application/client_id", Form::Text),
    Column("STATE", "/state", Form::Text),
    Column("ASKED BY", "/asked_by", Form::Text),
];

impl Access {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), ClientError> {
        match self {
            Self::List { org } => {
                let items = session.whole(&list(&org))?;
                session.screen.list(COLUMNS, &items)
            }
            Self::Ask { org, client_id } => {
                session.change(&asking(&org, &client_id), "The owners were asked.")
            }
            Self::Approve { org, app } => decide(session, &org, &app, true),
            Self::Deny { org, app } => decide(session, &org, &app, false),
        }
    }
}

fn list(org: &str) -> Ask {
    Ask::get(Door::Own, &["orgs", org, "application-approvals"])
}

fn asking(org: &str, client_id: &str) -> Ask {
    let body = json!({ "client_id": client_id });
    Ask::post(Door::Own, &["orgs", org, "application-requests"], body)
}

fn decide(
    session: &mut Session<'_>,
    org: &str,
    app: &str,
    approved: bool,
) -> Result<(), ClientError> {
    let mut all = session.whole(&list(org))?;
    let unasked = is_unasked(&all, app)?;
    let is_number = app.bytes().all(|byte| byte.is_ascii_digit());
    let (id, name) = if unasked && is_number {
        (app.to_owned(), format!("The application {app}"))
    } else {
        if unasked {
            // Nobody asked: by its client id the organization is asked now.
            session.ask(&asking(org, app))?;
            all = session.whole(&list(org))?;
        }
        named(&all, app)?
    };
    let path = ["orgs", org, "application-approvals", &id];
    let done = if approved {
        format!("{name} is let in.")
    } else {
        format!("{name} is kept out.")
    };
    session.change(
        &Ask::put(Door::Own, &path, json!({ "approved": approved })),
        &done,
    )
}

fn is_unasked(all: &[Value], app: &str) -> Result<bool, ClientError> {
    let applications = all.iter().filter_map(|one| one.get("application"));
    Ok(one_of(applications, app)?.is_none())
}
