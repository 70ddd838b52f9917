//! The command line as a client of the REST door, and the demo that plays a token's whole life.
//!
//! The binary adds its own commands and flattens [`Command`] and [`Globals`] into its tree. There is
//! no private way in: everything here could be done with `curl`.

mod address;
mod commands;
mod conditions;
pub mod demo;
mod edge;
mod error;
mod exit;
mod globals;
mod helper;
mod hidden;
mod hosts;
mod mask;
mod person;
mod reference;
mod report;
mod screen;
mod sealing;
mod server;
mod session;
mod standing;
mod values;

use std::io;
use std::process::ExitCode;

pub use commands::application::{Access, Application, Said as ApplicationSaid, Secret};
pub use commands::audit::Audit;
pub use commands::authorization::Authorization;
pub use commands::emergency::Emergency;
pub use commands::explain::Explain;
pub use commands::grant::Grant;
pub use commands::invitation::{Invitations, Invite};
pub use commands::job::{CeilingHome, Job, JobPermissions, JobRun, JobWish};
pub use commands::login::{Confirm, Login};
pub use commands::org::{Member, Org, Outside};
pub use commands::policy::{OrganizationChange, Policy, SiteChange, SitePolicyCommand};
pub use commands::repo::{Collaborator, Repo};
pub use commands::request::Request;
pub use commands::review::{Chosen, Filter};
pub use commands::secret::{JobSecret, SecretHome, SecretVisibility};
pub use commands::service::{EverywhereWord, Service, ServiceRotate, ServiceToken};
pub use commands::setup::Setup;
pub use commands::setup_git::SetupGit;
pub use commands::sign_in::SignInCommand;
pub use commands::team::{Team, TeamMember, TeamRepo};
pub use commands::token::{Child, Create, Edit, Rotate, Token};
pub use commands::user::User;
pub use commands::webhook::{HookEdit, HookForm, HookHome, Webhook};
pub use commands::words::{
    BaseWord, FullName, OrganizationRoleWord, PermissionWord, RepositoryName, RoleWord, TargetWord,
    VisibilityWord,
};
pub use commands::workload::{ClaimWord, RuleWords, Workload, WorkloadIssuer, WorkloadRule};
pub use exit::Exit;
pub use globals::Globals;
pub use helper::{HELPER, git_credential};
pub use hidden::Hidden;
pub use reference::reference_markdown;
pub use report::Failure;
pub use sealing::sealed;

use error::ClientError;
use screen::Screen;
use session::Session;

/// What the command line can do as a client of a server.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make the first administrator with the code that the server printed
    Setup(Setup),
    /// Sign in to a server and keep the sign-in
    Login(Login),
    /// End the sign-in and forget it
    Logout,
    /// Confirm by password that it is you, for two hours of changes that add power
    Confirm(Confirm),
    /// Have Git ask `jeton` for the server's repositories
    #[command(name = "setup-git")]
    SetupGit(SetupGit),
    /// Say who you are, where, and until when
    Status,
    /// Your sign-ins on all machines
    #[command(subcommand, name = "sign-in")]
    SignIn(SignInCommand),
    /// People
    #[command(subcommand)]
    User(User),
    /// Organizations, their members and outside collaborators
    #[command(subcommand)]
    Org(Org),
    /// Teams
    #[command(subcommand)]
    Team(Team),
    /// Repositories and their collaborators
    #[command(subcommand)]
    Repo(Repo),
    /// Webhooks of organizations and repositories
    #[command(subcommand)]
    Webhook(Webhook),
    /// Workload identity: whose word about jobs an organization trusts, and what it opens
    #[command(subcommand)]
    Workload(Workload),
    /// Accounts of an organization that are no person's, and what leavers leave to them
    #[command(subcommand)]
    Service(Service),
    /// Secrets that jobs are given: of repositories, organizations and your own
    #[command(subcommand)]
    Secret(JobSecret),
    /// Your personal access tokens
    #[command(subcommand)]
    Token(Token),
    /// Jobs: a token for one repository that ends with what it is for
    #[command(subcommand)]
    Job(Job),
    /// The scopes that a classic token may hold
    Scopes,
    /// OAuth applications that you or an organization registered, and which ones an organization lets in
    #[command(subcommand, name = "app")]
    Application(Application),
    /// OAuth applications that you let act for you
    #[command(subcommand)]
    Authorization(Authorization),
    /// Requests of members for access by token
    #[command(subcommand)]
    Request(Request),
    /// Tokens that reach an organization
    #[command(subcommand)]
    Grant(Grant),
    /// What an organization, and the site, allow tokens
    #[command(subcommand)]
    Policy(Policy),
    /// End tokens and sign-ins of others, at once and for good; for administrators of the site
    Emergency(Emergency),
    /// Read the audit log
    Audit(Audit),
    /// Say whether a request would be allowed, and if not, which layer refuses it
    Explain(Explain),
    /// Print the completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// Runs a command. `tree` is the whole command line, for its completions. Exit codes: 0, or an [`Exit`].
pub fn run(command: Command, globals: &Globals, tree: &dyn Fn() -> clap::Command) -> ExitCode {
    let (mut out, mut err) = (io::stdout().lock(), io::stderr());
    let screen = Screen {
        out: &mut out,
        err: &mut err,
        json: globals.json,
        terminal: screen::is_terminal(),
    };
    let mut person = person::Terminal;
    let mut session = Session::new(globals, screen, &mut person);
    let done = act(command, &mut session, tree);
    drop(session);
    report::finish(done, globals.json, &mut io::stderr())
}

fn act(
    command: Command,
    session: &mut Session<'_>,
    tree: &dyn Fn() -> clap::Command,
) -> Result<(), ClientError> {
    match command {
        Command::Setup(command) => command.run(session),
        Command::Login(command) => command.run(session),
        Command::Logout => commands::login::logout(session),
        Command::Confirm(command) => command.run(session),
        Command::SetupGit(command) => command.run(session),
        Command::Status => commands::login::status(session),
        Command::SignIn(command) => command.run(session),
        Command::User(command) => command.run(session),
        Command::Org(command) => command.run(session),
        Command::Team(command) => command.run(session),
        Command::Repo(command) => command.run(session),
        Command::Webhook(command) => command.run(session),
        Command::Workload(command) => command.run(session),
        Command::Service(command) => command.run(session),
        Command::Secret(command) => command.run(session),
        Command::Token(command) => command.run(session),
        Command::Job(command) => command.run(session),
        Command::Scopes => commands::scopes::list(session),
        Command::Application(command) => command.run(session),
        Command::Authorization(command) => command.run(session),
        Command::Request(command) => command.run(session),
        Command::Grant(command) => command.run(session),
        Command::Policy(command) => command.run(session),
        Command::Emergency(command) => command.run(session),
        Command::Audit(command) => command.run(session),
        Command::Explain(command) => command.run(session),
        Command::Completions { shell } => {
            // Into memory first: the generator panics where nobody reads what it writes.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut shown(&tree()), "jeton", &mut script);
            let written = session.screen.out.write_all(&script);
            written.map_err(ClientError::Output)
        }
    }
}

/// The tree without what is hidden: completions would offer it.
fn shown(tree: &clap::Command) -> clap::Command {
    // Names live as long as the process, which ends once the completions are written.
    let name: &'static str = tree.get_name().to_owned().leak();
    let mut shown = clap::Command::new(name)
        .args(tree.get_arguments().filter(|arg| !arg.is_hide_set()))
        .subcommands(
            tree.get_subcommands()
                .filter(|command| !command.is_hide_set())
                .map(shown),
        );
    if let Some(about) = tree.get_about() {
        shown = shown.about(about.clone());
    }
    shown
}

#[cfg(test)]
mod tests;
