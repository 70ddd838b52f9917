//! A person with a password, and what they do.

use jeton_app::factors::{self, Codes};
use jeton_app::sign_in::{self, SignedIn};
use jeton_app::{App, AppError, Call, Carried, Limits, Named, Password, Presented, admin};
use jeton_domain::Operation;
use jeton_factors::Seed;
use jeton_testkit::{Device, Kit, operations};

pub(crate) const PASSWORD: &str = "correct horse";
pub(crate) const ORIGIN: &str = "http://localhost:8377";

/// What adds or removes a factor: it takes a sign-in that was confirmed lately.
pub(crate) static SUDO: Operation = Operation {
    confirm: true,
    ..operations::OWN
};

/// A server that people reach by a host name, with zed and eve.
pub(crate) fn kit() -> Kit {
    let kit = Kit::reached_by(ORIGIN, Limits::default());
    for login in ["zed", "eve"] {
        let email = format!("{login}@example.test");
        admin::create_user(kit.app(), login, &email, &Password::new(PASSWORD), false).unwrap();
    }
    kit
}

pub(crate) fn device() -> Device {
    Device::at(ORIGIN)
}

pub(crate) fn carried(app: &App, value: &str) -> Carried {
    Carried::Value(Presented::new(
        app.ring(),
        &jeton_token::parse(value.as_bytes()).unwrap(),
    ))
}

pub(crate) fn try_sign_in(
    kit: &Kit,
    login: &str,
    password: &str,
    code: Option<&str>,
) -> Result<SignedIn, AppError> {
    from(kit, "192.0.2.7", login, password, code)
}

pub(crate) fn from(
    kit: &Kit,
    address: &str,
    login: &str,
    password: &str,
    code: Option<&str>,
) -> Result<SignedIn, AppError> {
    let call = Call {
        address: Some(address.parse().unwrap()),
        ..kit.anonymous(&operations::SITE, Named::Site)
    };
    sign_in::sign_in(
        kit.app(),
        &call,
        login,
        &Password::new(password),
        code,
        "test",
    )
}

/// Somebody who is signed in.
pub(crate) struct Someone {
    pub(crate) value: String,
}

impl Someone {
    pub(crate) fn new(kit: &Kit, login: &str) -> Self {
        let signed_in = try_sign_in(kit, login, PASSWORD, None).unwrap();
        Self::of(&signed_in)
    }

    pub(crate) fn of(signed_in: &SignedIn) -> Self {
        Self {
            value: signed_in.secret.expose().to_owned(),
        }
    }

    pub(crate) fn call(&self, kit: &Kit, operation: &'static Operation) -> Call {
        kit.call(operation, Named::Own, carried(kit.app(), &self.value))
    }

    pub(crate) fn own(&self, kit: &Kit) -> Call {
        self.call(kit, &operations::OWN)
    }

    /// As one who adds or removes a factor.
    pub(crate) fn sudo(&self, kit: &Kit) -> Call {
        self.call(kit, &SUDO)
    }

    /// Sets an authenticator up.
    pub(crate) fn authenticator(&self, kit: &Kit) -> (Seed, Codes) {
        let seed = factors::begin_authenticator(kit.app(), &self.sudo(kit))
            .unwrap()
            .seed;
        let code = code(kit, &seed);
        let codes = factors::finish_authenticator(kit.app(), &self.sudo(kit), &code).unwrap();
        (seed, codes)
    }

    /// Makes a passkey on a device.
    pub(crate) fn passkey(&self, kit: &Kit, device: &mut Device) -> Codes {
        self.try_passkey(kit, device).unwrap()
    }

    pub(crate) fn try_passkey(&self, kit: &Kit, device: &mut Device) -> Result<Codes, AppError> {
        let asked = factors::ask_to_make(kit.app(), &self.sudo(kit))?;
        let answer = device.make(&asked.options);
        factors::make_passkey(kit.app(), &self.sudo(kit), &asked.value, &answer, "laptop")
    }
}

/// What the app shows now.
pub(crate) fn code(kit: &Kit, seed: &Seed) -> String {
    seed.code(kit.app().now().seconds()).unwrap()
}

/// `factor`, `code`, `passkey`, `sign-in`, `wait`, or `ok`.
pub(crate) fn told<T>(result: &Result<T, AppError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(AppError::FactorNeeded(_)) => "factor",
        Err(AppError::BadCode) => "code",
        Err(AppError::BadPasskey) => "passkey",
        Err(AppError::BadSignIn) => "sign-in",
        Err(AppError::TooMany { .. }) => "wait",
        Err(other) => panic!("{other:?}"),
    }
}
