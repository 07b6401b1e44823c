//! What callers are played, fetched: files of the media folder, URLs, spoken words, tones. The [`shelf`](shelf::Shelf) keeps what was
//! fetched at the rates in use; nobody who asks it ever waits for it on his own thread.

mod disk;
pub mod error;
pub mod folder;
mod memory;
mod program;
mod service;
pub mod settings;
pub mod shelf;
pub mod speech;
pub mod tones;
mod web;
