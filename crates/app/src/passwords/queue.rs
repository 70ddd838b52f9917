//! Who waits for a hashing slot, and whose turn is next.

use std::net::IpAddr;

use crate::error::AppError;
use crate::rates::network;

/// How well it is known who waits for a slot. Each has places of its own, so that a crowd of one
/// rank takes none of another's; and the better known come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Signed in, or did so by this name from this network before.
    Known,
    /// Nothing speaks against them.
    New,
    /// Guessed wrong by this name from this network, or often from there.
    Failed,
}

impl Rank {
    /// How many of this rank may wait, out of `most`.
    const fn places(self, most: usize) -> usize {
        match self {
            Self::Known => most / 2,
            Self::New => most * 3 / 8,
            Self::Failed => most / 8,
        }
    }
}

/// Who asks for a slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker {
    pub(super) rank: Rank,
    /// Where from, if it is known.
    pub(super) network: Option<IpAddr>,
}

impl Asker {
    /// Somebody whom another proof let in already.
    pub(super) const LET_IN: Self = Self {
        rank: Rank::Known,
        network: None,
    };

    /// Somebody of whom nothing is known.
    pub(crate) fn stranger(address: Option<IpAddr>) -> Self {
        Self {
            rank: Rank::New,
            network: address.map(network),
        }
    }

    /// The same, who holds a sign-in.
    pub(crate) const fn signed_in(self) -> Self {
        Self {
            rank: Rank::Known,
            ..self
        }
    }
}

/// INVARIANT: nobody waits while a slot is free.
#[derive(Debug)]
pub(super) struct Slots {
    pub(super) free: usize,
    pub(super) most_waiting: usize,
    /// The oldest first.
    pub(super) waiting: Vec<Waiter>,
    pub(super) tickets: u64,
    /// Whose turn it is next: alternately the best known and the one who waits longest, so that a crowd
    /// neither delays whom it does not concern nor starves anybody.
    pub(super) oldest_next: bool,
}

#[derive(Debug)]
pub(super) struct Waiter {
    ticket: u64,
    asker: Asker,
}

impl Slots {
    /// Queues somebody, if there is a place for them: of those of their rank, one network gets half.
    pub(super) fn queue(&mut self, asker: Asker) -> Result<u64, AppError> {
        let places = asker.rank.places(self.most_waiting);
        let (mut same, mut near) = (0, 0);
        for other in &self.waiting {
            if other.asker.rank == asker.rank {
                same += 1;
                near +=
                    usize::from(asker.network.is_some() && other.asker.network == asker.network);
            }
        }
        if same >= places || near >= places.div_ceil(2) {
            return Err(AppError::Busy);
        }
        self.tickets += 1;
        self.waiting.push(Waiter {
            ticket: self.tickets,
            asker,
        });
        Ok(self.tickets)
    }

    pub(super) fn waits(&self, ticket: u64) -> bool {
        self.waiting.iter().any(|waiter| waiter.ticket == ticket)
    }

    /// Hands a slot on, or keeps it free.
    pub(super) fn hand_on(&mut self) {
        let waiting = self.waiting.iter().enumerate();
        let next = if self.oldest_next {
            waiting.map(|(at, _)| at).next()
        } else {
            // Of equals the first, who is the oldest.
            waiting
                .min_by_key(|(_, waiter)| waiter.asker.rank)
                .map(|(at, _)| at)
        };
        self.oldest_next = !self.oldest_next;
        match next {
            Some(at) => {
                self.waiting.remove(at);
            }
            None => self.free += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn one_network_gets_half_of_the_places_and_nobody_starves() {
        let mut slots = Slots {
            free: 0,
            most_waiting: 16,
            waiting: Vec::new(),
            tickets: 0,
            oldest_next: false,
        };
        let near = Asker::stranger(Some(at(1)));
        let first = slots.queue(near).unwrap();
        slots.queue(near).unwrap();
        slots.queue(near).unwrap();
        assert!(matches!(slots.queue(near), Err(AppError::Busy)));
        slots.queue(Asker::stranger(Some(at(2)))).unwrap();
        // Known ones come without end; every other turn is the oldest one's.
        let known = slots.queue(Asker::LET_IN).unwrap();
        slots.hand_on();
        assert!(!slots.waits(known) && slots.waits(first));
        let known = slots.queue(Asker::LET_IN).unwrap();
        slots.hand_on();
        assert!(slots.waits(known) && !slots.waits(first));
    }
}
