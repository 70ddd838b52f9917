//! Figures, not tests: `cargo test -p jeton-repo --test real_git -- --ignored --nocapture measure`.

use std::fmt::Write;
use std::time::Duration;

use jeton_repo::{Advertised, Advertiser, Limits, LsRefs, Peek, Protocol, Runner};
use tokio::time::Instant;

use crate::advertise::age;
use crate::world::{World, git, line};

fn told(advertised: &Advertised) {
    assert!(matches!(advertised, Advertised::Ready(_)));
}

#[expect(clippy::print_stderr, reason = "the figures are for whoever runs it")]
fn say(what: &str, times: u32, spent: Duration) {
    eprintln!(
        "{what}: {:.1} µs",
        spent.as_secs_f64() * 1e6 / f64::from(times)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints figures"]
async fn measure() {
    for references in [1, 500] {
        let world = World::new();
        let one = world.commit(None, "one", 0);
        world.git(&["update-ref", "refs/heads/main", &one]);
        let mut input = String::new();
        for n in 1..references {
            writeln!(input, "create refs/tags/v{n} {one}").unwrap();
        }
        git(&world.bare(), &["update-ref", "--stdin"], input.as_bytes());
        world.git(&["pack-refs", "--all"]);
        age(&world);
        let repository = world.read();
        let advertiser = Advertiser::new(&world.git, 8 << 20);
        let request =
            line("command=ls-refs\n") + "0001" + &line("peel\n") + &line("symrefs\n") + "0000";
        let Peek::LsRefs(asked) = LsRefs::peek(request.as_bytes(), true) else {
            panic!()
        };

        told(&advertiser.upload_pack(&repository, Protocol::V0).await);
        let begun = Instant::now();
        for _ in 0..20_000 {
            told(&advertiser.upload_pack(&repository, Protocol::V0).await);
        }
        say(
            &format!("{references} references, version 0, unchanged"),
            20_000,
            begun.elapsed(),
        );
        let begun = Instant::now();
        for _ in 0..5_000 {
            told(&advertiser.ls_refs(&repository, &asked).await);
        }
        say(
            &format!("{references} references, ls-refs, unchanged"),
            5_000,
            begun.elapsed(),
        );
        // Nothing may be kept: each answer is read afresh.
        let none = Advertiser::new(&world.git, 0);
        let begun = Instant::now();
        for _ in 0..1_000 {
            told(&none.upload_pack(&repository, Protocol::V0).await);
        }
        say(
            &format!("{references} references, version 0, read afresh"),
            1_000,
            begun.elapsed(),
        );

        let bare = Runner::new(
            world.git.clone(),
            world.data.clone(),
            None,
            Limits::default(),
        );
        for (name, runner) in [
            ("with the shim", &world.runner),
            ("without it", &bare.unwrap()),
        ] {
            let begun = Instant::now();
            for _ in 0..200 {
                let registration = world.transfers.enter([]);
                let transfer =
                    runner.advertise_upload_pack(&repository, Protocol::V0, registration);
                let (_, ending) = crate::world::talk(transfer.await.unwrap(), b"").await;
                assert!(ending.is_done());
            }
            say(
                &format!("{references} references, by git {name}"),
                200,
                begun.elapsed(),
            );
        }
    }
}
