//! What holds for all values, tried on many.

use std::fmt::{Debug, Display};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use crate::seeded::Seeded;
use crate::{InstanceHint, Kind, Malformed, Secret, looks_like_ours, make, parse, pattern};

fn kind() -> impl Strategy<Value = Kind> {
    proptest::sample::select(Kind::ALL.to_vec())
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    (kind(), any::<u64>()).prop_map(|(kind, seed)| {
        let mut random = Seeded::new(seed);
        let hint = InstanceHint::from_random(&mut random);
        make(kind, &hint, &mut random).expose().as_bytes().to_vec()
    })
}

/// A value with one to four edits of the kinds that copying, wrapping and mangling make.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edit = (0..6_u8, any::<prop::sample::Index>(), any::<u8>());
    (value(), proptest::collection::vec(edit, 1..5)).prop_map(|(mut value, edits)| {
        for (what, place, byte) in edits {
            let place = place.index(value.len() + 1);
            match what {
                0 => value.insert(place, byte),
                1 => value.truncate(place),
                2 => value.rotate_left(place),
                3 => value.extend_from_within(..place),
                4 => drop(value.splice(place.., "é_\u{202e}jtp_".bytes())),
                _ => value
                    .iter_mut()
                    .skip(place)
                    .take(1)
                    .for_each(|old| *old = byte),
            }
        }
        value
    })
}

/// What `parse` may say about any bytes at all, judged by other means than its own.
fn judge(bytes: &[u8]) -> Result<(), TestCaseError> {
    let parsed = parse(bytes);
    let ours = Kind::ALL
        .iter()
        .any(|kind| bytes.starts_with(kind.prefix().as_bytes()));
    prop_assert_eq!(parsed.is_err_and(|error| error == Malformed::Prefix), !ours);
    if let Ok(parsed) = parsed {
        prop_assert_eq!(bytes.len(), parsed.kind().length());
        prop_assert!(bytes.starts_with(parsed.kind().prefix().as_bytes()));
        prop_assert_eq!(
            parsed.public_name().is_some(),
            parsed.kind() == Kind::FineGrained
        );
    }
    if parse(bytes).is_ok() {
        prop_assert!(looks_like_ours(bytes));
    }
    Ok(())
}

proptest! {
    #[test]
    fn what_is_made_is_read(kind in kind(), seed: u64) {
        let mut random = Seeded::new(seed);
        let hint = InstanceHint::from_random(&mut random);
        let secret = make(kind, &hint, &mut random);
        let text = secret.expose();
        prop_assert_eq!(text.len(), kind.length());
        let parsed = parse(text.as_bytes()).unwrap();
        prop_assert_eq!(parsed.kind(), kind);
        prop_assert_eq!(parsed.value(), secret.parsed().value());
        let public = parsed.public_name().map(|name| name.to_string());
        if kind == Kind::FineGrained {
            prop_assert_eq!(parsed.instance(), Some(hint));
            prop_assert_eq!(public.as_deref(), Some(&text[14..32]));
            prop_assert_eq!(format!("{parsed:?}"), format!("Parsed({}…)", &text[..32]));
        } else {
            prop_assert_eq!((parsed.instance(), public), (None, None));
            prop_assert_eq!(format!("{parsed:?}"), format!("Parsed({}…)", kind.prefix()));
        }
    }

    /// The checksum does not cover the prefix: there, a change may name another kind of the same length and nothing else.
    #[test]
    fn one_changed_character_is_refused(value in value(), place: prop::sample::Index, byte in 0x20..0x7f_u8) {
        let place = place.index(value.len());
        let mut changed = value.clone();
        changed[place] = byte;
        prop_assume!(changed != value);
        let before = parse(&value).unwrap().kind();
        match parse(&changed) {
            Err(_) => {}
            Ok(parsed) => {
                prop_assert!(place < before.prefix().len(), "accepted at {place}");
                prop_assert_ne!(parsed.kind(), before);
            }
        }
    }

    #[test]
    fn junk_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        judge(&bytes)?;
    }

    #[test]
    fn junk_behind_a_prefix_never_panics(kind in kind(), bytes in proptest::collection::vec(any::<u8>(), 30..90)) {
        judge(&[kind.prefix().as_bytes(), &bytes].concat())?;
    }

    #[test]
    fn mutated_values_never_panic(bytes in mutated()) {
        judge(&bytes)?;
    }
}

/// Each of them, not a sample: refused even where body and checksum meet.
#[test]
fn swapped_neighbours_are_refused() {
    for seed in 0..2_000 {
        for kind in Kind::ALL {
            let mut random = Seeded::new(seed);
            let hint = InstanceHint::from_random(&mut random);
            let value = make(kind, &hint, &mut random).expose().as_bytes().to_vec();
            for place in 1..value.len() {
                let mut swapped = value.clone();
                swapped.swap(place - 1, place);
                assert!(
                    swapped == value || parse(&swapped).is_err(),
                    "{seed} {kind:?} at {place}"
                );
            }
        }
    }
}

/// The published pattern describes exactly the shape that `parse` asks for: what it generates fails by checksum alone,
/// and it is no narrower, because each of its places takes the whole alphabet.
#[test]
fn patterns_match_the_shape() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for kind in Kind::ALL {
        let inner = pattern(kind)
            .strip_prefix(r"\b")
            .and_then(|rest| rest.strip_suffix(r"\b"))
            .unwrap();
        let like = proptest::string::string_regex(inner).unwrap();
        for _ in 0..200 {
            let text = like.new_tree(&mut runner).unwrap().current();
            assert_eq!(
                parse(text.as_bytes()).unwrap_err(),
                Malformed::Checksum,
                "{text}"
            );
        }
        let body = inner.strip_prefix(kind.prefix()).unwrap();
        assert_eq!(
            body.replace("[0-9A-Za-z]", "")
                .replace(|c: char| "{}_0123456789".contains(c), ""),
            ""
        );
    }
}

/// `Probe::<T>::HAS` is false unless `T` has the trait: the inherent constant then shadows the blanket one.
macro_rules! lacks {
    ($type:ty, $($bound:tt)+) => {{
        #[allow(dead_code, reason = "unused where the type has the trait")]
        trait Blanket { const HAS: bool = false; }
        impl<T: ?Sized> Blanket for T {}
        struct Probe<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code, reason = "unused where the type lacks the trait")]
        impl<T: ?Sized + $($bound)+> Probe<T> { const HAS: bool = true; }
        !<Probe<$type>>::HAS
    }};
}

#[test]
fn a_secret_cannot_leave_by_accident() {
    const { assert!(lacks!(Secret, Display)) };
    const { assert!(lacks!(Secret, Clone)) };
    const { assert!(lacks!(Secret, PartialEq)) };
    const { assert!(lacks!(Secret, AsRef<str>)) };
    const { assert!(!lacks!(Secret, Debug)) };
    for kind in Kind::ALL {
        let hint = InstanceHint::parse("test").unwrap();
        let secret = make(kind, &hint, &mut Seeded::new(5));
        assert_eq!(
            format!("{secret:?} {secret:#?}"),
            format!("Secret({0}…) Secret({0}…)", kind.prefix())
        );
    }
}
