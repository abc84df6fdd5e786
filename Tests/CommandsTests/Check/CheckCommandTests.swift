import Commands
import Reports
import TestSupport
import Testing

@Suite("vram check")
struct CheckCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ words: String...) -> Outcome { Tool.run(words) }

  private func check(_ text: String, _ words: String...) throws -> Outcome {
    Tool.run(["check", try folder.write(text, to: "vram.json")] + words)
  }

  private func result(_ outcome: Outcome) throws -> CheckResult {
    try CheckResult(reading: Array(outcome.output.utf8))
  }

  private static let editor =
    #"{ "name": "editor", "model": "qwen2.5-coder:14b", "gpu": "rtx-3060-12gb" }"#
  private static let big = #"{ "name": "big", "model": "llama3.1:70b", "gpu": "rtx-4090" }"#
  private static let tight =
    #"{ "name": "tight", "model": "qwen2.5-coder:14b", "context": "16k", "gpu": "rtx-3060-12gb" }"#
  private static let typo = #"{ "name": "typo", "model": "qwen2.5-codr", "gpu": "24GiB" }"#

  // MARK: Exit status

  @Test(
    "The exit status is that of the worst deployment: 2, then 1, then 3",
    arguments: [
      ([editor], false, Outcome.Status.success), ([tight], false, .success),
      ([tight], true, .doesNotFit), ([editor, big], false, .doesNotFit),
      ([big, typo, editor], false, .badInput), ([editor, "unknown"], false, .cannotTell),
      (["unknown", big], false, .doesNotFit), (["unknown", typo], false, .badInput),
    ])
  func status(deployments: [String], isStrict: Bool, status: Outcome.Status) throws {
    _ = try folder.write(#"{ "model_type": "never-heard-of" }"#, to: "config.json")
    let unknown = #"{ "name": "unknown", "model": "./config.json", "gpu": "24GiB" }"#
    let list = deployments.map { $0 == "unknown" ? unknown : $0 }.joined(separator: ",\n")
    let text = "{ \"deployments\": [\n\(list)\n] }"
    let outcome = isStrict ? try check(text, "--strict") : try check(text)
    #expect(outcome.status == status, "\(outcome)")
    // All are told, whatever comes before.
    let count = outcome.output.split(separator: "\n").count { line in
      ["PASS ", "FAIL ", "ERROR ", "UNKNOWN "].contains { line.hasPrefix($0) }
    }
    #expect(count == deployments.count)
  }

  @Test("A verdict of fits makes a tight deployment fail")
  func verdict() throws {
    let text = #"{ "defaults": { "verdict": "fits" }, "deployments": [ \#(Self.tight) ] }"#
    #expect(try check(text).status == .doesNotFit)
  }

  // MARK: Limits

  /// An RTX 4090 reads 1008 GB a second: 4.6 GB of Q4_K_M at most 219 times.
  @Test(
    "Limits of speed pass, are tight, fail, or cannot be told",
    arguments: [
      ("--gpu rtx-4090 --min-tokens-per-second 20", Outcome.Status.success),
      ("--gpu rtx-4090 --min-tokens-per-second 220", .doesNotFit),
      ("--gpu rtx-4090 --max-first-token 10s --prompt 2k", .success),
      ("--gpu rtx-4090 --max-first-token 1ms", .doesNotFit),
      ("--gpu 24GiB --max-first-token 300ms", .cannotTell),
      ("--gpu 24GiB --min-tokens-per-second 1 --max 1GiB", .doesNotFit),
      ("--gpu rtx-4090 --max-first-token 300", .badInput),
      ("--gpu rtx-4090 --min-tokens-per-second 0", .badInput),
      ("--gpu rtx-4090 --max-first-token 9s --prompt 9k", .badInput),
    ])
  func speed(options: String, status: Outcome.Status) {
    let words = ["check", "llama3.1:8b"] + options.split(separator: " ").map(String.init)
    for format in CheckFormat.allCases {
      let outcome = Tool.run(words + ["--format", format.rawValue])
      #expect(outcome.status == status, "\(format) \(outcome)")
    }
  }

  @Test("Limits of speed are keys of a budgets file, and a tight one fails where it is strict")
  func speedKeys() throws {
    let text =
      #"{ "deployments": [ { "name": "voice", "model": "llama3.1:8b", "gpu": "rtx-4090", "#
      + #""prompt": 512, "max_first_token": "TIME", "min_tokens_per_second": 20.5 } ] }"#
    func check(_ time: String, _ words: String...) throws -> CheckResult {
      let file = try folder.write(
        text.split(separator: "TIME").joined(separator: time), to: "vram.json")
      return try result(Tool.run(["check", file, "--format", "json"] + words))
    }
    let found = try #require(
      try check("10s").deployments[0].findings.first { $0.rule == .maxFirstToken })
    #expect(found.status == .pass && found.speed?.promptTokens == 512)
    let times = try #require(found.speed?.firstTokenSeconds)
    let middle = "\(Int((times.expected + times.high) / 2 * 1000))ms"
    #expect(try check(middle).status == .pass)
    #expect(try check(middle, "--strict").status == .fail)
  }

  @Test("A limit holds up to the byte that is needed, and not one less")
  func limits() throws {
    let words = ["check", "smollm3-3b", "--gpu", "6GiB", "--overhead", "256MiB"]
    let plain = try result(Tool.run(words + ["--format", "json"])).deployments[0]
    let need = plain.devices[0].expectedBytes
    let left = plain.devices[0].usableBytes - need
    // Every line is exact or given, so nothing is tight.
    #expect(plain.devices[0].highBytes == need)
    #expect(Tool.run(words + ["--max", "\(need)B"]).status == .success)
    #expect(Tool.run(words + ["--max", "\(need - 1)B"]).status == .doesNotFit)
    #expect(Tool.run(words + ["--min-headroom", "\(left)B"]).status == .success)
    #expect(Tool.run(words + ["--min-headroom", "\(left + 1)B"]).status == .doesNotFit)
    // A percentage of what is usable, down to thousandths.
    let share = need * 100_000 / plain.devices[0].usableBytes
    func percent(_ thousandths: Int64) -> String {
      let digits = "\(thousandths % 1000)"
      return "\(thousandths / 1000)."
        + String(repeating: "0", count: 3 - digits.count) + digits + "%"
    }
    #expect(Tool.run(words + ["--max", percent(share)]).status == .doesNotFit)
    #expect(Tool.run(words + ["--max", percent(share + 1)]).status == .success)
  }

  @Test("The least context is priced, and is refused beyond what the model was made for")
  func minimumContext() throws {
    let words = ["check", "qwen2.5-coder:14b", "--gpu", "rtx-3060-12gb", "--context", "4k"]
    #expect(Tool.run(words + ["--min-context", "8k"]).status == .success)
    let large = Tool.run(words + ["--min-context", "20k"])
    #expect(large.status == .doesNotFit)
    // The same need as the budget of that context: 20,480 tokens × 196,608 B.
    let own = Tool.run([
      "check", "qwen2.5-coder:14b", "--gpu", "rtx-3060-12gb", "--context", "20k", "--format",
      "json",
    ])
    let tried = try result(Tool.run(words + ["--min-context", "20k", "--format", "json"]))
    #expect(
      tried.deployments[0].findings.last?.expectedBytes
        == (try result(own)).deployments[0].devices[0].expectedBytes)
    let beyond = Tool.run(words + ["--min-context", "64k"])
    #expect(beyond.status == .doesNotFit)
    #expect(beyond.output.contains("made for 32,768 tokens"))
  }

  @Test(
    "The fix of what fails passes",
    arguments: [
      ["qwen2.5-coder:14b", "--gpu", "rtx-3060-12gb", "--context", "16k", "--strict"],
      ["qwen2.5-coder:14b", "--gpu", "24GiB", "--context", "16k", "--max", "11GiB"],
      ["qwen2.5-coder:14b", "--gpu", "24GiB", "--context", "16k", "--min-headroom", "13GiB"],
    ])
  func fixes(words: [String]) throws {
    let outcome = Tool.run(["check"] + words + ["--format", "json"])
    #expect(outcome.status == .doesNotFit)
    let fix = try #require(result(outcome).deployments[0].fix)
    var again = words
    for (key, value) in fix.settings {
      let flag = "--" + key.map { $0 == "_" ? "-" : String($0) }.joined()
      if let old = again.firstIndex(of: flag) { again.removeSubrange(old...old + 1) }
      again += [flag] + value.texts
    }
    #expect(Tool.run(["check"] + again).status == .success, "\(again)")
    #expect(Tool.run(["check"] + words).output.contains("         fix: \(fix.change)\n"))
  }

  @Test("Many deployments come out as each does alone, in their order")
  func many() throws {
    let large = #""model": "smollm2-360m", "gpu": "100MiB""#
    let small = #""model": "smollm2-360m", "gpu": "8GiB", "context": "64k""#
    let list = (0..<110).map { index in
      "{ \"name\": \"d\(index)\", \(index % 60 == 0 ? large : small) }"
    }
    let text = "{ \"deployments\": [\n\(list.joined(separator: ",\n"))\n] }"
    let outcome = try check(text, "--format", "json")
    let found = try result(outcome).deployments
    #expect(found.map(\.name) == (0..<110).map { "d\($0)" })
    for (index, deployment) in found.enumerated() {
      let like = found[index % 60 == 0 ? 0 : 1]
      #expect(deployment.status == (index % 60 == 0 ? .fail : .pass))
      #expect(deployment.lines == like.lines && deployment.fix == like.fix)
      #expect((deployment.fix == nil) == (deployment.status == .pass))
      #expect(deployment.line == index + 2)
    }
    // The model was made for fewer tokens: said once.
    #expect(outcome.diagnostics.split(separator: "\n").count == 1, "\(outcome.diagnostics)")
  }

  // MARK: The file

  @Test("Defaults hold for what does not say otherwise; null and false take them back")
  func defaults() throws {
    let text = """
      {
        "$schema": "vram.schema.json",
        "defaults": { // comments are allowed
          "gpu": ["24GiB", "24GiB"], "model": "smollm3-3b", "swa_full": true, "context": 4096,
        },
        "deployments": [
          { "name": "a" },
          { "name": "b", "gpu": "6GiB", "swa_full": false, "context": null },
          { "name": "c", "models": ["smollm2-360m", { "model": "smollm3-3b", "context": "2k" }] },
        ],
      }
      """
    let deployments = try result(try check(text, "--format", "json")).deployments
    #expect(deployments.map(\.devices.count) == [2, 1, 2])
    #expect(deployments[0].settings["swa_full"] == .flag)
    #expect(
      deployments[1].settings == ["gpu": .text("6GiB")], "\(deployments[1].settings)")
    #expect(deployments[0].models[0].context == 4096)
    #expect(deployments[1].models[0].context == 8192)
    #expect(deployments[2].models.map(\.context) == [4096, 2048])
    #expect(deployments.map(\.line) == [7, 8, 9])
  }

  @Test("Options replace what the file says")
  func overrides() throws {
    let text = #"{ "deployments": [ \#(Self.big) ] }"#
    #expect(try check(text).status == .doesNotFit)
    let path = try folder.write(text, to: "other.json")
    #expect(run("check", "--config", path, "--gpu", "48GiBx2").status == .success)
    #expect(
      run("check", "--config", path, "--gpu", "48GiBx2", "--max", "1GiB").status == .doesNotFit)
  }

  @Test("--only checks the deployments of these names")
  func only() throws {
    let text = #"{ "deployments": [ \#(Self.big), \#(Self.editor), \#(Self.tight) ] }"#
    #expect(try check(text, "--only", "editor").status == .success)
    let two = try check(text, "--only", "tight", "--only", "editor", "--format", "json")
    #expect(try result(two).deployments.map(\.name) == ["editor", "tight"])
    let none = try check(text, "--only", "editr")
    #expect(none.status == .badInput)
    #expect(none.diagnostics.contains("'editr'") && none.diagnostics.contains("'editor'"))
  }

  @Test(
    "A wrong file is refused with its line and what to do",
    arguments: [
      ("", "line 1", "correct"), ("{", "line 1", "correct"), ("[]", "line 1", "an object"),
      ("{}", "'deployments' is missing", "add"),
      (#"{ "deployments": [] }"#, "empty", "add a deployment"),
      (#"{ "deployments": {} }"#, "line 1", "a list"),
      ("{\n\"deployments\": [ { \"name\": \"a\" } ] }", "line 2: 'deployments[0].model'", "add"),
      ("{\n\"deployments\": [ { \"model\": \"a\" } ] }", "line 2: 'deployments[0].name'", "add"),
      (
        "{ \"deployments\": [\n{ \"name\": \"a\", \"model\": \"b\",\n\"contxt\": 5 } ] }",
        "line 3: unknown key 'deployments[0].contxt'", "'context'"
      ), (#"{ "deployment": [] }"#, "'deployment'", "'deployments'"),
      (#"{ "preset": [], "deployments": [] }"#, "'preset'", "'presets'"),
      (#"{ "presets": 5, "deployments": [] }"#, "'presets'", "a text"),
      ("{\n\"presets\": \"no.json\",\n\"deployments\": [ \(editor) ] }", ":2: no preset", "give"),
      (
        "{ \"deployments\": [\n\(editor),\n\(editor) ] }", ":3: the name 'editor'", "of its own"
      ),
      (
        #"{ "deployments": [ { "name": "a", "model": "b", "gpu": { } } ] }"#,
        "'deployments[0].gpu'",
        "a text"
      ),
      (
        #"{ "deployments": [ { "name": "a", "model": "b", "context": [1, 2] } ] }"#, "context",
        "a text"
      ),
      (
        #"{ "deployments": [ { "name": "a", "model": "b", "swa_full": "yes" } ] }"#, "swa_full",
        "true or false"
      ),
      (
        #"{ "deployments": [ { "name": "a", "model": "b", "context": true } ] }"#, "context",
        "a text"
      ),
      (
        #"{ "deployments": [ { "name": "a", "model": "b", "context": NaN } ] }"#, "context",
        "a text"
      ),
      (
        #"{ "deployments": [ { "name": "a", "model": "b", "models": ["c"] } ] }"#, "models",
        "left out"
      ),
      (#"{ "deployments": [ { "name": "a", "models": [] } ] }"#, "models", "1 to 16"),
      (
        #"{ "deployments": [ { "name": "a", "models": [{ "model": "b", "gpu": "x" }] } ] }"#, "gpu",
        ""
      ), (#"{ "deployments": [ { "name": "", "model": "b" } ] }"#, "name", "printable"),
      (#"{ "deployments": [ { "name": "a\u001b[2J", "model": "b" } ] }"#, "name", "printable"),
      (
        "{ \"deployments\": \(String(repeating: "[", count: 10_000))", "line 1", "correct"
      ),
      (
        #"{ "deployments": [ { "name": "a", "name": "b", "model": "c" } ] }"#, "stands twice",
        "correct"
      ),
    ])
  func wrongFile(text: String, place: String, fix: String) throws {
    let outcome = try check(text)
    #expect(outcome.status == .badInput && outcome.output.isEmpty)
    #expect(outcome.diagnostics.contains(place), "\(outcome.diagnostics)")
    #expect(outcome.diagnostics.contains("fix: ") && outcome.diagnostics.contains(fix))
  }

  @Test(
    "A wrong setting is an error of its deployment, at its line, in the file's words",
    arguments: [
      (#""gpu": "24G""#, "gpu: '24G'", "24GiB"), (#""gpu": 24"#, "gpu: unknown GPU '24'", ""),
      (#""gpu": "24GiB", "context": 1e300"#, "context: '1e+300'", "number"),
      (#""gpu": "24GiB", "context": 99999999999999999999"#, "context: '1e+20'", "number"),
      (#""gpu": "24GiB", "context": -1"#, "context: '-1'", "number"),
      (#""gpu": "24GiB", "max": 24"#, "max: '24' has no unit", "24GiB"),
      (#""gpu": "24GiB", "max": "101%""#, "max: '101%'", "100%"),
      (#""gpu": "24GiB", "max": "90.1234%""#, "max: '90.1234%'", "number"),
      (#""gpu": "24GiB", "max": "%""#, "max: '%'", "number"),
      (#""gpu": "24GiB", "verdict": "unknown""#, "verdict: ", "fits, tight"),
      (
        #""gpu": "24GiB", "flash_attention": "off", "cache_type_v": "q8_0""#, "cache_type_v: ",
        "flash_attention on"
      ), (#""quant": "Q4_K_M""#, "gpu: no device is named", "add gpu NAME"),
    ])
  func wrongSetting(settings: String, problem: String, fix: String) throws {
    let text =
      "{ \"deployments\": [\n{ \"name\": \"a\", \"model\": \"smollm3-3b\",\n\(settings) } ] }"
    let outcome = try check(text)
    #expect(outcome.status == .badInput)
    let lines = outcome.output.split(separator: "\n")
    let line = settings.contains("gpu") ? 3 : 2
    #expect(lines[0].hasPrefix("ERROR    a  \(folder.path)/vram.json:\(line): "), "\(lines[0])")
    #expect(lines[0].contains(problem), "\(lines[0])")
    #expect(lines[1].hasPrefix("         fix: ") && lines[1].contains(fix), "\(lines[1])")
  }

  @Test("Paths in a file lead from its folder")
  func paths() throws {
    let config = try Fixture.text(
      atPath: Fixture.folder(of: #filePath)
        + "/../../ModelFilesTests/Fixtures/configs/gpt-oss-20b.json")
    _ = try folder.folder("model")
    _ = try folder.write(config, to: "model/config.json")
    let text = """
      { "defaults": { "gpu": "24GiB" }, "deployments": [
        { "name": "a", "model": "./model/config.json" }, { "name": "b", "model": "model/config.json" },
        { "name": "c", "model": "\(folder.path)/model/config.json" } ] }
      """
    let outcome = try check(text, "--format", "json")
    let need = try result(outcome).deployments.map { $0.devices.first?.expectedBytes }
    #expect(need[0] != nil && Set(need).count == 1)
  }

  @Test(
    "A command line that names both, or nothing to check, is refused",
    arguments: [
      (["check", "smollm3-3b"], "smollm3-3b", "--gpu"),
      (["check", "a.json", "b.json"], "check", "--gpu"),
      (["check", "--config", "/nowhere/vram.json"], "/nowhere/vram.json", "path"),
      (["check", "smollm3-3b", "--gpu", "24GiB", "--only", "a"], "--only", "leave out"),
      (["check", "--format", "yaml"], "--format", "junit"), (["check"], "vram.json", "vram init"),
      (["check", "/tmp"], "/tmp", ""),
    ])
  func refused(words: [String], place: String, fix: String) {
    let outcome = Tool.run(words)
    #expect(outcome.status == .badInput && outcome.output.isEmpty)
    #expect(outcome.diagnostics.hasPrefix("vram: error: \(place): "), "\(outcome.diagnostics)")
    #expect(outcome.diagnostics.contains(fix), "\(outcome.diagnostics)")
  }

  // MARK: Rendering

  private static let mixed = """
    { "deployments": [
      \(editor), \(tight), \(typo), { "name": "big", "model": "smollm2-360m", "gpu": "100MiB" },
      { "name": "limits <&\\"'>| %, :\\\\", "model": "smollm3-3b", "gpu": "8GiBx2", "max": "10%",
        "min_headroom": "7.5GiB", "min_context": "1000k", "message": "ask *us*\\n::error::x" } ] }
    """

  @Test(
    "A recorded result renders to the bytes of the check itself",
    arguments: ["binary", "decimal"])
  func rendering(units: String) throws {
    let path = try folder.write(Self.mixed, to: "vram.json")
    let check = ["check", path] + (units == "decimal" ? ["--strict"] : [])
    let recorded = try folder.write(
      Tool.run(check + ["--format", "json"]).output, to: "result.json")
    // Only what people read has units.
    let formats: [CheckFormat] = units == "binary" ? CheckFormat.allCases : [.table, .markdown]
    for format in formats {
      let how = ["--format", format.rawValue, "--units", units]
      let direct = Tool.run(check + how)
      let rendered = Tool.run(["render", recorded] + how)
      #expect(direct.output == rendered.output)
      #expect(rendered.status == .success && direct.status == .badInput)
      #expect(!direct.output.isEmpty)
    }
  }

  @Test("A damaged result is refused with its line")
  func damagedResult() throws {
    let path = try folder.write(#"{ "deployments": [ \#(Self.editor) ] }"#, to: "vram.json")
    let text = run("check", path, "--format", "json").output
    for (old, new, place) in [
      (#""schema" : 1"#, #""schema" : 2"#, "schema"),
      (#""command" : "check""#, #""command" : "budget""#, "command"),
      (#""name" : "editor""#, #""nam" : "editor""#, "deployments[0].name"),
      (#""status" : "pass""#, #""status" : "passed""#, "status"),
      (#""rule" : "fits""#, #""rule" : 5"#, "rule"),
      (#""high_bytes" : "#, #""high_bytes" : 99999999"#, "high_bytes"),
      (#""high_bytes" : "#, #""high_bytes" : 0.5"#, "high_bytes"),
    ] {
      let parts = text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
      try #require(parts.count == 2, "\(old)")
      let recorded = try folder.write(parts[0] + new + parts[1], to: "damaged.json")
      let outcome = run("render", recorded)
      #expect(outcome.status == .badInput && outcome.output.isEmpty)
      #expect(outcome.diagnostics.contains("line "), "\(outcome.diagnostics)")
      #expect(outcome.diagnostics.contains(place), "\(outcome.diagnostics)")
    }
    // Cut anywhere, it is refused.
    for length in stride(from: 0, to: text.utf8.count - 1, by: 97) {
      let recorded = try folder.file("cut.json", Array(text.utf8.prefix(length)))
      #expect(run("render", recorded).status == .badInput, "cut at \(length)")
    }
  }
}
