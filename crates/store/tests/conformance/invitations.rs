//! Invitations: for one person or one address, one at a time, answered once.

use std::sync::Barrier;

use jeton_domain::{InvitationId, OrganizationId, RepositoryId, TeamName, UserId};
use jeton_domain::{InvitationState, OrganizationRole, RepositoryName, Role, Span, Visibility};
use jeton_store::invitations::{self, Invitee, Listed, NewInvitation};
use jeton_store::{Sql, Store, StoreError, repositories, repository_invitations, teams, users};

use crate::people::{organization, person};
use crate::place::{NOW, Place, on_both};

on_both!(
    an_invitation_is_read_as_it_was_made,
    nobody_is_invited_twice_at_a_time,
    time_decides_over_one_that_nobody_answered,
    sent_again_it_has_another_link,
    of_two_answers_one_wins,
    what_waits_for_somebody_is_found_by_account_and_by_verified_address,
    a_deleted_team_leaves_invitations,
    an_invitation_is_for_somebody_and_for_one,
    an_invitation_to_a_repository_waits_once_for_each_person,
);

struct Made {
    store: Store,
    acme: OrganizationId,
    ann: UserId,
    bob: UserId,
}

fn world(place: &Place) -> Made {
    let store = place.open();
    let (ann, bob) = (person(&store, "Ann"), person(&store, "bob"));
    let acme = organization(&store, "acme");
    Made {
        store,
        acme,
        ann,
        bob,
    }
}

impl Made {
    fn try_invite(&self, invitee: &Invitee, digest: u8) -> Result<InvitationId, StoreError> {
        self.store.write(|unit| {
            invitations::insert(
                unit,
                &NewInvitation {
                    organization: self.acme,
                    invitee,
                    role: OrganizationRole::Owner,
                    teams: &[],
                    inviter: self.ann,
                    digest: [digest; 32],
                    key: 1,
                    now: NOW,
                    expires_at: NOW.after(Span::from_days(7)),
                },
            )
        })
    }

    fn invite(&self, invitee: &Invitee, digest: u8) -> InvitationId {
        self.try_invite(invitee, digest).unwrap()
    }

    fn bob(&self) -> Invitee {
        Invitee::Person {
            id: self.bob,
            login: "bob".to_owned(),
        }
    }

    fn listed(&self, which: Listed, days: u32) -> Vec<InvitationId> {
        let now = NOW.after(Span::from_days(days));
        let (page, count) = self
            .store
            .read(|unit| {
                Ok::<_, StoreError>((
                    invitations::page(unit, self.acme, which, now, 0, 30)?,
                    invitations::count(unit, self.acme, which, now)?,
                ))
            })
            .unwrap();
        assert_eq!(i64::try_from(page.len()).unwrap(), count);
        page.into_iter().map(|row| row.id).collect()
    }

    fn found(&self, digest: u8) -> Option<InvitationId> {
        self.store
            .read(|unit| invitations::by_digest(unit, &[[0; 32], [digest; 32]]))
            .unwrap()
            .map(|row| row.id)
    }

    fn repository(&self) -> RepositoryId {
        self.store
            .write(|unit| {
                let new = repositories::NewRepository {
                    owner: self.acme.into(),
                    name: &RepositoryName::parse("lab").unwrap(),
                    visibility: Visibility::Private,
                    shard: 0,
                    default_branch: "main",
                    description: "",
                };
                repositories::insert(unit, &new, NOW)
            })
            .unwrap()
    }
}

fn address(email: &str) -> Invitee {
    Invitee::Address(email.to_owned())
}

fn an_invitation_is_read_as_it_was_made(place: &Place) {
    let made = world(place);
    let id = made.invite(&made.bob(), 1);
    let row = made
        .store
        .read(|unit| invitations::of_organization(unit, made.acme, id))
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.invitee.clone(), row.role, row.inviter_login.as_str()),
        (made.bob(), OrganizationRole::Owner, "Ann")
    );
    assert_eq!(row.organization_login, "acme");
    assert_eq!(row.state(NOW), InvitationState::Pending);
    let other = organization(&made.store, "other");
    let elsewhere = made
        .store
        .read(|unit| invitations::of_organization(unit, other, id))
        .unwrap();
    assert_eq!(elsewhere, None, "it is its organization's");
    assert_eq!((made.found(1), made.found(2)), (Some(id), None));
}

fn nobody_is_invited_twice_at_a_time(place: &Place) {
    let made = world(place);
    let first = made.invite(&made.bob(), 1);
    let conflict = |result: Result<InvitationId, StoreError>, name: &str| {
        assert!(result.unwrap_err().is_conflict_on(name), "{name}");
    };
    conflict(
        made.try_invite(&made.bob(), 2),
        "organization_invitations_person",
    );
    made.invite(&address("Zoe@Example.org"), 3);
    conflict(
        made.try_invite(&address("zoe@example.ORG"), 4),
        "organization_invitations_address",
    );
    conflict(
        made.try_invite(&address("yan@example.org"), 3),
        "organization_invitations_digest",
    );
    made.store
        .write(|unit| invitations::settle(unit, first, InvitationState::Declined, NOW))
        .unwrap();
    made.invite(&made.bob(), 5);
}

fn time_decides_over_one_that_nobody_answered(place: &Place) {
    let made = world(place);
    let id = made.invite(&made.bob(), 1);
    assert_eq!(made.listed(Listed::Pending, 6), [id]);
    assert!(made.listed(Listed::Failed, 6).is_empty());
    assert!(made.listed(Listed::Pending, 7).is_empty(), "at the moment");
    assert_eq!(made.listed(Listed::Failed, 7), [id]);
    let later = NOW.after(Span::from_days(7));
    let expired = made
        .store
        .write(|unit| invitations::expire(unit, made.acme, later))
        .unwrap();
    assert_eq!(expired, 1);
    assert_eq!(made.listed(Listed::Failed, 8), [id]);
    made.invite(&made.bob(), 2);
}

fn sent_again_it_has_another_link(place: &Place) {
    let made = world(place);
    let id = made.invite(&address("zoe@example.org"), 1);
    let again = |digest: u8, days| {
        let now = NOW.after(Span::from_days(days));
        made.store.write(|unit| {
            invitations::resend(
                unit,
                id,
                ([digest; 32], 1),
                now,
                now.after(Span::from_days(7)),
            )
        })
    };
    again(2, 3).unwrap();
    assert_eq!((made.found(1), made.found(2)), (None, Some(id)));
    assert_eq!(made.listed(Listed::Pending, 9), [id]);
    made.store
        .write(|unit| invitations::settle(unit, id, InvitationState::Cancelled, NOW))
        .unwrap();
    assert!(matches!(again(3, 4), Err(StoreError::Stale { .. })));
}

fn of_two_answers_one_wins(place: &Place) {
    let made = world(place);
    let id = made.invite(&made.bob(), 1);
    let barrier = Barrier::new(2);
    let won: usize = std::thread::scope(|scope| {
        let answers = [InvitationState::Accepted, InvitationState::Cancelled].map(|state| {
            let (store, barrier) = (made.store.clone(), &barrier);
            scope.spawn(move || {
                barrier.wait();
                store
                    .write(|unit| invitations::settle(unit, id, state, NOW))
                    .is_ok()
            })
        });
        answers
            .into_iter()
            .map(|answer| usize::from(answer.join().unwrap()))
            .sum()
    });
    assert_eq!(won, 1);
}

fn what_waits_for_somebody_is_found_by_account_and_by_verified_address(place: &Place) {
    let made = world(place);
    let by_login = made.invite(&made.bob(), 1);
    let by_address = made.invite(&address("BOB@x"), 2);
    made.invite(&address("ann@x"), 3);
    let waiting = |email: Option<&str>, days| {
        let now = NOW.after(Span::from_days(days));
        made.store
            .read(|unit| invitations::waiting_for(unit, made.bob, email, now))
            .unwrap()
            .into_iter()
            .map(|row| row.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(waiting(Some("bob@x"), 0), [by_login, by_address]);
    assert_eq!(waiting(None, 0), [by_login], "no address is verified");
    assert!(waiting(Some("bob@x"), 7).is_empty());
    let cancel = || {
        made.store
            .write(|unit| invitations::cancel_for(unit, made.acme, made.bob, NOW))
            .unwrap()
    };
    assert_eq!((cancel(), cancel()), (2, 0));
    // Who came in tells nobody whose the address is.
    made.invite(&made.bob(), 6);
    let to_address = made.invite(&address("bob@x"), 7);
    let by_account = made
        .store
        .write(|unit| invitations::cancel_for_account(unit, made.acme, made.bob, NOW))
        .unwrap();
    assert_eq!(by_account, 1);
    assert_eq!(waiting(Some("bob@x"), 0), [to_address]);
    assert_eq!(cancel(), 1);
    made.invite(&made.bob(), 4);
    made.invite(&address("bob@x"), 5);
    made.store
        .write(|unit| {
            users::forget(unit, made.bob)?;
            invitations::cancel_all(unit, None, Some(made.bob), NOW)
        })
        .unwrap();
    assert_eq!(
        made.listed(Listed::Pending, 0).len(),
        2,
        "what was sent to addresses waits on"
    );
    let all = made
        .store
        .write(|unit| invitations::cancel_all(unit, Some(made.acme), None, NOW))
        .unwrap();
    assert_eq!(all, 2);
}

fn a_deleted_team_leaves_invitations(place: &Place) {
    let made = world(place);
    let team = made
        .store
        .write(|unit| {
            let name = TeamName::parse("crew").unwrap();
            teams::create(unit, made.acme, &name, None, NOW)
        })
        .unwrap();
    let invite = |digest: u8| {
        made.store
            .write(|unit| {
                invitations::insert(
                    unit,
                    &NewInvitation {
                        organization: made.acme,
                        invitee: &address(&format!("{digest}@x")),
                        role: OrganizationRole::Member,
                        teams: &[team],
                        inviter: made.ann,
                        digest: [digest; 32],
                        key: 1,
                        now: NOW,
                        expires_at: NOW.after(Span::from_days(7)),
                    },
                )
            })
            .unwrap()
    };
    let id = invite(1);
    let slugs = || {
        made.store
            .read(|unit| teams::of_invitation(unit, id))
            .unwrap()
            .into_iter()
            .map(|team| team.slug)
            .collect::<Vec<_>>()
    };
    assert_eq!(slugs(), ["crew"]);
    made.store.write(|unit| teams::delete(unit, team)).unwrap();
    assert!(slugs().is_empty());
}

fn an_invitation_is_for_somebody_and_for_one(place: &Place) {
    let made = world(place);
    let insert = |user: Option<UserId>, email: Option<&str>, role: &str, state: &str| {
        made.store.write(|unit| {
            let sql = Sql::built(
                "INSERT INTO organization_invitations (id, organization_id, user_id, email, email_key, role, inviter_id, \
                 digest, key_id, created_at, sent_at, expires_at, state) \
                 VALUES (9, $1, $2, $3, $3, $4, $5, $6, 1, $7, $7, $7, $8)"
                    .to_owned(),
            );
            unit.execute_one(
                sql,
                &[&made.acme, &user, &email, &role, &made.ann, &[9_u8; 32], &NOW, &state],
            )
        })
    };
    let broken = |result: Result<(), StoreError>, name: &str| match result {
        Err(StoreError::Check { constraint }) => assert_eq!(constraint, name),
        other => panic!("{name}: {other:?}"),
    };
    let invitee = "organization_invitations_invitee";
    broken(insert(None, None, "member", "pending"), invitee);
    broken(
        insert(Some(made.bob), Some("b@x"), "member", "pending"),
        invitee,
    );
    broken(
        insert(Some(made.bob), None, "admin", "pending"),
        "organization_invitations_role",
    );
    broken(
        insert(Some(made.bob), None, "member", "accepted"),
        "organization_invitations_settled",
    );
    insert(Some(made.bob), None, "member", "pending").unwrap();
}

fn an_invitation_to_a_repository_waits_once_for_each_person(place: &Place) {
    let made = world(place);
    let lab = made.repository();
    let times = (NOW, NOW.after(Span::from_days(7)));
    let invite = || {
        made.store.write(|unit| {
            repository_invitations::insert(unit, lab, made.bob, Role::Triage, made.ann, times)
        })
    };
    let id = invite().unwrap();
    assert!(
        invite()
            .unwrap_err()
            .is_conflict_on("repository_invitations_person")
    );
    let row = made
        .store
        .read(|unit| repository_invitations::by_id(unit, id))
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.login.as_str(), row.role, row.state(NOW)),
        ("bob", Role::Triage, InvitationState::Pending)
    );
    assert_eq!(row.state(times.1), InvitationState::Expired);
    made.store
        .write(|unit| repository_invitations::set_role(unit, id, Role::Admin))
        .unwrap();
    let waiting = |now| {
        made.store
            .read(|unit| repository_invitations::waiting_for(unit, made.bob, now))
            .unwrap()
            .into_iter()
            .map(|row| (row.id, row.role))
            .collect::<Vec<_>>()
    };
    assert_eq!(waiting(NOW), [(id, Role::Admin)]);
    assert!(waiting(times.1).is_empty());
    let settle = || {
        made.store
            .write(|unit| repository_invitations::settle(unit, id, InvitationState::Accepted, NOW))
    };
    settle().unwrap();
    assert!(matches!(settle(), Err(StoreError::Stale { .. })));
    invite().unwrap();
    let gone = made
        .store
        .write(|unit| repository_invitations::cancel_for(unit, made.acme.into(), made.bob, NOW))
        .unwrap();
    assert_eq!(gone, 1);
}
