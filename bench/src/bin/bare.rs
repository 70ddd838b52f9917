//! The bare handler that the token check is measured against: axum, an answer without content, nothing else.
//! The runtime is made as the server makes its own.

#![expect(clippy::print_stderr, reason = "a command line")]

use std::process::ExitCode;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;

fn main() -> ExitCode {
    let Some(address) = std::env::args().nth(1) else {
        eprintln!("usage: bare ADDRESS");
        return ExitCode::from(2);
    };
    match serve(&address) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bare: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(address: &str) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await?;
        let router = Router::new().route(
            "/api/jeton/v1/check",
            get(|| async { StatusCode::NO_CONTENT }),
        );
        axum::serve(listener, router).await
    })
}
