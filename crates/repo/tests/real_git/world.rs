//! A data folder, permits that were really decided, and bytes as clients send them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jeton_decide::{
    Bearer, Carrier, Credential, Facts, OwnerFacts, Permit, Principal, Rates, RepositoryTarget,
    Request, Target, decide,
};
use jeton_domain::{
    Access, AccountId, CredentialKind, Kinds, Least, Operation, OrganizationPolicy, RepositoryId,
    RoleSources, TargetKind, Time, UserId, Visibility,
};
use jeton_repo::hook::{HookServer, Push, PushChecks, PushId, RefCommand, Verdict};
use jeton_repo::{
    Data, Ending, Git, Limits, Place, Protocol, Readable, Runner, Shard, Shim, StreamKey, Swept,
    Transfer, Transfers, Writable,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

static FETCH: Operation = operation("test.fetch", Access::Read);
static PUSH: Operation = operation("test.push", Access::Write);

const fn operation(name: &'static str, access: Access) -> Operation {
    Operation {
        name,
        sentence: "",
        target: TargetKind::Repository,
        access,
        reads_public: false,
        sets: &[&[]],
        scopes: &[],
        least: Least::Repository(jeton_domain::Role::Write),
        kinds: Kinds::SIGN_INS,
        confirm: false,
        about_itself: false,
        departs: false,
        events: &[],
    }
}

/// A permit for a signed-in person in a repository of their own.
pub(crate) fn permit(id: i64, access: Access) -> Permit {
    let policy = OrganizationPolicy::default();
    let user = UserId::try_from(1).unwrap();
    let bearer = Bearer {
        kind: CredentialKind::Client,
        principal: Principal::User {
            id: user,
            administrator: false,
        },
        account_suspended: false,
        two_factor: true,
        token: None,
        application: None,
        sudo: None,
        parents: Vec::new(),
    };
    let owner = OwnerFacts {
        id: AccountId::from(user),
        organization: false,
        policy: &policy,
        membership: None,
        outside_collaborator: false,
        reviewer: false,
        applications: &std::collections::BTreeSet::new(),
    };
    let sources = RoleSources {
        direct: None,
        teams: None,
        membership: None,
        base: None,
        owns: true,
    };
    let id = RepositoryId::try_from(id).unwrap();
    let target = RepositoryTarget {
        id,
        owner,
        visibility: Visibility::Private,
        sources,
    };
    let facts = Facts {
        carrier: Carrier::Fine,
        rates: Rates::default(),
        credential: Credential::Live(&bearer),
        anonymous_allowed: false,
        target: Target::Repository(target),
    };
    let operation = if access == Access::Write {
        &PUSH
    } else {
        &FETCH
    };
    let request = Request {
        operation,
        now: Time::from_seconds(1),
        address: None,
        ref_change: None,
    };
    decide(&request, &facts).permitted().unwrap()
}

pub(crate) fn place(id: i64) -> Place {
    Place {
        shard: Shard(0),
        id: RepositoryId::try_from(id).unwrap(),
    }
}

/// The stand-in for the `jeton` executable.
pub(crate) fn seam(command: &str) -> Shim {
    Shim {
        program: env!("CARGO_BIN_EXE_jeton-repo-seam").into(),
        args: vec![command.into()],
    }
}

type Judge<T> = Box<dyn Fn(&Push, T) -> Verdict + Send>;

/// Checks that note what they were asked.
pub(crate) struct Noted {
    pub(crate) received: Mutex<Vec<Vec<RefCommand>>>,
    pub(crate) updated: Mutex<Vec<RefCommand>>,
    pub(crate) on_receive: Mutex<Judge<Vec<RefCommand>>>,
    pub(crate) on_update: Mutex<Judge<RefCommand>>,
    pub(crate) notice: Mutex<Option<String>>,
}

impl PushChecks for Noted {
    fn pre_receive(&self, push: &Push, commands: &[RefCommand]) -> Verdict {
        self.received.lock().unwrap().push(commands.to_vec());
        (self.on_receive.lock().unwrap())(push, commands.to_vec())
    }

    fn update(&self, push: &Push, command: &RefCommand) -> Verdict {
        self.updated.lock().unwrap().push(command.clone());
        (self.on_update.lock().unwrap())(push, command.clone())
    }

    fn notice(&self, _: &Push) -> Option<String> {
        self.notice.lock().unwrap().clone()
    }
}

pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) data: Data,
    pub(crate) git: Git,
    pub(crate) runner: Runner,
    pub(crate) transfers: Transfers,
    pub(crate) checks: Arc<Noted>,
    pub(crate) hooks: HookServer,
}

pub(crate) const TOKEN: StreamKey = StreamKey(1, 77);

impl World {
    /// With repository 1, which is empty.
    pub(crate) fn new() -> Self {
        Self::with(Limits::default())
    }

    pub(crate) fn with(limits: Limits) -> Self {
        Self::made(limits, None)
    }

    /// With another git than the first that is found.
    pub(crate) fn under(git: &str) -> Self {
        Self::made(Limits::default(), Some(git.into()))
    }

    fn made(limits: Limits, git: Option<PathBuf>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::at(folder.path().join("data")).unwrap();
        let git = Git::find(git).unwrap();
        let runner = Runner::new(git.clone(), data.clone(), Some(seam("git-run")), limits).unwrap();
        let checks = Arc::new(Noted {
            received: Mutex::default(),
            updated: Mutex::default(),
            on_receive: Mutex::new(Box::new(|_, _| Verdict::Accept)),
            on_update: Mutex::new(Box::new(|_, _| Verdict::Accept)),
            notice: Mutex::default(),
        });
        let seam = seam("git-hook");
        let hooks = HookServer::start(&data, &seam, Arc::clone(&checks) as Arc<dyn PushChecks>);
        data.create(&git, place(1)).unwrap();
        let transfers = Transfers::default();
        Self {
            folder,
            data,
            git,
            runner,
            transfers,
            checks,
            hooks: hooks.unwrap(),
        }
    }

    pub(crate) fn read(&self) -> Readable {
        self.data
            .open_read(&permit(1, Access::Read), place(1))
            .unwrap()
    }

    pub(crate) fn write(&self) -> Writable {
        self.data
            .open_write(&permit(1, Access::Write), place(1))
            .unwrap()
    }

    /// Where repository 1 lies.
    pub(crate) fn bare(&self) -> PathBuf {
        self.folder.path().join("data/repos/0/00/00/1.git")
    }

    /// Git in repository 1, past all of ours.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        git(&self.bare(), args, b"")
    }

    /// A new commit with one file of `bytes` that don't compress, on top of `parent`.
    pub(crate) fn commit(&self, parent: Option<&str>, text: &str, bytes: usize) -> String {
        commit(&self.bare(), parent, text, bytes)
    }

    /// How many locks and unfinished objects lie about.
    pub(crate) fn runner_left_behind(&self) -> usize {
        match self
            .runner
            .sweep(&self.data, place(1), Duration::ZERO)
            .unwrap()
        {
            Swept::Removed(count) => count,
            Swept::Busy => panic!("a child is still there"),
        }
    }

    pub(crate) async fn fetch(&self, protocol: Protocol, body: &[u8]) -> (Vec<u8>, Ending) {
        let registration = self.transfers.enter([TOKEN]);
        let transfer = self
            .runner
            .upload_pack(&self.read(), protocol, registration)
            .await
            .unwrap();
        talk(transfer, body).await
    }

    pub(crate) async fn begin_push(&self, push: u8) -> Transfer {
        let repository = self.write();
        let ticket = self
            .hooks
            .expect(PushId(push.into()), &repository, [push; 32])
            .unwrap();
        let registration = self.transfers.enter([TOKEN]);
        self.runner
            .receive_pack(&repository, Protocol::V0, ticket, registration)
            .await
            .unwrap()
    }

    pub(crate) async fn push(&self, body: &[u8]) -> (Vec<u8>, Ending) {
        talk(self.begin_push(5).await, body).await
    }
}

pub(crate) fn git(folder: &Path, args: &[&str], input: &[u8]) -> String {
    let mut child = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(args)
        .envs([
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
        ])
        .envs([
            ("GIT_AUTHOR_NAME", "a"),
            ("GIT_AUTHOR_EMAIL", "a@example.com"),
        ])
        .envs([
            ("GIT_COMMITTER_NAME", "a"),
            ("GIT_COMMITTER_EMAIL", "a@example.com"),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

pub(crate) fn commit(folder: &Path, parent: Option<&str>, text: &str, bytes: usize) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ text.len() as u64;
    let noise: Vec<u8> = (0..bytes)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[0]
        })
        .collect();
    let blob = git(
        folder,
        &["hash-object", "-w", "--stdin"],
        &[text.as_bytes(), &noise].concat(),
    );
    let tree = git(
        folder,
        &["mktree"],
        format!("100644 blob {blob}\tfile\n").as_bytes(),
    );
    let mut args = vec!["commit-tree", "-m", text, tree.as_str()];
    args.extend(parent.iter().flat_map(|parent| ["-p", parent]));
    git(folder, &args, b"")
}

/// Sends a body, reads the answer to its end.
pub(crate) async fn talk(transfer: Transfer, body: &[u8]) -> (Vec<u8>, Ending) {
    let ending = transfer.ending();
    let (mut input, mut output) = transfer.split();
    let body = body.to_vec();
    let sender = tokio::spawn(async move {
        // Git may stop reading.
        let _ = input.write_all(&body).await;
        let _ = input.shutdown().await;
    });
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_mins(1), output.read_to_end(&mut answer));
    let read = read.await.expect("git answers in time");
    let ending = ending.wait().await;
    // The law of the stream: a clean end if, and only if, git ended well.
    assert_eq!(read.is_ok(), ending.is_done(), "{ending:?}");
    sender.await.unwrap();
    (answer, ending)
}

/// The same, for a task of its own.
pub(crate) async fn talk_owned(transfer: Transfer, body: Vec<u8>) -> (Vec<u8>, Ending) {
    talk(transfer, &body).await
}

/// A pkt-line.
pub(crate) fn line(text: &str) -> String {
    format!("{:04x}{text}", text.len() + 4)
}

/// A fetch of everything behind `want`, with protocol version 2.
pub(crate) fn fetch_request(want: &str, more: &[&str]) -> String {
    let mut request = line("command=fetch") + "0001" + &line("no-progress");
    for argument in more {
        request += &line(argument);
    }
    request + &line(&format!("want {want}\n")) + &line("done\n") + "0000"
}

/// The pack in the answer to such a fetch.
pub(crate) fn pack_in(mut answer: &[u8]) -> Vec<u8> {
    let mut pack = Vec::new();
    let mut within = false;
    while let Some((digits, _)) = answer.split_at_checked(4) {
        let length = usize::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap();
        let data = &answer[4.min(length)..length.max(4)];
        match data {
            b"packfile\n" => within = true,
            [1, rest @ ..] if within => pack.extend_from_slice(rest),
            _ => {}
        }
        answer = &answer[length.max(4)..];
    }
    pack
}

/// A push of these commands, with what `tips` need as its pack; `from`: where the objects are.
pub(crate) fn push_request(from: &Path, commands: &[String], tips: &[&str]) -> Vec<u8> {
    let mut request = Vec::new();
    for (n, command) in commands.iter().enumerate() {
        let capabilities = if n == 0 {
            "\0 report-status side-band-64k agent=test"
        } else {
            ""
        };
        request.extend_from_slice(line(&format!("{command}{capabilities}")).as_bytes());
    }
    request.extend_from_slice(b"0000");
    if !tips.is_empty() {
        let mut child = Command::new("git")
            .arg("-C")
            .arg(from)
            .args(["pack-objects", "--revs", "--stdout", "-q"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all((tips.join("\n") + "\n").as_bytes())
            .unwrap();
        request.extend_from_slice(&child.wait_with_output().unwrap().stdout);
    }
    request
}

pub(crate) const NULL: &str = "0000000000000000000000000000000000000000";
