//! What the organization's repositories hold.

/// A repository of the story, with its files.
pub(super) struct Repository {
    pub(super) name: &'static str,
    pub(super) visibility: &'static str,
    pub(super) description: &'static str,
    pub(super) files: &'static [(&'static str, &'static str)],
}

/// The six that the installer needs.
pub(super) static SIX: [Repository; 6] = [
    Repository {
        name: "labs",
        visibility: "private",
        description: "Exercises for the courses",
        files: &[
            (
                "README.md",
                "# Labs\n\nOne folder for each exercise. Start with `01-first-steps`.\n",
            ),
            (
                "01-first-steps/README.md",
                "# First steps\n\n1. Sign in to your machine.\n2. Say `uname -a`, and read what it answers.\n",
            ),
            (
                "02-services/README.md",
                "# Services\n\nStart the web server, stop it, and find out why it logs both.\n",
            ),
        ],
    },
    Repository {
        name: "enchilada",
        visibility: "private",
        description: "Installs a whole classroom",
        files: &[
            (
                "README.md",
                "# Enchilada\n\nInstalls the whole classroom: run `./install` on a fresh machine.\n",
            ),
            (
                "install",
                "#!/bin/sh\nset -eu\nfor name in labs alta3-ansible infrastructure gutenberg demo; do\n    git clone \"$BASE/alta3/$name.git\"\ndone\n",
            ),
        ],
    },
    Repository {
        name: "alta3-ansible",
        visibility: "private",
        description: "Roles for the machines of a classroom",
        files: &[
            (
                "README.md",
                "# Ansible\n\nRoles for the machines of a classroom.\n",
            ),
            (
                "classroom.yml",
                "- hosts: classroom\n  become: true\n  roles:\n    - base\n    - editor\n",
            ),
        ],
    },
    Repository {
        name: "infrastructure",
        visibility: "private",
        description: "Networks and machines",
        files: &[
            (
                "README.md",
                "# Infrastructure\n\nThe networks and machines that the classrooms stand on.\n",
            ),
            (
                "networks.csv",
                "name,range\nclassroom-1,10.20.1.0/24\nclassroom-2,10.20.2.0/24\n",
            ),
        ],
    },
    Repository {
        name: "gutenberg",
        visibility: "private",
        description: "Prints the course books",
        files: &[
            (
                "README.md",
                "# Gutenberg\n\nMakes a book of the lab pages: `make book`.\n",
            ),
            (
                "Makefile",
                "book: $(wildcard ../labs/*/README.md)\n\tcat $^ > book.md\n",
            ),
        ],
    },
    Repository {
        name: "demo",
        visibility: "private",
        description: "What is shown in front of the class",
        files: &[
            (
                "README.md",
                "# Demo\n\nWhat is typed in front of the class, in order.\n",
            ),
            ("01.sh", "#!/bin/sh\necho 'Hello, class'\n"),
        ],
    },
];

/// The seventh, which the token does not select.
pub(super) static HIDDEN: Repository = Repository {
    name: "payroll",
    visibility: "private",
    description: "Who earns what",
    files: &[("README.md", "# Payroll\n\nWho earns what.\n")],
};

/// One that everybody may read.
pub(super) static PUBLIC: Repository = Repository {
    name: "welcome",
    visibility: "public",
    description: "How to reach us",
    files: &[(
        "README.md",
        "# Welcome\n\nWe teach. Write to hello@alta3.example.\n",
    )],
};

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Repository> {
    SIX.iter().chain([&HIDDEN, &PUBLIC])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_repositories_with_names_of_their_own_and_something_in_each() {
        let names: std::collections::BTreeSet<_> =
            all().map(|repository| repository.name).collect();
        assert_eq!(names.len(), 8);
        assert_eq!(all().count(), 8);
        assert!(all().all(|repository| {
            repository
                .files
                .iter()
                .any(|(path, _)| *path == "README.md")
        }));
    }
}
