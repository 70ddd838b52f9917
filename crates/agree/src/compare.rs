//! One world, two answers.

use jeton_decide::{Decision, View, decide};
use jeton_model::{Verdict, World};

use crate::facts::{Told, Unsayable};

/// What the shipped decision says, in the naive one's words.
pub fn shipped(world: &World) -> Result<Verdict, Unsayable> {
    let told = Told::new(world)?;
    Ok(match decide(&told.request(), &told.facts()?) {
        Decision::Allow(permit) => Verdict::Allow { anonymous_view: permit.view() == View::Anonymous },
        Decision::Deny(denial) => Verdict::Deny { code: denial.reason.code(), status: denial.status.code() },
    })
}

/// Asks both; the answer where they agree, else a text for people.
pub fn compare(world: &World) -> Result<Verdict, String> {
    let naive = jeton_model::decide(world);
    match shipped(world) {
        Ok(shipped) if shipped == naive => Ok(naive),
        Ok(shipped) => Err(format!("the naive decider says {naive:?}\nthe shipped one says   {shipped:?}\nof {world:#?}")),
        Err(Unsayable(what)) => Err(format!("the shipped types can't say: {what}\nof {world:#?}")),
    }
}
