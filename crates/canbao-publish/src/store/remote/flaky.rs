//! An object store whose calls fail now and then, before they have taken effect or after, when only the answer is lost.

use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions,
    PutPayload, PutResult, Result, UploadPart,
};

/// When a call that fails does so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Before,
    After,
}

/// Which calls fail, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// The first that fails, counted from 0.
    pub first: usize,
    /// From it on, one in so many.
    pub every: usize,
    pub when: When,
    pub kind: ErrorKind,
}

/// The calls so far.
#[derive(Debug)]
struct Calls {
    plan: Plan,
    made: AtomicUsize,
}

impl Calls {
    /// Whether the call that begins now is to fail.
    fn fails(&self) -> bool {
        let call = self.made.fetch_add(1, Ordering::SeqCst);
        call >= self.plan.first && (call - self.plan.first).is_multiple_of(self.plan.every)
    }

    fn error(&self) -> Error {
        Error::Generic { store: "flaky", source: Box::new(io::Error::from(self.plan.kind)) }
    }

    async fn call<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let fails = self.fails();
        if fails && self.plan.when == When::Before {
            return Err(self.error());
        }
        let done = work.await?;
        if fails { Err(self.error()) } else { Ok(done) }
    }
}

/// Objects in memory behind calls that fail by a plan.
#[derive(Debug, Clone)]
pub(super) struct Flaky {
    inner: Arc<InMemory>,
    calls: Arc<Calls>,
}

impl Flaky {
    pub fn new(inner: Arc<InMemory>, plan: Plan) -> Self {
        Self { inner, calls: Arc::new(Calls { plan, made: AtomicUsize::new(0) }) }
    }

    /// Whether the plan's first failure has come.
    pub fn has_failed(&self) -> bool {
        self.calls.made.load(Ordering::SeqCst) > self.calls.plan.first
    }
}

impl fmt::Display for Flaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("flaky")
    }
}

impl ObjectStore for Flaky {
    fn put_opts<'a, 'b, 'c>(&'a self, at: &'b Path, payload: PutPayload, options: PutOptions) -> BoxFuture<'c, Result<PutResult>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(self.calls.call(self.inner.put_opts(at, payload, options)))
    }

    fn put_multipart_opts<'a, 'b, 'c>(
        &'a self,
        at: &'b Path,
        options: PutMultipartOptions,
    ) -> BoxFuture<'c, Result<Box<dyn MultipartUpload>>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(async move {
            let inner = self.calls.call(self.inner.put_multipart_opts(at, options)).await?;
            Ok(Box::new(FlakyUpload { inner, calls: Arc::clone(&self.calls) }) as Box<dyn MultipartUpload>)
        })
    }

    fn get_opts<'a, 'b, 'c>(&'a self, at: &'b Path, options: GetOptions) -> BoxFuture<'c, Result<GetResult>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(self.calls.call(self.inner.get_opts(at, options)))
    }

    fn delete_stream(&self, at: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let calls = Arc::clone(&self.calls);
        match (self.calls.fails(), self.calls.plan.when) {
            (true, When::Before) => stream::iter([Err(calls.error())]).boxed(),
            (true, When::After) => self.inner.delete_stream(at).map(move |_| Err(calls.error())).boxed(),
            _ => self.inner.delete_stream(at),
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.calls.fails() {
            true => stream::iter([Err(self.calls.error())]).boxed(),
            false => self.inner.list(prefix),
        }
    }

    fn list_with_delimiter<'a, 'b, 'c>(&'a self, prefix: Option<&'b Path>) -> BoxFuture<'c, Result<ListResult>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(self.calls.call(self.inner.list_with_delimiter(prefix)))
    }

    fn copy_opts<'a, 'b, 'd, 'c>(&'a self, from: &'b Path, to: &'d Path, options: CopyOptions) -> BoxFuture<'c, Result<()>>
    where
        'a: 'c,
        'b: 'c,
        'd: 'c,
        Self: 'c,
    {
        Box::pin(self.calls.call(self.inner.copy_opts(from, to, options)))
    }
}

#[derive(Debug)]
struct FlakyUpload {
    inner: Box<dyn MultipartUpload>,
    calls: Arc<Calls>,
}

impl MultipartUpload for FlakyUpload {
    fn put_part(&mut self, part: PutPayload) -> UploadPart {
        let calls = Arc::clone(&self.calls);
        let sent = self.inner.put_part(part);
        Box::pin(async move { calls.call(sent).await })
    }

    fn complete<'a, 'c>(&'a mut self) -> BoxFuture<'c, Result<PutResult>>
    where
        'a: 'c,
        Self: 'c,
    {
        Box::pin(self.calls.call(self.inner.complete()))
    }

    fn abort<'a, 'c>(&'a mut self) -> BoxFuture<'c, Result<()>>
    where
        'a: 'c,
        Self: 'c,
    {
        Box::pin(self.calls.call(self.inner.abort()))
    }
}
