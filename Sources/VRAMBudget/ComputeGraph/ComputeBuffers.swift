/// The compute buffers of a described graph: one for each device, one for the host.
struct ComputeBuffers: Hashable {
  /// What each device's buffer takes.
  let devices: [Bytes]
  let host: Bytes

  /// Builds the graph, schedules it and lays it out.
  ///
  /// - Complexity: Linear in the model's tensors, some tens of microseconds for each hundred.
  init(graph: consuming DecoderGraph, machine: GraphScheduler.Machine) {
    var scheduler = GraphScheduler(graph.build(), machine: machine)
    var allocator = GraphAllocator(scheduler.schedule())
    let peaks = allocator.peaks()
    devices = Array(peaks.dropLast())
    host = peaks[peaks.count - 1]
  }

  /// Returns what each buffer holds at its fullest, devices first, the host last.
  static func peaks(
    graph: consuming DecoderGraph, machine: GraphScheduler.Machine, lengths: ComputePeak.Lengths
  ) -> [ComputePeak] {
    var scheduler = GraphScheduler(graph.build(), machine: machine)
    let scheduled = scheduler.schedule()
    var allocator = GraphAllocator(scheduled)
    let peaks = allocator.peaks()
    var replay = GraphAllocator(scheduled)
    return zip(replay.contents(at: peaks), peaks).map { contents, bytes in
      ComputePeak(contents, bytes: bytes, lengths: lengths)
    }
  }
}
