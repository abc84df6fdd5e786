import JSONDocuments
import PresetEntries
import Testing
import VRAMBudget

/// The keys of a device entry, all of them, with values that are right.
private let deviceKeys: [(key: String, value: String)] = [
  ("id", #""rtx-1""#), ("name", #""NVIDIA GeForce RTX 1""#), ("aliases", #"["one"]"#),
  ("instances", #"[{"names": ["g1", "Standard_G2"], "count": 2, "source": "s0"}]"#),
  ("vendor", #""NVIDIA""#),
  ("class", #""consumer""#), ("architecture", #""Ampere""#), ("backend", #""cuda""#),
  ("compute_capability", #""8.6""#), ("multiprocessors", "28"), ("gfx_target", #""gfx1""#),
  ("unified_memory", "false"),
  ("memory_total_mib", #"{"value": 8192, "basis": "measured", "source": "s1"}"#),
  ("memory_total_variants", #"[{"value": 8000, "when": "ECC", "source": "s2"}]"#),
  ("runtime_total_mib", #"[{"value": 7700, "system": "linux", "source": "s3"}]"#),
  ("working_set_mib", #"{"macos_15": {"value": 6000, "source": "s4"}}"#),
  ("app_limit_mib", #"{"value": 3000, "source": "s5"}"#),
  ("app_limit_with_entitlement_mib", #"{"value": 4000, "source": "s6"}"#),
  ("usable_mib", #"{"value": 5000, "source": "s7"}"#),
  ("cuda_context_mib", #"{"value": 300, "source": "s8"}"#),
  ("memory_bandwidth_gbps", #"{"value": 360.5, "basis": "theoretical", "source": "s9"}"#),
  ("fp16_dense_tflops", #"{"value": 25, "source": "s10"}"#),
  ("int8_dense_tops", #"{"value": 101.9, "source": "s11"}"#),
  ("fp8_dense_tflops", #"{"value": 50, "source": "s12"}"#), ("release_year", "2021"),
  ("notes", #""short""#), ("replaces", "false"), ("computed", #"{"usable_bytes": 1}"#),
]

private let modelKeys: [(key: String, value: String)] = [
  ("id", #""tiny:1b""#), ("name", #""Tiny 1B""#), ("hugging_face", #""maker/tiny-1b""#),
  ("aliases", #"["tiny"]"#), ("released", #""2024-11-06""#), ("native_precision", #""bfloat16""#),
  (
    "parameters",
    #"{"value": 77, "check": "independent", "source": "s1", "published": 78, "note": "n"}"#
  ),
  ("config", #"{"model_type": "llama", "hidden_size": 64}"#), ("inferred", #"{"head_dim": "why"}"#),
  ("source", #"["s2", "s3"]"#), ("replaces", "false"), ("computed", #"{"tier": "micro"}"#),
]

/// Returns the keys as an object, one of them replaced, added or (nil) left out.
private func object(
  _ keys: [(key: String, value: String)], _ key: String = "", _ value: String? = nil
) -> String {
  var keys = keys
  if let index = keys.firstIndex(where: { $0.key == key }) {
    if let value { keys[index].value = value } else { keys.remove(at: index) }
  } else if let value {
    keys.append((key, value))
  }
  return "{" + keys.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ",\n") + "}"
}

private func device(_ key: String = "", _ value: String? = nil) throws -> DeviceEntry {
  let text = #"{"schema": 1, "devices": ["# + object(deviceKeys, key, value) + "]}"
  return try DeviceEntry(PresetFile(parsing: Array(text.utf8), kind: .devices).entries[0])
}

private func model(_ key: String = "", _ value: String? = nil) throws -> ModelEntry {
  let text = #"{"schema": 1, "models": ["# + object(modelKeys, key, value) + "]}"
  return try ModelEntry(PresetFile(parsing: Array(text.utf8), kind: .models).entries[0])
}

/// Returns what an error says is wrong, or how it came that there is none.
private func problem(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "accepted"
  } catch let error as any ActionableError {
    return error.problem
  } catch {
    return "no actionable error: \(error)"
  }
}

/// A change to an entry and the path that the error must name.
struct BadKey: CustomTestStringConvertible, Sendable {
  let key: String
  let value: String?
  let path: String

  init(_ key: String, _ value: String?, _ path: String) {
    self.key = key
    self.value = value
    self.path = path
  }

  var testDescription: String { "\(key): \(value ?? "left out")" }
}

@Suite("Device entries")
struct DeviceEntryTests {
  @Test("An entry with every key is read")
  func whole() throws {
    let entry = try device()
    #expect(entry.id == "rtx-1")
    #expect(entry.name == "NVIDIA GeForce RTX 1")
    #expect(entry.aliases == ["one"])
    #expect(entry.instances.map(\.name) == ["g1", "Standard_G2"])
    #expect(entry.instances.map(\.count) == [2, 2])
    #expect(entry.vendor == "NVIDIA")
    #expect(entry.deviceClass == "consumer")
    #expect(entry.architecture == "Ampere")
    #expect(entry.backend == "cuda")
    #expect(!entry.isUnified)
    #expect(entry.total.mebibytes == 8192)
    #expect(entry.total.basis == "measured")
    #expect(entry.total.source == "s1")
    #expect(entry.runtimeTotals.map(\.mebibytes) == [7700])
    #expect(entry.runtimeTotals.map(\.system) == ["linux"])
    #expect(entry.workingSets.map(\.system) == ["macos_15"])
    #expect(entry.workingSets.map(\.memory.mebibytes) == [6000])
    #expect(entry.limit?.mebibytes == 3000)
    #expect(entry.measuredContext?.mebibytes == 300)
    #expect(entry.bandwidth?.value == 360.5)
    #expect(entry.releaseYear == 2021)
    #expect(entry.notes == "short")
  }

  @Test(
    "Keys that an entry may lack are absent, not zero",
    arguments: [
      "aliases", "instances", "architecture", "compute_capability", "gfx_target", "unified_memory",
      "memory_total_variants", "runtime_total_mib", "working_set_mib", "app_limit_mib",
      "app_limit_with_entitlement_mib", "usable_mib", "cuda_context_mib", "memory_bandwidth_gbps",
      "fp16_dense_tflops", "int8_dense_tops", "fp8_dense_tflops", "release_year", "notes",
      "replaces", "computed",
    ])
  func optional(key: String) {
    #expect(throws: Never.self) { try device(key) }
  }

  @Test("Without an app's limit the system's is the limit")
  func limit() throws {
    #expect(try device("app_limit_mib").limit?.mebibytes == 5000)
  }

  @Test(
    "A key that an entry must have is missed by its path",
    arguments: ["id", "name", "vendor", "class", "backend", "memory_total_mib"])
  func missing(key: String) {
    let problem = problem { _ = try device(key) }
    #expect(problem == "line 1: 'devices[0].\(key)' is missing")
  }

  @Test(
    "A figure without its value or its source is refused",
    arguments: [
      BadKey("memory_total_mib", #"{"value": 8192}"#, "memory_total_mib.source"),
      BadKey("memory_total_mib", #"{"source": "s"}"#, "memory_total_mib.value"),
      BadKey("runtime_total_mib", #"[{"value": 1}]"#, "runtime_total_mib[0].source"),
      BadKey("working_set_mib", #"{"old": {"value": 1}}"#, "working_set_mib.old.source"),
      BadKey("app_limit_mib", #"{"value": 1}"#, "app_limit_mib.source"),
      BadKey("cuda_context_mib", #"{"value": 1}"#, "cuda_context_mib.source"),
      BadKey("memory_bandwidth_gbps", #"{"value": 1}"#, "memory_bandwidth_gbps.source"),
      BadKey("fp16_dense_tflops", #"{"source": "s"}"#, "fp16_dense_tflops.value"),
      BadKey("fp8_dense_tflops", #"{"value": 1, "source": null}"#, "fp8_dense_tflops.source"),
      BadKey(
        "memory_total_variants", #"[{"value": 1, "when": "w"}]"#,
        "memory_total_variants[0].source"),
    ])
  func missingSource(change: BadKey) {
    let problem = problem { _ = try device(change.key, change.value) }
    #expect(problem.hasSuffix("'devices[0].\(change.path)' is missing"), "\(problem)")
  }

  @Test(
    "A key that is not one is refused by its path",
    arguments: [
      BadKey("memory_mib", "8192", "memory_mib"), BadKey("Name", #""x""#, "Name"),
      BadKey("memory_total_mib", #"{"value": 1, "sorce": "s"}"#, "memory_total_mib.sorce"),
      BadKey(
        "memory_total_mib", #"{"value": 1, "source": "s", "system": "linux"}"#,
        "memory_total_mib.system"),
      BadKey(
        "memory_bandwidth_gbps", #"{"value": 1, "source": "s", "unit": "GB/s"}"#,
        "memory_bandwidth_gbps.unit"),
      BadKey(
        "runtime_total_mib", #"[{"value": 1, "source": "s", "os": "linux"}]"#,
        "runtime_total_mib[0].os"),
    ])
  func wrongKey(change: BadKey) {
    let problem = problem { _ = try device(change.key, change.value) }
    #expect(problem.hasSuffix("unknown key 'devices[0].\(change.path)'"), "\(problem)")
  }

  @Test(
    "A value of the wrong kind is refused by its path",
    arguments: [
      BadKey("id", "1", "id"), BadKey("name", "[]", "name"),
      BadKey("aliases", #""one""#, "aliases"),
      BadKey("aliases", #"["a", 1]"#, "aliases[1]"), BadKey("instances", "5", "instances"),
      BadKey("class", "true", "class"), BadKey("architecture", "1", "architecture"),
      BadKey("compute_capability", "8.6", "compute_capability"),
      BadKey("gfx_target", "1030", "gfx_target"), BadKey("unified_memory", "1", "unified_memory"),
      BadKey("memory_total_mib", "8192", "memory_total_mib"),
      BadKey(
        "memory_total_mib", #"{"value": "8192", "source": "s"}"#, "memory_total_mib.value"),
      BadKey("memory_total_mib", #"{"value": 1.5, "source": "s"}"#, "memory_total_mib.value"),
      BadKey("memory_total_mib", #"{"value": 1, "source": 1}"#, "memory_total_mib.source"),
      BadKey("runtime_total_mib", "{}", "runtime_total_mib"),
      BadKey("working_set_mib", "[]", "working_set_mib"),
      BadKey(
        "memory_bandwidth_gbps", #"{"value": "fast", "source": "s"}"#,
        "memory_bandwidth_gbps.value"),
      BadKey("release_year", #""2021""#, "release_year"), BadKey("notes", "[]", "notes"),
      BadKey("id", #""RTX 1""#, "id"), BadKey("id", #""--""#, "id"),
      BadKey("id", #""24gib""#, "id"), BadKey("id", #""24g""#, "id"),
      BadKey("name", #""two\nlines""#, "name"), BadKey("name", #"" ""#, "name"),
      BadKey("class", #""gaming""#, "class"),
      BadKey(
        "memory_total_mib", #"{"value": 1, "basis": "felt", "source": "s"}"#,
        "memory_total_mib.basis"),
      BadKey("memory_total_mib", #"{"value": 1, "source": " "}"#, "memory_total_mib.source"),
      BadKey(
        "memory_bandwidth_gbps", #"{"value": 0, "source": "s"}"#, "memory_bandwidth_gbps.value"),
      BadKey(
        "memory_bandwidth_gbps", #"{"value": NaN, "source": "s"}"#,
        "memory_bandwidth_gbps.value"),
      BadKey(
        "instances", #"[{"names": "g1", "count": 1, "source": "s"}]"#, "instances[0].names"),
      BadKey("replaces", "1", "replaces"), BadKey("computed", "1", "computed"),
    ])
  func wrongKind(change: BadKey) {
    let problem = problem { _ = try device(change.key, change.value) }
    #expect(problem.contains("'devices[0].\(change.path)' is "), "\(problem)")
  }

  @Test(
    "A size of zero or less, and a year that cannot be, is out of range",
    arguments: [
      BadKey("memory_total_mib", #"{"value": 0, "source": "s"}"#, "memory_total_mib.value"),
      BadKey("memory_total_mib", #"{"value": -1, "source": "s"}"#, "memory_total_mib.value"),
      BadKey("usable_mib", #"{"value": 0, "source": "s"}"#, "usable_mib.value"),
      BadKey("release_year", "21", "release_year"),
    ])
  func outOfRange(change: BadKey) {
    let problem = problem { _ = try device(change.key, change.value) }
    #expect(problem.contains("'devices[0].\(change.path)' is "), "\(problem)")
    #expect(problem.contains("outside"), "\(problem)")
  }

  @Test("An unknown backend is refused, and the known ones are named")
  func unknownBackend() {
    let problem = problem { _ = try device("backend", #""opencl""#) }
    #expect(problem.contains("'devices[0].backend'"))
    for backend in Backend.allCases { #expect(problem.contains(backend.rawValue)) }
  }

  @Test("A cloud machine is found with and without what all of its cloud begin with")
  func machines() throws {
    #expect(try device().instances.flatMap(\.names) == ["g1", "standardg2", "g2"])
    #expect(try device().claims.suffix(3) == ["g1", "standardg2", "g2"])
  }

  @Test("What the program adds is not part of an entry")
  func json() throws {
    let text = try device().json.compactText
    #expect(!text.contains("computed") && !text.contains("replaces"))
    #expect(text.hasPrefix(#"{"id":"rtx-1","name":"NVIDIA GeForce RTX 1","aliases":["one"],"#))
  }

  @Test("An entry is found with and without the vendor")
  func names() throws {
    #expect(try device().names == ["rtx1", "nvidiageforcertx1", "one"])
    #expect(
      try device("name", #""NVIDIA TITAN X""#).names == ["rtx1", "nvidiatitanx", "one", "titanx"])
    #expect(PresetName.withoutVendor("nvidiageforcertx1") == "rtx1")
    #expect(PresetName.withoutVendor("nvidia") == "nvidia")
    #expect(PresetName.withoutVendor("rtxnvidia") == "rtxnvidia")
  }
}

@Suite("Model entries")
struct ModelEntryTests {
  @Test("An entry with every key is read")
  func whole() throws {
    let entry = try model()
    #expect(entry.id == "tiny:1b")
    #expect(entry.name == "Tiny 1B")
    #expect(entry.huggingFace == "maker/tiny-1b")
    #expect(entry.aliases == ["tiny"])
    #expect(entry.released == "2024-11-06")
    #expect(entry.nativePrecision == "bfloat16")
    #expect(entry.parameters == 77)
    #expect(entry.parameterCheck == "independent")
    #expect(entry.sources == ["s2", "s3"])
    #expect(entry.names == ["tiny1b", "tiny", "makertiny1b"])
  }

  @Test(
    "Keys that an entry may lack are absent",
    arguments: [
      "hugging_face", "aliases", "released", "native_precision", "inferred", "parameters",
      "replaces", "computed",
    ])
  func optional(key: String) {
    #expect(throws: Never.self) { try model(key) }
  }

  @Test(
    "A key that an entry must have is missed by its path",
    arguments: ["id", "name", "config", "source"])
  func missing(key: String) {
    #expect(problem { _ = try model(key) } == "line 1: 'models[0].\(key)' is missing")
  }

  @Test(
    "A part that must be there is missed by its path",
    arguments: [
      BadKey("parameters", #"{"check": "independent"}"#, "parameters.value"),
      BadKey("parameters", #"{"value": 1}"#, "parameters.check"),
      BadKey("config", #"{"hidden_size": 1}"#, "config.model_type"),
    ])
  func missingPart(change: BadKey) {
    let problem = problem { _ = try model(change.key, change.value) }
    #expect(problem.hasSuffix("'models[0].\(change.path)' is missing"), "\(problem)")
  }

  @Test(
    "A key that is not one is refused by its path",
    arguments: [
      BadKey("sources", "[]", "sources"),
      BadKey(
        "parameters", #"{"value": 1, "check": "independent", "count": 1}"#, "parameters.count"),
    ])
  func wrongKey(change: BadKey) {
    let problem = problem { _ = try model(change.key, change.value) }
    #expect(problem.hasSuffix("unknown key 'models[0].\(change.path)'"), "\(problem)")
  }

  @Test("The keys of the configuration are left to the reader of configurations")
  func configuration() {
    #expect(throws: Never.self) { try model("config", #"{"model_type": "x", "anything": [1]}"#) }
  }

  @Test(
    "A value of the wrong kind is refused by its path",
    arguments: [
      BadKey("id", "1", "id"), BadKey("hugging_face", "[]", "hugging_face"),
      BadKey("aliases", "{}", "aliases"), BadKey("released", "2024", "released"),
      BadKey("released", #""2024-13-01""#, "released"), BadKey("released", #""soon""#, "released"),
      BadKey("id", #""Tiny 1B""#, "id"), BadKey("source", #"[""]"#, "source"),
      BadKey(
        "parameters", #"{"value": 1, "check": "sure", "source": "s"}"#, "parameters.check"),
      BadKey("native_precision", "16", "native_precision"),
      BadKey("parameters", "77", "parameters"),
      BadKey("parameters", #"{"value": "7B", "check": "independent"}"#, "parameters.value"),
      BadKey("parameters", #"{"value": 0, "check": "independent"}"#, "parameters.value"),
      BadKey("parameters", #"{"value": 1, "check": 1}"#, "parameters.check"),
      BadKey(
        "parameters", #"{"value": 1, "check": "independent", "source": 1}"#, "parameters.source"),
      BadKey(
        "parameters", #"{"value": 1, "check": "independent", "published": "x"}"#,
        "parameters.published"),
      BadKey("parameters", #"{"value": 1, "check": "independent", "note": 1}"#, "parameters.note"),
      BadKey("config", "[]", "config"),
      BadKey("config", #"{"model_type": 1}"#, "config.model_type"),
      BadKey("inferred", "5", "inferred"), BadKey("source", #""s""#, "source"),
      BadKey("source", "[1]", "source[0]"), BadKey("source", "[]", "source"),
    ])
  func wrongKind(change: BadKey) {
    let problem = problem { _ = try model(change.key, change.value) }
    #expect(problem.contains("'models[0].\(change.path)' is "), "\(problem)")
  }
}

@Suite("Preset files")
struct PresetFileTests {
  private func file(_ text: String) throws -> PresetFile {
    try PresetFile(parsing: Array(text.utf8), kind: .devices)
  }

  @Test("A file has a schema, entries, and names that several of them could mean")
  func whole() throws {
    let file = try file(
      #"{"schema": 1, "family": "f", "ambiguous": {"RTX 1": ["a", "b"]}, "devices": [{}, {}]}"#)
    #expect(file.entries.count == 2)
    #expect(file.ambiguous.map(\.name) == ["rtx1"])
    #expect(file.ambiguous.map(\.ids) == [["a", "b"]])
  }

  @Test(
    "A file of another shape is refused by the key",
    arguments: [
      (#"{"devices": []}"#, "line 1: 'schema' is missing"),
      (#"{"schema": 2, "devices": []}"#, "line 1: 'schema' is 2, which is outside 1 to 1"),
      (#"{"schema": 1}"#, "line 1: 'devices' is missing"),
      (#"{"schema": 1, "models": []}"#, "line 1: unknown key 'models'"),
      ("{\"schema\": 1,\n\"devices\": {}}", "line 2: 'devices' is an object, not a list"),
      (
        #"{"schema": 1, "devices": [], "ambiguous": {"x": "a"}}"#,
        "line 1: 'ambiguous.x' is a text, not a list"
      ),
      ("[]", "line 1: 'the document' is a list, not an object"),
      ("{\"schema\": 1,\n}", "line 2, column 1: a comma before the end of the object"),
    ])
  func otherShape(text: String, expected: String) {
    #expect(problem { _ = try file(text) } == expected)
  }
}
