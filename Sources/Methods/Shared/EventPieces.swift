import ApusKernels

/// Scores of events made in pieces on the pool of threads, in the order of the events.
func inEventPieces(_ count: Int, threads: Int, _ body: @Sendable (Range<Int>) -> [Double])
  -> [Double]
{
  parallelElements(count, grain: 256, threads: threads, body)
}
