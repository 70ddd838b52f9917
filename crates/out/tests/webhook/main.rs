//! Receivers of webhooks as bad as they come, over real connections.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and measures how long something took"
)]

mod receiver;

use std::time::{Duration, Instant};

use jeton_out::webhook::{Allowed, Answer, BadTarget, Delivery, Failure, Forbidden, Sender};
use receiver::{Receiver, Stream};

/// The whole, and some more for a machine that is busy.
const SOON: Duration = Duration::from_secs(14);

fn loopback() -> Allowed {
    Allowed::new(vec![
        "127.0.0.0/8".parse().unwrap(),
        "::1/128".parse().unwrap(),
    ])
}

fn sender() -> Sender {
    Sender::new(loopback(), None).unwrap()
}

fn send_to(sender: &Sender, url: &str) -> Result<Answer, Failure> {
    let headers = [
        ("Content-Type", "application/json".to_owned()),
        ("X-GitHub-Event", "ping".to_owned()),
    ];
    sender.send(&Delivery {
        url,
        verifies_tls: true,
        headers: &headers,
        body: b"{\"zen\":\"\"}",
    })
}

/// Sends to a receiver that answers so, and gives what came of it and how long it took.
fn answered(
    say: impl Fn(&mut dyn Stream) + Send + Sync + 'static,
) -> (Result<Answer, Failure>, Duration) {
    let receiver = Receiver::start(say);
    let began = Instant::now();
    let outcome = send_to(&sender(), &receiver.url("http"));
    (outcome, began.elapsed())
}

fn unreachable(outcome: &Result<Answer, Failure>) -> &str {
    match outcome {
        Err(Failure::Unreachable(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_sent_is_what_the_receiver_gets_and_what_it_says_is_kept() {
    let receiver = Receiver::start(|stream| {
        stream
            .write_all(b"HTTP/1.1 202 Accepted\r\nX-One: a\r\nContent-Length: 7\r\n\r\ntaken\0\xff")
            .unwrap();
    });
    let outcome = send_to(&sender(), &format!("{}/hook?a=b", receiver.url("http"))).unwrap();
    assert_eq!(
        outcome,
        Answer {
            status: 202,
            headers: vec![
                ("x-one".to_owned(), "a".to_owned()),
                ("content-length".to_owned(), "7".to_owned()),
            ],
            body: "taken\u{fffd}\u{fffd}".to_owned(),
            cut: None,
        }
    );
    let heard = receiver.heard();
    assert_eq!(heard.len(), 1);
    let heard = &heard[0];
    assert!(heard.starts_with("POST /hook?a=b HTTP/1.1\r\n"), "{heard}");
    let lower = heard.to_ascii_lowercase();
    for line in [
        "\r\ncontent-type: application/json\r\n",
        "\r\nx-github-event: ping\r\n",
        "\r\ncontent-length: 10\r\n",
        "\r\naccept: */*\r\n",
    ] {
        assert!(lower.contains(line), "{line} in {heard}");
    }
    assert!(!lower.contains("accept-encoding"), "{heard}");
    assert!(heard.ends_with("\r\n\r\n{\"zen\":\"\"}"), "{heard}");
}

#[test]
fn one_that_never_answers_is_left_after_ten_seconds() {
    let (outcome, took) = answered(|_| std::thread::sleep(Duration::from_secs(30)));
    assert_eq!(unreachable(&outcome), "no answer came within ten seconds");
    assert!(took < SOON, "{took:?}");
}

#[test]
fn one_that_drips_its_head_is_left_after_ten_seconds() {
    let (outcome, took) = answered(|stream| {
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaa" {
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_secs(1));
        }
    });
    assert_eq!(unreachable(&outcome), "no answer came within ten seconds");
    assert!(took < SOON, "{took:?}");
}

#[test]
fn one_that_drips_its_body_has_its_status_and_what_came_of_it() {
    let (outcome, took) = answered(|stream| {
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            .unwrap();
        while stream.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_secs(1));
        }
    });
    let answer = outcome.unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.body.starts_with("xxx"), "{answer:?}");
    assert!(answer.cut.is_some(), "{answer:?}");
    assert!(took < SOON, "{took:?}");
}

#[test]
fn of_a_body_without_end_the_beginning_is_read() {
    for head in [
        "HTTP/1.1 200 OK\r\nContent-Length: 8589934592\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
    ] {
        let (outcome, took) = answered(move |stream| {
            stream.write_all(head.as_bytes()).unwrap();
            let block = [b'y'; 8 << 10];
            while stream.write_all(&block).is_ok() {}
        });
        let answer = outcome.unwrap();
        assert_eq!((answer.body.len(), answer.cut), (64 << 10, None));
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}

#[test]
fn a_head_with_too_much_in_it_is_no_answer() {
    let (many, _) = answered(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        for number in 0..10_000 {
            let _ = stream.write_all(format!("X-{number}: {number}\r\n").as_bytes());
        }
        let _ = stream.write_all(b"\r\n");
    });
    unreachable(&many);
    let (endless, took) = answered(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX-Long: ");
        while stream.write_all(&[b'a'; 4096]).is_ok() {}
    });
    unreachable(&endless);
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn of_long_headers_16_kib_are_kept() {
    let (outcome, _) = answered(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
        for number in 0..12 {
            let line = format!("X-{number}: {}\r\n", "a".repeat(4000));
            let _ = stream.write_all(line.as_bytes());
        }
        let _ = stream.write_all(b"\r\n");
    });
    let answer = outcome.unwrap();
    let bytes: usize = answer.headers.iter().map(|(n, v)| n.len() + v.len()).sum();
    assert!((8 << 10..=16 << 10).contains(&bytes), "{bytes}");
}

#[test]
fn what_is_no_http_is_no_answer() {
    for said in [
        &b"\x16\x03\x01\x02\x00\x01"[..],
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"220 mail.example.org ESMTP\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"",
    ] {
        let (outcome, _) = answered(move |stream| {
            let _ = stream.write_all(said);
        });
        unreachable(&outcome);
    }
}

#[test]
fn a_redirect_is_an_answer_and_nobody_goes_there() {
    let private = Receiver::start(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
    });
    for status in [301, 302, 303, 307, 308] {
        let there = private.url("http");
        let (outcome, _) = answered(move |stream| {
            let head = format!(
                "HTTP/1.1 {status} Moved\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).unwrap();
        });
        assert_eq!(outcome.unwrap().status, status);
    }
    assert_eq!(private.heard(), Vec::<String>::new());
}

#[test]
fn an_address_that_is_private_is_not_connected_to_however_it_is_written() {
    let closed = Sender::new(Allowed::default(), None).unwrap();
    let receiver = Receiver::start(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
    });
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:10.0.0.1]",
        "0.0.0.0",
        "localhost",
        "localhost.",
        "LocalHost",
        "169.254.169.254",
    ] {
        let url = format!("http://{host}:{}/", receiver.port());
        assert_eq!(
            send_to(&closed, &url),
            Err(Failure::Forbidden(BadTarget::Forbidden(Forbidden::Private))),
            "{url}"
        );
    }
    assert_eq!(receiver.connections(), 0);
    // The same with what the operator allows: it is the vetting that kept them away.
    assert!(send_to(&sender(), &receiver.url("http")).is_ok());
    assert!(send_to(&sender(), &format!("http://localhost:{}/", receiver.port())).is_ok());
    assert_eq!(receiver.connections(), 2);
}

/// `localhost` may be looked up where one address of loopback is allowed; whichever else it has is refused, and with it the
/// name.
#[test]
fn a_name_is_vetted_by_what_it_leads_to_when_it_is_looked_up() {
    let receiver = Receiver::start(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    let url = format!("http://localhost:{}/", receiver.port());
    let one = Allowed::new(vec!["::1/128".parse().unwrap()]);
    assert_eq!(
        send_to(&Sender::new(one, None).unwrap(), &url),
        Err(Failure::Forbidden(BadTarget::Forbidden(Forbidden::Private)))
    );
    assert_eq!(receiver.connections(), 0);
    assert!(send_to(&sender(), &url).is_ok());
}

#[test]
fn a_certificate_counts_unless_the_webhook_says_otherwise() {
    let receiver = Receiver::start_tls(&["localhost"], |stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    let url = format!("https://localhost:{}/", receiver.port());
    let outcome = send_to(&sender(), &url);
    assert!(unreachable(&outcome).contains("certificate"), "{outcome:?}");
    let unchecked = sender().send(&Delivery {
        url: &url,
        verifies_tls: false,
        headers: &[],
        body: b"{}",
    });
    assert_eq!(unchecked.unwrap().status, 200);
    let believing = Sender::new(loopback(), Some(receiver.authority().as_bytes())).unwrap();
    assert_eq!(send_to(&believing, &url).unwrap().status, 200);
    // Of the same authority, for another name.
    let other = send_to(
        &believing,
        &format!("https://127.0.0.1:{}/", receiver.port()),
    );
    assert!(unreachable(&other).contains("certificate"), "{other:?}");
}

#[test]
fn a_handshake_that_drips_is_left_after_ten_seconds() {
    let receiver = Receiver::start_raw(|stream| {
        // The beginning of a long record, a byte at a time.
        let _ = stream.write_all(b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb");
        while stream.write_all(b"\x00").is_ok() {
            std::thread::sleep(Duration::from_secs(1));
        }
    });
    let began = Instant::now();
    let outcome = send_to(&sender(), &receiver.url("https"));
    unreachable(&outcome);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

#[test]
fn authorities_that_are_none_are_refused() {
    for pem in ["", "nonsense"] {
        assert!(Sender::new(loopback(), Some(pem.as_bytes())).is_err());
    }
}

#[test]
fn the_end_of_the_server_ends_what_is_being_sent() {
    let receiver = Receiver::start(|_| std::thread::sleep(Duration::from_secs(30)));
    let (here, url) = (sender(), receiver.url("http"));
    let sending = {
        let here = here.clone();
        std::thread::spawn(move || {
            let began = Instant::now();
            (send_to(&here, &url), began.elapsed())
        })
    };
    while receiver.heard().is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    here.shut_down();
    let (outcome, took) = sending.join().unwrap();
    unreachable(&outcome);
    assert!(took < Duration::from_secs(5), "{took:?}");
}
