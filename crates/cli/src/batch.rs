//! Many notes at once: a reader thread, a bounded channel, workers over what has arrived, results in order.

use std::ops::ControlFlow;
use std::sync::mpsc::sync_channel;
use std::thread;

use rayon::ThreadPool;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// Why a batch ended before its input did.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BatchError {
    /// The worker threads could not be started.
    #[error("the worker threads could not be started: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The reader stopped in the middle: what it had not read is missing.
    #[error("the reader stopped before the end of the input")]
    Reader,
}

/// How a batch ended that went wrong in no way of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All inputs were worked.
    Complete,
    /// The sink asked to stop; a reader that waits for input is left behind.
    Stopped,
}

/// Worker threads for batches; 0 means one for each processor.
pub(crate) struct Batch {
    pool: ThreadPool,
}

impl Batch {
    /// Starts the worker threads.
    pub(crate) fn new(threads: usize) -> Result<Batch, BatchError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        Ok(Batch { pool })
    }

    /// Works every input and hands the results to `sink` in the order of the inputs.
    ///
    /// Inputs are read on a thread of their own, never more than a few dozen ahead. What has arrived is worked
    /// at once, so that a slow source is answered note by note and a fast one keeps all processors busy.
    pub(crate) fn run<I, T>(
        &self,
        inputs: impl Iterator<Item = I> + Send + 'static,
        work: impl Fn(I) -> T + Sync,
        mut sink: impl FnMut(T) -> ControlFlow<()>,
    ) -> Result<End, BatchError>
    where
        I: Send + 'static,
        T: Send,
    {
        let ahead = 16 * self.pool.current_num_threads();
        let (sender, receiver) = sync_channel(ahead);
        // `send` fails when the receiver is gone: the sink asked to stop.
        let reader = thread::spawn(move || {
            for it in inputs {
                if sender.send(it).is_err() {
                    break;
                }
            }
        });
        while let Ok(first) = receiver.recv() {
            let chunk: Vec<I> = std::iter::once(first).chain(receiver.try_iter().take(ahead - 1)).collect();
            let results: Vec<T> = self.pool.install(|| chunk.into_par_iter().map(&work).collect());
            for it in results {
                if sink(it).is_break() {
                    return Ok(End::Stopped);
                }
            }
        }
        reader.join().map_err(|_| BatchError::Reader)?;
        Ok(End::Complete)
    }
}

#[cfg(test)]
mod tests {
    use super::{Batch, ControlFlow, End};

    #[test]
    fn results_come_in_the_order_of_the_inputs_until_the_sink_stops() {
        let batch = Batch::new(2).expect("threads");
        let mut squares = Vec::new();
        let end = batch.run(
            0..100,
            |it| it * it,
            |it| {
                squares.push(it);
                if squares.len() == 60 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        assert_eq!(end.expect("an end"), End::Stopped);
        assert_eq!(squares, (0..60).map(|it| it * it).collect::<Vec<_>>());
    }
}
