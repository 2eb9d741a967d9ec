//! How an action is carried out: here and now, or later elsewhere.
//!
//! Actions are written once, over [`Exec`]. The invariant: an action owns what it needs.

/// How actions are carried out. [`Blocking`] is the only way so far; `X::Out<T>` is then `T` itself, so that
/// `.run()?` works.
pub trait Exec: Copy + Default + Send + Sync + 'static {
    /// What running gives for a result `T`.
    type Out<T: Send + 'static>;

    /// Carries out `work`.
    fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Self::Out<T>;
}

/// On the calling thread, at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Blocking;

impl Exec for Blocking {
    type Out<T: Send + 'static> = T;

    #[inline]
    fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
        work()
    }
}
