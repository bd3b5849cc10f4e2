//! How an error goes up.

/// Success, or an error of which only the text is shown.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
