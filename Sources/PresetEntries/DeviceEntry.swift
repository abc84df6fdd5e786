public import JSONDocuments
internal import VRAMBudget

/// A device as a preset file describes it. The keys are documented in presets/README.md.
public struct DeviceEntry: Sendable {
  /// A figure and where it is from.
  public struct Figure: Sendable {
    public let value: Double
    public let basis: String?
    public let source: String

    init(_ cursor: JSONCursor, keys: [String] = []) throws(JSONDocumentError) {
      try cursor.allowOnly(["value", "basis", "source"] + keys)
      value = try cursor.required("value").positiveNumber()
      basis = try cursor.optional("basis")?.string(among: DeviceEntry.bases)
      source = try cursor.required("source").nonEmptyString()
    }
  }

  /// A quantity of memory in whole MiB and where it is from.
  public struct Memory: Sendable {
    public let mebibytes: Int64
    public let basis: String?
    /// The operating system it was seen under.
    public let system: String?
    public let source: String

    init(_ cursor: JSONCursor, keys: [String] = []) throws(JSONDocumentError) {
      try cursor.allowOnly(["value", "basis", "source"] + keys)
      mebibytes = try cursor.required("value").integer(in: 1...(1 << 30))
      basis = try cursor.optional("basis")?.string(among: DeviceEntry.bases)
      system = try keys.contains("system") ? cursor.optional("system")?.string() : nil
      source = try cursor.required("source").nonEmptyString()
    }
  }

  /// A cloud machine and how many of the device it has.
  public struct Instance: Hashable, Sendable {
    public let name: String
    public let count: Int
  }

  public let id: String
  public let name: String
  public let aliases: [String]
  public let instances: [Instance]
  public let vendor: String
  public let deviceClass: String
  public let architecture: String?
  /// NVIDIA's code for the chip: `8.6`.
  public let computeCapability: String?
  public let backend: String
  public let isUnified: Bool
  public let total: Memory
  public let runtimeTotals: [Memory]
  /// Other totals that were seen, and when.
  public let totalVariants: [(condition: String, memory: Memory)]
  /// Apple's limits on a GPU process, by the name of the macOS generation.
  public let workingSets: [(system: String, memory: Memory)]
  /// What one app may use (iPhone), or what the system gives the GPU (Strix Halo).
  public let limit: Memory?
  public let measuredContext: Memory?
  /// NVIDIA's SMs.
  public let multiprocessors: Int64?
  /// The peak of the memory's bandwidth, in 10⁹ bytes a second.
  public let bandwidth: Figure?
  /// Dense peaks, in 10¹² operations a second.
  public let halfPrecision: Figure?
  public let eightBitInteger: Figure?
  public let eightBitFloat: Figure?
  public let releaseYear: Int64?
  public let notes: String?
  /// Whether the entry takes the place of another of the same id.
  public let replaces: Bool
  /// The entry as it was written, without what `vram devices` adds.
  public let json: JSONNode

  /// What a device is sold as.
  public static let classes = [
    "consumer", "laptop", "workstation", "datacenter", "apple-silicon", "apu", "board", "mobile",
  ]

  /// How far a figure can be trusted.
  static let bases = [
    "measured", "physical", "estimated", "marketed", "published", "derived", "theoretical",
  ]

  private static let keys = [
    "id", "name", "aliases", "instances", "vendor", "class", "architecture", "backend",
    "compute_capability", "multiprocessors", "gfx_target", "unified_memory", "memory_total_mib",
    "memory_total_variants", "runtime_total_mib", "working_set_mib", "app_limit_mib",
    "app_limit_with_entitlement_mib", "usable_mib", "cuda_context_mib", "memory_bandwidth_gbps",
    "fp16_dense_tflops", "int8_dense_tops", "fp8_dense_tflops", "release_year", "notes",
    "replaces", "computed",
  ]

  /// Reads and checks an entry.
  ///
  /// - Throws: `JSONDocumentError` naming the key that is missing, unknown or of the wrong kind.
  public init(_ entry: JSONCursor) throws(JSONDocumentError) {
    try entry.allowOnly(Self.keys)
    id = try entry.required("id").deviceIDText()
    name = try entry.required("name").nameText()
    aliases = try entry.optional("aliases")?.nameTexts() ?? []
    vendor = try entry.required("vendor").nameText()
    deviceClass = try entry.required("class").string(among: Self.classes)
    architecture = try entry.optional("architecture")?.string()
    computeCapability = try entry.optional("compute_capability")?.string()
    multiprocessors = try entry.optional("multiprocessors")?.integer(in: 1...1024)
    _ = try entry.optional("gfx_target")?.string()
    instances = try Self.instances(entry)
    backend = try entry.required("backend").string(among: Backend.allCases.map(\.rawValue))
    isUnified = try entry.optional("unified_memory")?.bool() ?? false
    total = try Memory(entry.required("memory_total_mib"))
    runtimeTotals = try Self.memories(entry, "runtime_total_mib", keys: ["system"])
    var totalVariants: [(condition: String, memory: Memory)] = []
    for variant in try entry.optional("memory_total_variants")?.elements() ?? [] {
      totalVariants.append(
        (try variant.required("when").string(), try Memory(variant, keys: ["when"])))
    }
    self.totalVariants = totalVariants
    var workingSets: [(system: String, memory: Memory)] = []
    for (system, value) in try entry.optional("working_set_mib")?.members() ?? [] {
      workingSets.append((system, try Memory(value)))
    }
    self.workingSets = workingSets
    let appLimit = try Self.memory(entry, "app_limit_mib")
    let systemLimit = try Self.memory(entry, "usable_mib")
    limit = appLimit ?? systemLimit
    _ = try Self.memory(entry, "app_limit_with_entitlement_mib")
    measuredContext = try Self.memory(entry, "cuda_context_mib")
    bandwidth = try Self.figure(entry, "memory_bandwidth_gbps")
    halfPrecision = try Self.figure(entry, "fp16_dense_tflops")
    eightBitInteger = try Self.figure(entry, "int8_dense_tops")
    eightBitFloat = try Self.figure(entry, "fp8_dense_tflops")
    releaseYear = try entry.optional("release_year")?.integer(in: 1990...2100)
    notes = try entry.optional("notes")?.string()
    replaces = try entry.optional("replaces")?.bool() ?? false
    _ = try entry.optional("computed")?.members()
    json = entry.node.without(["replaces", "computed"])
  }

  private static func instances(_ entry: JSONCursor) throws(JSONDocumentError) -> [Instance] {
    var instances: [Instance] = []
    for instance in try entry.optional("instances")?.elements() ?? [] {
      try instance.allowOnly(["names", "count", "source"])
      let count = Int(try instance.required("count").integer(in: 1...64))
      _ = try instance.required("source").nonEmptyString()
      for name in try instance.required("names").nameTexts() {
        instances.append(Instance(name: name, count: count))
      }
    }
    return instances
  }

  private static func memories(
    _ entry: JSONCursor, _ key: String, keys: [String]
  ) throws(JSONDocumentError) -> [Memory] {
    var memories: [Memory] = []
    for element in try entry.optional(key)?.elements() ?? [] {
      memories.append(try Memory(element, keys: keys))
    }
    return memories
  }

  private static func memory(
    _ entry: JSONCursor, _ key: String
  ) throws(JSONDocumentError) -> Memory? {
    guard let value = try entry.optional(key) else { return nil }
    return try Memory(value)
  }

  private static func figure(
    _ entry: JSONCursor, _ key: String
  ) throws(JSONDocumentError) -> Figure? {
    guard let value = try entry.optional(key) else { return nil }
    return try Figure(value)
  }
}
