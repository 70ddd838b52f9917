//! Webhooks: who keeps them, what they are told, and how it is sent.

mod tell;
