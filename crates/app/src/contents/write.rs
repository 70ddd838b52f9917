//! One way to change references over REST: as a push of whoever asks, made by the server.
//!
//! What a client wants is read against the repository as it is, made into objects and changes of references, nearly always one,
//! and sent to git through the seam that every push passes. So the permit, the token's conditions and every other check of
//! a push hold, intents and outcomes stand in the log, and git itself compares and swaps.

use jeton_domain::UserId;
use jeton_repo::hook::{RefCommand, check_ref_name};
use jeton_repo::{AskError, NewObject, ObjectsError, Oid, Sent, Signature, StartError, Writable};
use jeton_store::users;

use super::Reading;
use crate::app::App;
use crate::authorize::person;
use crate::call::Call;
use crate::error::AppError;
use crate::git::{Report, Seen, data_place};
use crate::place::Place;
use crate::users::commit_address;

/// A repository that was permitted to be written, and by whom.
#[derive(Debug)]
pub(super) struct Writing<'a> {
    /// What it holds.
    pub(super) reading: Reading<'a>,
    /// Who asks, and when: the author of what is made, where nothing else is said.
    pub(super) who: Signature,
}

/// A change of one reference, and what comes with it.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// The reference's full name.
    pub(super) name: String,
    /// What it points to; nothing, if there is none.
    pub(super) old: Option<Oid>,
    /// What it is to point to; nothing, if it is to go.
    pub(super) new: Option<Oid>,
    /// Objects that are new.
    pub(super) objects: Vec<NewObject>,
}

/// Changes one reference. What `work` returns beside the change is the answer, once git has done it.
pub(super) fn change<T>(
    app: &App,
    call: &Call,
    work: impl FnOnce(&Writing<'_>) -> Result<(Change, T), AppError>,
) -> Result<T, AppError> {
    changes(app, call, |writing| {
        work(writing).map(|(change, answer)| (vec![change], answer))
    })
}

/// Changes references: all, or none.
pub(super) fn changes<T>(
    app: &App,
    call: &Call,
    work: impl FnOnce(&Writing<'_>) -> Result<(Vec<Change>, T), AppError>,
) -> Result<T, AppError> {
    let transfer = app.begin_transfer(call)?;
    let place = Place::Repository(transfer.repository.clone());
    let data = app
        .data
        .open_write(&transfer.permit, data_place(&transfer.repository))?;
    let writing = Writing {
        reading: Reading::of(app, &transfer.permit, &place)?,
        who: oneself(app, person(&transfer.permit))?,
    };
    let (wanted, answer) = work(&writing)?;
    let (mut commands, mut before, mut objects) = (Vec::new(), Vec::new(), Vec::new());
    for change in wanted {
        before.push((change.name.clone(), change.old));
        commands.push(RefCommand::change(change.name, change.old, change.new));
        objects.extend(change.objects);
    }
    let serving = app.serving()?;
    let pushes = &serving.pushes;
    let id = pushes.begin(call, &transfer.repository);
    let seen = Seen {
        report: true,
        atomic: commands.len() > 1,
        ..Seen::default()
    };
    pushes.note(id, seen);
    let sent = match serving.hooks.expect(id, &data, app.random()) {
        Ok(ticket) => app.streams.wait(serving.runner.send(
            &data,
            ticket,
            transfer.registration,
            &commands,
            &objects,
        )),
        Err(error) => Err(StartError::Spawn(std::io::Error::other(error))),
    };
    let why = pushes.why(id);
    let done = match sent {
        Ok(Sent::Done) => Some(true),
        Ok(Sent::Refused) => Some(false),
        Ok(Sent::Unknown) | Err(_) => None,
    };
    let names = before.iter().map(|(name, _)| name.clone());
    let report: Report =
        done.map_or_else(Report::new, |done| names.map(|name| (name, done)).collect());
    if let Err(error) = pushes.end(id, &report) {
        // The intents stay open and are resolved at the next start; what git did is done.
        tracing::error!(request = %call.request_id, %error, "a push's outcome could not be written");
    }
    match (sent, why) {
        (Ok(Sent::Done), _) => Ok(answer),
        (_, Some(why)) => Err(why),
        // Git looked last, and found the reference elsewhere; or it takes the change never.
        (Ok(Sent::Refused), None) if unmoved(&writing.reading, &before)? => Err(AppError::invalid(
            "Reference",
            "ref",
            "is none that git takes here: another reference stands in its way, or what it leads to is broken",
        )),
        (Ok(Sent::Refused), None) => Err(elsewhere()),
        (Ok(Sent::Unknown) | Err(StartError::Cut), None) => {
            // What took the permit away says so itself.
            app.permit_again(call, Some(transfer.repository.id), None)?;
            Err(AppError::Data(
                "git did not say what became of a push".to_owned(),
            ))
        }
        (Err(StartError::Busy), None) => Err(AppError::Busy),
        (Err(error), None) => Err(AppError::Data(error.to_string())),
    }
}

/// Whether every reference is where it was.
fn unmoved(reading: &Reading<'_>, before: &[(String, Option<Oid>)]) -> Result<bool, AppError> {
    for (name, old) in before {
        if reading.data.tip(name)? != *old {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Stores objects to which no reference leads yet. `work` makes them; what else it returns is the answer.
pub(super) fn store<T>(
    app: &App,
    call: &Call,
    work: impl FnOnce(&Writing<'_>) -> Result<(Vec<NewObject>, T), AppError>,
) -> Result<T, AppError> {
    let (permit, place) = app.permit(call)?;
    let Place::Repository(repository) = place.value() else {
        return Err(AppError::Missing("repository"));
    };
    let data: Writable = app.data.open_write(&permit, data_place(repository))?;
    let writing = Writing {
        reading: Reading::of(app, &permit, place.value())?,
        who: oneself(app, person(&permit))?,
    };
    let (objects, answer) = work(&writing)?;
    match app.questions.store(&data, &objects) {
        Ok(()) => Ok(answer),
        Err(ObjectsError::Git(AskError::Failed { said, .. })) => Err(AppError::invalid(
            "Object",
            "body",
            format!("is not what git stores: {said}"),
        )),
        Err(error) => Err(error.into()),
    }
}

/// The reference is not where whoever asked believed it.
pub(super) fn elsewhere() -> AppError {
    AppError::conflict(
        "changed",
        "The reference was changed meanwhile; look again.",
    )
}

/// A name that a reference may have, whole.
pub(super) fn ref_name(field: &'static str, name: &str) -> Result<String, AppError> {
    check_ref_name(name).map_err(|fault| {
        AppError::invalid("Reference", field, format!("can't be taken: {fault}"))
    })?;
    Ok(name.to_owned())
}

/// The caller as the author of what they make.
fn oneself(app: &App, user: Option<UserId>) -> Result<Signature, AppError> {
    let user = user.ok_or(AppError::Missing("person"))?;
    let row = app.store.read(|unit| users::by_id(unit, user))?;
    let row = row.ok_or(AppError::Missing("person"))?;
    let name = plain_name(&row.name).unwrap_or_else(|| row.login.clone());
    Ok(Signature {
        name,
        email: commit_address(app, &row),
        seconds: app.now().micros().div_euclid(1_000_000),
    })
}

/// A name that fits into a commit.
fn plain_name(name: &str) -> Option<String> {
    let kept: String = name
        .chars()
        .filter(|c| !matches!(c, '<' | '>') && !c.is_control())
        .collect();
    let kept = kept.trim().to_owned();
    (!kept.is_empty()).then_some(kept)
}
