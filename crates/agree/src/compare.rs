//! One world, two answers.

use jeton_decide::{Decision, View, decide};
use jeton_model::{Verdict, World};

use crate::facts::{Told, Unsayable};
use crate::open::{self, Reading};

/// What comes of asking both.
#[derive(Debug)]
pub enum Answers {
    /// Both say this.
    Agree(Verdict),
    /// They differ where a reading is still open.
    Open(&'static Reading),
    /// They differ; a text for people.
    Differ(String),
}

/// What the shipped decision says, in the naive one's words.
pub fn shipped(world: &World) -> Result<Verdict, Unsayable> {
    let told = Told::new(world)?;
    Ok(match decide(&told.request(), &told.facts()?) {
        Decision::Allow(permit) => Verdict::Allow {
            anonymous_view: permit.view() == View::Anonymous,
        },
        Decision::Deny(denial) => Verdict::Deny {
            code: denial.reason.code(),
            status: denial.status.code(),
        },
    })
}

/// Asks both.
pub fn compare(world: &World) -> Answers {
    let naive = jeton_model::decide(world);
    match shipped(world) {
        Ok(shipped) if shipped == naive => Answers::Agree(naive),
        Ok(shipped) => match open::explain(world, naive, shipped) {
            Some(reading) => Answers::Open(reading),
            None => Answers::Differ(format!(
                "the naive decider says {naive:?}\nthe shipped one says   {shipped:?}\nof {world:#?}"
            )),
        },
        Err(Unsayable(what)) => Answers::Differ(format!(
            "the shipped types can't say: {what}\nof {world:#?}"
        )),
    }
}
