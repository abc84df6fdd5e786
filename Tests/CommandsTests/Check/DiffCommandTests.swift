import Commands
import Reports
import TestSupport
import Testing

@Suite("vram diff")
struct DiffCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func file(context: String, name: String = "editor", more: String = "") -> String {
    """
    { "deployments": [ { "name": "\(name)", "model": "qwen2.5-coder:14b", "gpu": "24GiB",
        "context": "\(context)" }\(more) ] }
    """
  }

  /// Records the result of a budgets file.
  private func recorded(_ text: String, as name: String) throws -> String {
    let path = try folder.write(text, to: "vram.json")
    return try folder.write(Tool.run(["check", path, "--format", "json"]).output, to: name)
  }

  /// The same result with a text in place of another.
  private func changed(_ path: String, _ old: String, _ new: String) throws -> String {
    let parts = try Fixture.text(atPath: path).split(
      separator: old, maxSplits: 1, omittingEmptySubsequences: false)
    try #require(parts.count == 2, "\(old)")
    return try folder.write(parts[0] + new + parts[1], to: "changed.json")
  }

  @Test("Nothing changed is said, and is no failure")
  func unchanged() throws {
    let base = try recorded(file(context: "8k"), as: "base.json")
    for words in [["diff", base], ["diff", base, base], ["diff", base, "--max-increase", "0B"]] {
      let outcome = Tool.run(words)
      #expect(outcome.status == .success)
      #expect(outcome.output.hasPrefix("editor: unchanged, "))
    }
  }

  @Test("A larger context is told line by line, against now and against a record")
  func context() throws {
    let base = try recorded(file(context: "8k"), as: "base.json")
    let new = try recorded(file(context: "16k"), as: "new.json")
    for words in [["diff", base], ["diff", base, new]] {
      let outcome = Tool.run(words + ["--format", "csv"])
      // 48 layers × 8 KV heads × 128 × K and V × 2 B × 8,192 and 16,384 tokens.
      #expect(
        outcome.output.contains(
          "editor,changed,0,0,kv_cache,1610612736,3221225472,1610612736,100.0,settings,pass,pass,"
            + "false\n"), "\(outcome.output)")
      #expect(Tool.run(words).output.contains("  deployment: context 8k → 16k\n"))
      #expect(outcome.status == .success)
    }
  }

  @Test("A growth up to the allowed one passes, and one byte more fails")
  func maxIncrease() throws {
    let base = try recorded(file(context: "8k"), as: "base.json")
    let new = try recorded(file(context: "16k"), as: "new.json")
    let results = try [base, new].map { path in
      try CheckResult(reading: Array(Fixture.text(atPath: path).utf8)).deployments[0].devices[0]
    }
    let growth = results[1].expectedBytes - results[0].expectedBytes
    for (allowed, status) in [
      ("\(growth)B", Outcome.Status.success), ("\(growth - 1)B", .doesNotFit), ("50%", .success),
      ("1%", .doesNotFit),
    ] {
      #expect(Tool.run(["diff", base, new, "--max-increase", allowed]).status == status)
    }
    #expect(Tool.run(["diff", new, base, "--max-increase", "0B"]).status == .success)
  }

  @Test("A growth that comes from the program is told apart")
  func program() throws {
    let base = try recorded(file(context: "8k"), as: "base.json")
    let olderTool = try changed(
      base, #""tool_version" : "\#(Tool.version)""#, #""tool_version" : "0.0.1""#)
    // Only the version differs: no figure changed, so no cause is named.
    #expect(Tool.run(["diff", olderTool]).output.hasPrefix("editor: unchanged, "))
    // 1 MiB less of one line and the device, as an older version might have said.
    let text = try Fixture.text(atPath: olderTool)
    let need = try CheckResult(reading: Array(text.utf8)).deployments[0].devices[0].expectedBytes
    let less = try changed(
      changed(olderTool, #""expected_bytes" : 8544198656"#, #""expected_bytes" : 8543150080"#),
      #""expected_bytes" : \#(need),"#, #""expected_bytes" : \#(need - 1_048_576),"#)
    let grown = Tool.run(["diff", less, "--max-increase", "0B"])
    #expect(grown.status == .success)
    #expect(grown.output.contains("  formulas: vram-budget 0.0.1, formulas 1 → "))
    #expect(
      Tool.run(["diff", less, "--max-increase", "0B", "--strict"]).status == .doesNotFit)
    // Both: what the deployment asks for, and what the program says of it.
    _ = try folder.write(file(context: "16k"), to: "vram.json")
    let both = Tool.run(["diff", less]).output
    #expect(both.contains("  deployment: context 8k → 16k\n"), "\(both)")
    #expect(both.contains("  +1.000 MiB of it from presets and formulas, +"), "\(both)")
  }

  @Test("Another description of a model or a device by name is no change of the deployment")
  func presets() throws {
    let base = try recorded(file(context: "8k"), as: "base.json")
    let result = try CheckResult(reading: Array(Fixture.text(atPath: base).utf8)).deployments[0]
    for digest in [result.models[0].digest, result.devices[0].digest] {
      let other = try changed(base, digest, "0000000000000000")
      let outcome = Tool.run(["diff", other, base])
      #expect(outcome.output.contains("  preset: what is known of "), "\(outcome.output)")
      #expect(outcome.status == .success)
    }
  }

  @Test("Presets that the file names are used from where it lies, recorded, and named when changed")
  func ownPresets() throws {
    func card(gibibytes: Int) -> String {
      """
      {"schema": 1, "devices": [{"id": "box-1", "name": "Box", "vendor": "Mine",
        "class": "workstation", "backend": "cuda",
        "memory_total_mib": {"value": \(gibibytes * 1024), "source": "its label"}}]}
      """
    }
    _ = try folder.folder("own")
    let path = try folder.write(card(gibibytes: 40), to: "own/card.json")
    let text = """
      { "presets": "own/card.json",
        "deployments": [ { "name": "small", "model": "smollm2-360m", "gpu": "box-1" } ] }
      """
    let base = try recorded(text, as: "base.json")
    let device = try CheckResult(reading: Array(Fixture.text(atPath: base).utf8))
      .deployments[0].devices[0]
    #expect(device.id == "box-1" && device.presetFile == path)
    _ = try folder.write(card(gibibytes: 48), to: "own/card.json")
    let changed = Tool.run(["diff", base]).output
    #expect(changed.contains("  preset: what is known of box-1, in \(path)\n"), "\(changed)")
    let several = text.replacing("\"own/card.json\"", with: "[\"own/none.json\"]")
    let refused = Tool.run(["check", try folder.write(several, to: "vram.json")])
    #expect(refused.status == .badInput && refused.diagnostics.contains("own/none.json'"))
  }

  @Test("Deployments that come and go are listed; a new one must pass")
  func addedAndRemoved() throws {
    let base = try recorded(file(context: "8k"), as: "base.json")
    let other = try recorded(file(context: "8k", name: "chat"), as: "other.json")
    let outcome = Tool.run(["diff", base, other])
    #expect(outcome.status == .success)
    #expect(
      outcome.output.contains("chat: added, ") && outcome.output.contains("editor: removed, "))
    for (deployment, status) in [
      (#"{ "name": "big", "model": "smollm2-360m", "gpu": "100MiB" }"#, Outcome.Status.doesNotFit),
      (#"{ "name": "typo", "model": "smollm2-360", "gpu": "8GiB" }"#, .badInput),
    ] {
      _ = try folder.write(file(context: "8k", more: ",\n\(deployment)"), to: "vram.json")
      #expect(Tool.run(["diff", base]).status == status)
    }
  }

  @Test("What options described is priced again")
  func options() throws {
    let output = Tool.run(["check", "smollm2-360m", "--gpu", "8GiB", "--format", "json"]).output
    let base = try folder.write(output, to: "base.json")
    #expect(Tool.run(["diff", base]).output.hasPrefix("smollm2-360m: unchanged, "))
  }

  @Test(
    "Every format is written, the same way twice", arguments: ["table", "json", "csv", "markdown"])
  func formats(format: String) throws {
    let base = try recorded(file(context: "8k"), as: "base.json")
    _ = try folder.write(file(context: "16k"), to: "vram.json")
    let words = ["diff", base, "--format", format]
    let outcome = Tool.run(words)
    #expect(outcome.status == .success && outcome.output.contains("editor"))
    #expect(Tool.run(words).output == outcome.output)
  }

  @Test("Figures at the edge of what a record may say are compared without a trap")
  func hostile() throws {
    let text = try Fixture.text(atPath: recorded(file(context: "8k"), as: "base.json"))
    let edge = Int64(1) << 60
    func record(_ figure: Int64, as name: String) throws -> String {
      // Every figure is the largest; the device stands there sixteen times.
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, parts[0].hasSuffix("_bytes\" ") else { return String(line) }
        return parts[0] + ": \(figure)" + (line.hasSuffix(",") ? "," : "")
      }.joined(separator: "\n")
      let start = try #require(lines.firstRange(of: "\"devices\" : [")).upperBound
      let end = try #require(lines[start...].firstRange(of: "]")).lowerBound
      let device = lines[start..<end]
      let devices = Array(repeating: device, count: 16).joined(separator: ",")
      return try folder.write(
        lines[..<start] + devices + lines[end...], to: name)
    }
    let large = try record(edge, as: "large.json")
    let small = try record(-edge, as: "small.json")
    for format in ["table", "json", "csv", "markdown"] {
      for words in [[large, small], [small, large], [large], [small]] {
        let diff = Tool.run(["diff"] + words + ["--max-increase", "1%", "--format", format])
        #expect(diff.status == .success || diff.status == .doesNotFit)
      }
    }
    for format in CheckFormat.allCases {
      for path in [large, small] {
        #expect(Tool.run(["render", path, "--format", format.rawValue]).status == .success)
      }
    }
    let beyond = try record(edge + 1, as: "beyond.json")
    #expect(Tool.run(["diff", beyond]).status == .badInput)
  }

  @Test("A command line that cannot be is refused")
  func refused() throws {
    let base = try recorded(file(context: "8k"), as: "base.json")
    for words in [
      ["diff"], ["diff", "nowhere.json"], ["diff", base, base, "--config", "x"],
      ["diff", base, "--max-increase", "5"], ["diff", folder.path],
    ] {
      let outcome = Tool.run(words)
      #expect(outcome.status == .badInput && outcome.output.isEmpty, "\(words)")
      #expect(outcome.diagnostics.contains("  fix: "))
    }
  }
}
