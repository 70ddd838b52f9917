//! Second factors of people.
