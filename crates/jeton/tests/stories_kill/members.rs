//! Members who come, go and change their role.

use serde_json::{Value, json};

use super::at::{At, BASE, Gone, ORGANIZATION, PAWNS};
use super::random::Random;
use super::rows::Rows;

type Role = Option<&'static str>;

pub struct Members {
    roles: [Role; PAWNS.len()],
    begun: Option<(usize, Role)>,
}

impl Members {
    pub fn new() -> Self {
        Self {
            roles: [None; PAWNS.len()],
            begun: None,
        }
    }
}

fn path(pawn: usize) -> String {
    format!("/api/v3/orgs/{ORGANIZATION}/memberships/{}", PAWNS[pawn])
}

fn look(at: &At<'_>, pawn: usize) -> Role {
    let (status, body) = at.look(&path(pawn), &at.people.owner);
    match status {
        404 => None,
        200 => Some(
            ["member", "admin"]
                .into_iter()
                .find(|role| body["role"] == *role)
                .unwrap(),
        ),
        other => panic!("the membership of {}: {other} {body}", PAWNS[pawn]),
    }
}

impl super::Writer for Members {
    fn name(&self) -> &'static str {
        "membership"
    }

    fn write(&mut self, at: &At<'_>, random: &mut Random) -> Result<(), Gone> {
        let pawn = random.index(PAWNS.len());
        let others: Vec<Role> = [None, Some("member"), Some("admin")]
            .into_iter()
            .filter(|role| *role != self.roles[pawn])
            .collect();
        let role = others[random.index(others.len())];
        self.begun = Some((pawn, role));
        let owner = Some(at.people.owner.as_str());
        match role {
            Some(role) => at.must("PUT", &path(pawn), owner, &json!({ "role": role }))?,
            None => at.must("DELETE", &path(pawn), owner, &Value::Null)?,
        };
        self.begun = None;
        self.roles[pawn] = role;
        Ok(())
    }

    fn verify(&mut self, at: &At<'_>, _: &Rows, _: &mut Random) -> (usize, usize) {
        let mut there = None;
        if let Some((pawn, role)) = self.begun.take() {
            let found = look(at, pawn);
            assert!(
                found == role || found == self.roles[pawn],
                "{}: {found:?}, neither {role:?} nor as before",
                PAWNS[pawn]
            );
            there = Some(found == role);
            self.roles[pawn] = found;
        }
        for (pawn, role) in self.roles.iter().enumerate() {
            assert_eq!(look(at, pawn), *role, "the membership of {}", PAWNS[pawn]);
            // What the membership opens is open, and nothing else.
            let (status, _) = at.look(
                &format!("/api/v3/repos/{ORGANIZATION}/{BASE}"),
                &at.people.pawns[pawn],
            );
            assert_eq!(
                status,
                if role.is_some() { 200 } else { 404 },
                "{} reads as {role:?}",
                PAWNS[pawn]
            );
        }
        (
            usize::from(there == Some(true)),
            usize::from(there == Some(false)),
        )
    }
}
