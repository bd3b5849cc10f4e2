//! Attributes with which [imaplib](https://docs.rs/imaplib) compiles one async text as an async and as a blocking client.
//!
//! A source file is mounted as a module twice. It finds the attribute `maybe_async` in its parent module, which is
//! [`keep_async`](macro@keep_async) in the one case and [`strip_async`](macro@strip_async) in the other:
//!
//! ```
//! mod asynchronous {
//!     use imaplib_macros::keep_async as maybe_async;
//!     pub struct Client;
//!     // In imaplib, what follows is a file of its own, mounted by `#[path]`.
//!     #[maybe_async]
//!     impl Client {
//!         pub async fn connect() -> Self {
//!             Self::open().await
//!         }
//!         async fn open() -> Self {
//!             Self
//!         }
//!     }
//! }
//!
//! mod blocking {
//!     use imaplib_macros::strip_async as maybe_async;
//!     pub struct Client;
//!     #[maybe_async]
//!     impl Client {
//!         pub async fn connect() -> Self {
//!             Self::open().await
//!         }
//!         async fn open() -> Self {
//!             Self
//!         }
//!     }
//! }
//!
//! let _: blocking::Client = blocking::Client::connect();
//! let future = asynchronous::Client::connect();
//! # drop(future);
//! ```
//!
//! Every token keeps its span, so errors, lints and the source links of the documentation lead to the line that was
//! written.

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// Leaves the item as it is.
#[proc_macro_attribute]
pub fn keep_async(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    item
}

/// Removes `async` before `fn`, and `.await`.
///
/// Async blocks and closures have no blocking form, and are reported as errors at their place:
///
/// ```compile_fail
/// #[imaplib_macros::strip_async]
/// fn number() -> u32 {
///     async { 1 }
/// }
/// ```
///
/// ```compile_fail
/// #[imaplib_macros::strip_async]
/// fn number() -> u32 {
///     let number = async move || 1;
///     number()
/// }
/// ```
#[proc_macro_attribute]
pub fn strip_async(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    strip(item).0
}

/// The tokens without what is async about them, and whether there was any of it.
fn strip(tokens: TokenStream) -> (TokenStream, bool) {
    let mut stripped = Vec::new();
    let mut changed = false;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => {
                let (content, content_changed) = strip(group.stream());
                // An untouched group keeps the spans of its delimiters too.
                if content_changed {
                    let mut rebuilt = Group::new(group.delimiter(), content);
                    rebuilt.set_span(group.span());
                    stripped.push(TokenTree::Group(rebuilt));
                    changed = true;
                } else {
                    stripped.push(TokenTree::Group(group));
                }
            }
            TokenTree::Ident(ident) if is(&ident, "async") => {
                changed = true;
                if !matches!(tokens.peek(), Some(TokenTree::Ident(next)) if is(next, "fn")) {
                    stripped.extend(error(ident.span(), "only `async fn` has a blocking form"));
                }
            }
            TokenTree::Punct(dot) if dot.as_char() == '.' => match tokens.peek() {
                Some(TokenTree::Ident(next)) if is(next, "await") => {
                    changed = true;
                    tokens.next();
                }
                _ => stripped.push(TokenTree::Punct(dot)),
            },
            other => stripped.push(other),
        }
    }
    (stripped.into_iter().collect(), changed)
}

/// Whether the identifier is this keyword; a raw identifier is not.
fn is(ident: &Ident, keyword: &str) -> bool {
    ident.to_string() == keyword
}

/// `compile_error!("message")` at a place in the source.
fn error(span: Span, message: &str) -> [TokenTree; 3] {
    let mut bang = Punct::new('!', Spacing::Alone);
    bang.set_span(span);
    let mut text = Literal::string(message);
    text.set_span(span);
    let mut arguments = Group::new(Delimiter::Brace, TokenTree::Literal(text).into());
    arguments.set_span(span);
    [Ident::new("compile_error", span).into(), bang.into(), arguments.into()]
}
