//! What `strip_async` removes and what it leaves.
#![allow(missing_docs)]

use imaplib_macros::{keep_async, strip_async};

struct Counter(u32);

/// Numbers whose field has the name of a keyword.
struct Fields {
    r#await: usize,
    r#async: u32,
}

#[strip_async]
impl Counter {
    async fn next(&mut self) -> Result<u32, String> {
        self.0 += 1;
        Ok(self.0)
    }

    async fn sum<F: Fn(u32) -> u32>(mut self, change: F) -> Result<u32, String> {
        let mut sum = 0;
        while let Ok(number @ ..5) = self.next().await {
            sum += change(number);
        }
        // In the arguments of a macro, behind one another, and before a question mark.
        assert!(self.next().await.is_ok(), "{}", self.next().await?);
        Ok(sum)
    }

    fn fields(&self) -> Fields {
        let text = "async fn and .await in a text";
        Fields { r#await: text.len(), r#async: self.0 }
    }
}

/// Methods in which one thing alone is async: the function, or what is two blocks deep.
#[strip_async]
impl Counter {
    async fn number(&self) -> u32 {
        self.0
    }
}

#[strip_async]
fn text() -> &'static str {
    stringify!(async fn next, await + await, a.b.await)
}

#[strip_async]
fn deep(counter: &Counter) -> u32 {
    if counter.0 > 0 {
        return [counter.number().await][0];
    }
    0
}

#[keep_async]
async fn kept() -> u32 {
    std::future::ready(3).await
}

#[test]
fn a_stripped_method_returns_its_value() {
    assert_eq!(Counter(0).sum(|number| number * 10), Ok(100));
}

#[test]
fn what_alone_is_async_is_stripped() {
    assert_eq!((Counter(5).number(), deep(&Counter(5)), deep(&Counter(0))), (5, 5, 0));
    // `await` is stripped behind a dot, and nowhere else.
    assert_eq!(text(), "fn next, await + await, a.b");
}

#[test]
fn names_and_texts_with_these_words_stay() {
    let Fields { r#await, r#async } = Counter(7).fields();
    assert_eq!((r#await, r#async), (29, 7));
}

#[test]
fn a_kept_function_returns_a_future() {
    let future = std::pin::pin!(kept());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert_eq!(future.poll(&mut context), std::task::Poll::Ready(3));
}

/// The lines that panics, and so errors and lints, are reported at are those of the source.
#[strip_async]
mod places {
    pub(super) async fn line() -> u32 {
        async fn inner() -> u32 {
            line!()
        }
        inner().await
    }
}

#[test]
fn lines_are_those_of_the_source() {
    let here = line!();
    assert_eq!(places::line(), here - 8);
}
