/// Decides which device runs each node of a graph, and where copies are made between them.
///
/// Source: ggml 0.25.3, ggml-backend.cpp, `ggml_backend_sched_split_graph`; llama.cpp 0c1e57098,
/// src/llama-context.cpp, `graph_get_cb` (pins).
struct GraphScheduler {
  /// How the machine and the run bear on the schedule.
  struct Machine: Hashable {
    /// The GPUs; 0 when the processor does everything.
    let gpus: Int
    /// Whether llama.cpp's pins hold: so in a real run, not in an estimate without memory.
    let keepsPins: Bool
    /// Whether normalizations are pinned to their layer's device, too.
    let keepsNormPins: Bool
    /// How often the inputs of each device are kept: 4 for a pipeline of several, else once.
    let inputCopies: Int
    /// The alignment of the devices' buffers.
    let deviceAlignment: Int64
  }

  /// The processor's number: behind the GPUs.
  private let processor: Int8
  private let machine: Machine
  private var tensors: [GraphTensor]
  private var sources: [GraphTensorIndex]
  private let builtNodes: [GraphTensorIndex]
  private let builtLeafs: [GraphTensorIndex]
  private let keeps: [GraphBuilder.Keep]
  private let marks: [Int]
  /// The copy of each built tensor on each device, behind each other; negative for none.
  private var copies: [[GraphTensorIndex]] = []

  /// Nodes that one device runs in a row, and what is copied to it beforehand.
  private struct Split {
    let device: Int8
    var inputs: [GraphTensorIndex] = []
    var nodes: [GraphTensorIndex] = []
  }

  init(_ builder: consuming GraphBuilder, machine: Machine) {
    self.machine = machine
    processor = Int8(machine.gpus)
    (tensors, sources) = builder.takeTensors()
    builtNodes = builder.nodes
    builtLeafs = builder.leafs
    keeps = builder.keeps
    marks = builder.marks
    for index in tensors.indices where tensors[index].device < 0 {
      tensors[index].device = processor
    }
  }

  /// Returns the graph with its copies, ready for allocation.
  mutating func schedule() -> ScheduledGraph {
    if machine.gpus > 0 { assignDevices() }
    let splits = makeSplits()
    var boundaries: [ScheduledGraph.Boundary] = []
    let nodes = steps(of: splits, &boundaries)
    let leafs = leafSteps(of: splits)
    return ScheduledGraph(
      tensors: tensors, sources: sources, leafs: leafs, nodes: nodes, boundaries: boundaries,
      keepsCopies: machine.inputCopies > 1,
      alignments: Array(repeating: machine.deviceAlignment, count: machine.gpus) + [32])
  }

  // MARK: Devices

  /// Gives each node a device: from its weight, its result's place or a pin; else from its
  /// neighbours, GPUs first.
  private mutating func assignDevices() {
    var assigned = builtNodes.map { fixedDevice(of: $0) ?? Self.unassigned }
    for includesProcessor in [false, true] {
      spreadForward(&assigned, includesProcessor)
      assigned.reverse()
      spreadForward(&assigned, includesProcessor)
      assigned.reverse()
    }
    for (position, node) in builtNodes.enumerated() {
      let device = assigned[position]
      tensors[Int(node)].device = device == Self.unassigned ? processor : device
    }
  }

  private static let unassigned: Int8 = -1

  /// Carries each device on to the unassigned nodes that follow.
  private func spreadForward(_ assigned: inout [Int8], _ includesProcessor: Bool) {
    var current = Self.unassigned
    for position in assigned.indices {
      let device = assigned[position]
      if device == Self.unassigned {
        assigned[position] = current
      } else {
        current = device == processor && !includesProcessor ? Self.unassigned : device
      }
    }
  }

  private func fixedDevice(of node: GraphTensorIndex) -> Int8? {
    let tensor = tensors[Int(node)]
    if tensor.flags.contains(.processorOnly) { return processor }
    if tensor.op.followsWeight {
      if tensor.flags.contains(.hasWeight) { return tensor.device }
      let hasHostWeight = tensor.sources.contains {
        tensors[Int(sources[Int($0)])].flags.contains(.isWeight)
      }
      // A long prompt is worth copying the weight for.
      if hasHostWeight { return tensor.rows >= 32 ? 0 : processor }
    }
    if tensor.flags.contains(.external) { return tensor.device }
    if tensor.flags.contains(.staysPut) { return tensor.device }
    if machine.keepsPins, tensor.flags.contains(.hostPinned) { return processor }
    if machine.keepsNormPins, tensor.flags.contains(.isNorm) { return tensor.device }
    return nil
  }

  // MARK: Splits and copies

  private mutating func makeSplits() -> [Split] {
    var splits: [Split] = []
    for node in builtNodes {
      let device = tensors[Int(node)].device
      if splits.isEmpty || splits[splits.count - 1].device != device
        || needsOwnSplit(node, after: splits[splits.count - 1])
      {
        splits.append(Split(device: device))
      }
      splits[splits.count - 1].nodes.append(node)
      copySources(of: node, to: device, &splits[splits.count - 1])
    }
    return splits
  }

  /// Whether a copied weight of the node would otherwise live as long as the split before.
  private func needsOwnSplit(_ node: GraphTensorIndex, after split: Split) -> Bool {
    guard !split.inputs.isEmpty, split.device != processor else { return false }
    return tensors[Int(node)].sources.contains {
      tensors[Int(sources[Int($0)])].flags.contains(.isWeight)
    }
  }

  private mutating func copySources(
    of node: GraphTensorIndex, to device: Int8, _ split: inout Split
  ) {
    for position in tensors[Int(node)].sources {
      let source = sources[Int(position)]
      guard mustCopy(source, to: device) else { continue }
      if let copy = copy(of: source, on: device) {
        sources[Int(position)] = copy
        continue
      }
      let copy = makeCopy(of: source, on: device)
      note(copy, of: source, on: device)
      split.inputs.append(source)
      sources[Int(position)] = copy
    }
  }

  /// The copy that was made of a tensor on a device.
  private func copy(of source: GraphTensorIndex, on device: Int8) -> GraphTensorIndex? {
    guard Int(device) < copies.count, Int(source) < copies[Int(device)].count else { return nil }
    let copy = copies[Int(device)][Int(source)]
    return copy < 0 ? nil : copy
  }

  private mutating func note(
    _ copy: GraphTensorIndex, of source: GraphTensorIndex, on device: Int8
  ) {
    while copies.count <= Int(device) { copies.append([]) }
    let known = copies[Int(device)].count
    if Int(source) >= known {
      copies[Int(device)] += Array(repeating: -1, count: Int(source) + 1 - known)
    }
    copies[Int(device)][Int(source)] = copy
  }

  private func mustCopy(_ source: GraphTensorIndex, to device: Int8) -> Bool {
    let tensor = tensors[Int(source)]
    if tensor.flags.contains(.external) {
      let isOnDevice = tensor.flags.contains(.onDevice)
      guard device != processor else { return isOnDevice }
      return tensor.flags.contains(.onHost) || isOnDevice && tensor.device != device
    }
    return tensors[Int(tensor.root)].device != device
  }

  private mutating func makeCopy(
    of source: GraphTensorIndex, on device: Int8, flags: GraphTensor.Flags = []
  ) -> GraphTensorIndex {
    let original = tensors[Int(source)]
    let index = GraphTensorIndex(tensors.count)
    tensors.append(
      GraphTensor(
        op: .none, element: original.element, shape: original.shape, bytes: original.bytes,
        deviceBytes: original.op == .none ? original.deviceBytes : original.bytes, root: index,
        sources: 0..<0, flags: flags, device: device))
    return index
  }

  // MARK: Order of allocation

  /// Before a split's nodes come its copies, each behind a step that keeps the original until then.
  private mutating func steps(
    of splits: [Split], _ boundaries: inout [ScheduledGraph.Boundary]
  ) -> [ScheduledGraph.Step] {
    var steps: [ScheduledGraph.Step] = []
    steps.reserveCapacity(builtNodes.count + 64)
    var nextKeep = keeps.startIndex
    var done = 0
    for (number, split) in splits.enumerated() {
      for input in split.inputs {
        steps.append(ScheduledGraph.Step(tensor: reader(of: [input]), buffer: processor))
        guard let copy = copy(of: input, on: split.device) else { continue }
        steps.append(ScheduledGraph.Step(tensor: copy, buffer: split.device))
      }
      for node in split.nodes {
        while boundaries.count < marks.count, marks[boundaries.count] == done {
          boundaries.append(ScheduledGraph.Boundary(step: steps.count, split: number))
        }
        done += 1
        steps.append(ScheduledGraph.Step(tensor: node, buffer: split.device))
        // Keeps are in the order of their nodes.
        while nextKeep < keeps.endIndex, keeps[nextKeep].until == node {
          if split.device != processor {
            let kept = reader(of: keeps[nextKeep].tensors)
            steps.append(ScheduledGraph.Step(tensor: kept, buffer: split.device))
          }
          nextKeep += 1
        }
      }
    }
    return steps
  }

  /// Makes a step that only reads tensors.
  private mutating func reader(of list: [GraphTensorIndex]) -> GraphTensorIndex {
    let index = GraphTensorIndex(tensors.count)
    let start = Int32(sources.count)
    sources.append(contentsOf: list)
    tensors.append(
      GraphTensor(
        op: .none, element: .other, shape: SIMD4(0, 0, 0, 0), bytes: 0, deviceBytes: 0,
        root: index, sources: start..<Int32(sources.count), flags: .external,
        device: processor))
    return index
  }

  /// The inputs; with several copies, those and every split's copies come first and are kept.
  private mutating func leafSteps(of splits: [Split]) -> [ScheduledGraph.Step] {
    let inputs = builtLeafs.filter { tensors[Int($0)].flags.contains(.input) }
    guard machine.inputCopies > 1 else {
      return inputs.map { ScheduledGraph.Step(tensor: $0, buffer: processor) }
    }
    var steps: [ScheduledGraph.Step] = []
    func keep(_ tensor: GraphTensorIndex, on device: Int8) {
      tensors[Int(tensor)].flags.formUnion([.input, .output])
      steps.append(ScheduledGraph.Step(tensor: tensor, buffer: device))
      for _ in 1..<machine.inputCopies {
        let copy = makeCopy(of: tensor, on: device, flags: [.input, .output])
        steps.append(ScheduledGraph.Step(tensor: copy, buffer: device))
      }
    }
    for input in inputs { keep(input, on: processor) }
    for split in splits {
      for input in split.inputs {
        if let copy = copy(of: input, on: split.device) {
          keep(copy, on: split.device)
        }
      }
    }
    return steps
  }
}
