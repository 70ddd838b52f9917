//! The pages: what a person does in a browser.
