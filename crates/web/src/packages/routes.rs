//! The pages' addresses: the same below organizations and below people.

use jeton_app::packages;
use jeton_domain::{Least, Operation, TargetKind};
use jeton_http::{Method, Names, Route};

use super::{list, show};
use crate::operation::{open_page, page};

/// Public ones are seen without an account too, exactly where the registry shows them.
static PAGE: Operation = Operation {
    reads_public: true,
    sets: packages::GET.sets,
    ..page(
        "page.package",
        "Show a package.",
        TargetKind::Package,
        Least::Anyone,
    )
};
static ORGANIZATION_LIST: Operation = Operation {
    reads_public: true,
    sets: &[&[]],
    ..page(
        "page.organization_packages",
        "Show the packages of an organization.",
        TargetKind::Organization,
        Least::Anyone,
    )
};
static PERSON_LIST: Operation = open_page("page.person_packages", "Show the packages of a person.");

macro_rules! one {
    ($at:literal, $owner:literal) => {{
        const AT: Names = Names::PackageOf($owner, "package");
        [
            Route::new(Method::Get, $at, &PAGE, AT, show::show).paged(),
            Route::new(
                Method::Post,
                concat!($at, "/visibility"),
                &packages::SET_VISIBILITY,
                AT,
                show::set_visibility,
            ),
            Route::new(
                Method::Post,
                concat!($at, "/delete"),
                &packages::REMOVE,
                AT,
                show::delete,
            ),
            Route::new(
                Method::Post,
                concat!($at, "/versions/{package_version_id}/delete"),
                &packages::REMOVE,
                AT,
                show::delete_version,
            ),
        ]
    }};
}

const ORGANIZATIONS: [Route; 4] = one!("/orgs/{org}/packages/npm/{package}", "org");
const PEOPLE: [Route; 4] = one!("/users/{username}/packages/npm/{package}", "username");

pub(crate) static ROUTES: &[Route] = {
    let [o1, o2, o3, o4] = ORGANIZATIONS;
    let [p1, p2, p3, p4] = PEOPLE;
    &[
        Route::new(
            Method::Get,
            "/orgs/{org}/packages",
            &ORGANIZATION_LIST,
            Names::Organization("org"),
            list::organization,
        )
        .paged(),
        Route::new(
            Method::Get,
            "/users/{username}/packages",
            &PERSON_LIST,
            Names::Site,
            list::person,
        )
        .paged(),
        o1,
        o2,
        o3,
        o4,
        p1,
        p2,
        p3,
        p4,
    ]
};
