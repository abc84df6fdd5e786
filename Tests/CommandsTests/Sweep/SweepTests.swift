import Commands
import JSONDocuments
import Testing

/// The outcome of a command line, all of its rows in one text.
func sweep(_ line: String) -> Outcome {
  Tool.run(["sweep"] + line.split(separator: " ").map(String.init)).whole
}

/// The rows of a sweep as CSV, each a cell by its column's name.
func rows(_ line: String) -> [[String: String]] {
  let lines = sweep("\(line) --format csv").output
    .split(separator: "\n", omittingEmptySubsequences: false).dropLast()
  guard let head = lines.first?.split(separator: ",", omittingEmptySubsequences: false) else {
    return []
  }
  return lines.dropFirst().map { row in
    let cells = row.split(
      separator: ",", maxSplits: head.count - 1, omittingEmptySubsequences: false)
    return Dictionary(uniqueKeysWithValues: zip(head.map(String.init), cells.map(String.init)))
  }
}

@Suite("Sweeps")
struct SweepTests {
  @Test(
    "Lists and ranges of numbers",
    arguments: [
      ("8k", [8192]), ("8k,16k", [8192, 16384]), ("16k,8k,16384", [16384, 8192]),
      ("2k..32k*2", [2048, 4096, 8192, 16384, 32768]), ("2k..30k*2", [2048, 4096, 8192, 16384]),
      ("4k..16k+4k", [4096, 8192, 12288, 16384]), ("100..103", [100, 101, 102, 103]),
      ("1k..9k*3", [1024, 3072, 9216]), ("5..5", [5]),
      ("1k..3k+1k,2k..4k+1k", [1024, 2048, 3072, 4096]),
    ])
  func numbers(text: String, expected: [Int]) {
    let contexts = rows("smollm2-360m --gpu 8GiB --context \(text)").map { $0["context"] }
    #expect(contexts == expected.map { "\($0)" })
  }

  @Test(
    "Lists and ranges of texts and sizes",
    arguments: [
      ("--gpu 8GiB..16GiB+4GiB", "gpu", ["8GiB", "12GiB", "16GiB"]),
      ("--gpu 8GiB..32GiB*2,10GB", "gpu", ["8GiB", "16GiB", "32GiB", "10GB"]),
      ("--gpu rtx-4090 --gpu rtx-3090x2,RTX4090", "gpu", ["rtx-4090", "rtx-3090x2"]),
      ("--gpu class=mobile:vendor=google", "gpu", ["pixel-9-pro"]),
      ("--gpu 8GiB --cache-type q8_0,F16,Q8_0", "cache_type", ["q8_0", "F16"]),
      ("--gpu 8GiB --ubatch 128..512*2", "ubatch", ["128", "256", "512"]),
      ("--gpu 8GiB --quant q4_k_m,Q8_0,Q4_K_M", "quantization", ["Q4_K_M", "Q8_0"]),
      ("--gpu 8GiB --runtime ollama,llama.cpp", "runtime", ["ollama", "llama.cpp"]),
      ("--gpu 8GiB --sequences 1..4", "sequences", ["1", "2", "3", "4"]),
    ])
  func texts(options: String, column: String, expected: [String]) {
    let values = rows("smollm2-360m --context 2k \(options)").map { $0[column] }
    #expect(values == expected)
  }

  @Test("The first axis is slowest: model, weights, settings, device, sequences, context")
  func order() {
    let swept = rows(
      "smollm2-360m smollm3-3b --runtime vllm --context 2k,4k --sequences 1,2"
        + " --gpu 8GiB,12GiB --kv-cache-dtype auto,fp8 --quant HF-BF16,W8A8")
    let columns = ["model", "quantization", "kv_cache_dtype", "gpu", "sequences", "context"]
    let keys = swept.map { row in columns.map { row[$0] ?? "" } }
    var expected: [[String]] = []
    for model in ["smollm2:360m", "smollm3-3b"] {
      for quant in ["HF-BF16", "W8A8"] {
        for type in ["auto", "fp8"] {
          for gpu in ["8GiB", "12GiB"] {
            for sequences in ["1", "2"] {
              for context in ["2048", "4096"] {
                expected.append([model, quant, type, gpu, sequences, context])
              }
            }
          }
        }
      }
    }
    #expect(keys == expected)
  }

  // 36 layers × 4 KV heads × 128 × K and V × 2 B = 73,728 B a token.
  @Test("A list of contexts is priced under Ollama too")
  func ollama() {
    let found = rows("smollm2-360m --gpu 8GiB --runtime ollama --context 4k,8k")
    #expect(found.map { $0["verdict"] } == ["fits", "fits"])
  }

  @Test("SmolLM3's cache grows by 73,728 bytes a token")
  func cache() {
    for row in rows("smollm3-3b --gpu 24GiB --context 2k..64k*2") {
      let tokens = row["context"].flatMap { Int($0) } ?? 0
      #expect(row["kv_cache_bytes"] == "\(73728 * tokens)")
    }
  }

  @Test(
    "A row holds what budget says of the same configuration",
    arguments: [
      "llama3.1:8b --gpu rtx-3060-12gb --quant Q8_0 --context 16k --cache-type q8_0",
      "llama3.1:70b --gpu rtx-3090x2 --quant Q4_K_M --sequences 4 --ubatch 256 --kv-unified",
      "gemma3:4b --gpu 8GiB --reserve 1GiB --overhead 512MiB --swa-full",
      "llama3.1:8b --gpu rtx-4090 --runtime vllm --utilization 0.8",
      "llama3.1:8b --gpu rtx-3090 --runtime ollama", "smollm3-3b --gpu apple-m1-16gb --runtime mlx",
      "smollm3-3b --gpu galaxy-s22 --quant 8da4w --context 2048",
      "smollm3-3b --gpu rtx-4090 --runtime transformers", "mamba-130m-hf --gpu 4GiB",
      "deepseek-v2-lite --gpu 24GiB --gpu-layers 10 --n-cpu-moe 4",
      "llama3.1:8b --gpu 24GiB --draft smollm2-360m --lora 16",
    ])
  func agreement(line: String) throws {
    let words = line.split(separator: " ").map(String.init)
    let outcome = Tool.run(["budget"] + words + ["--format", "json"])
    let budget = try JSONCursor(parsing: Array(outcome.output.utf8))
    let row = try JSONCursor(parsing: Array(sweep("\(line) --format json").output.utf8))
    let any: ClosedRange<Int64> = -(1 << 60)...(1 << 60)
    for key in ["expected_bytes", "high_bytes", "headroom_bytes"] {
      #expect(
        try row.required(key).integer(in: any) == budget.required(key).integer(in: any), "\(key)")
    }
    #expect(try row.required("verdict").string() == budget.required("verdict").string())
    let model = try budget.required("models").elements()[0]
    #expect(try row.required("model").string() == model.required("id").string())
    #expect(
      try row.required("kv_cache_bytes").integer(in: any)
        == model.required("kv_cache_bytes").integer(in: any))
    let workload = try model.required("workload")
    #expect(try row.required("quantization").string() == workload.required("quantization").string())
    #expect(try row.required("runtime").string() == workload.required("runtime").string())
    #expect(
      try row.required("context").integer(in: any) == workload.required("context").integer(in: any))
    let host = try budget.required("host").required("expected_bytes").integer(in: any)
    #expect(try row.required("host_bytes").integer(in: any) == host)
  }

  private static let speeds = [
    "tokens_per_second", "tokens_per_second_low", "tokens_per_second_high", "first_token_seconds",
  ]

  @Test("A row is as fast as budget says of it, in any order of cells")
  func speed() throws {
    let axes = " --gpu rtx-4090,24GiB,apple-m1-16gb --context 2k,16k --sequences 1"
    let swept = rows("llama3.1:8b mamba-130m-hf --cache-type f16,q8_0 --speed --prompt 1500" + axes)
    #expect(swept.count == 24)
    for row in swept {
      let words = [
        "budget", row["model"] ?? "", "--gpu", row["gpu"] ?? "", "--context",
        row["context"] ?? "", "--cache-type", row["cache_type"] ?? "", "--prompt", "1500",
        "--format", "csv",
      ]
      let lines = Tool.run(words).output.split(separator: "\n")
        .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
      for column in Self.speeds {
        let index = try #require(lines[0].firstIndex(of: column), "\(lines)")
        #expect(Double(lines[1][index]) == Double(row[column] ?? ""), "\(row)")
      }
      #expect((row["gpu"] == "24GiB") == (row["tokens_per_second"] == ""))
    }
  }

  @Test(
    "Rows are chosen and ordered by speed",
    arguments: [
      ("--min-tokens-per-second 20", 1), ("--min-tokens-per-second 1e4", 0),
      ("--min-tokens-per-second 10000", 0), ("--max-first-token 100s", 1),
      ("--speed --where first_token<=100s", 1), ("--speed --where tokens_per_second>=20", 1),
      ("--speed --where tokens_per_second_low<20", 1), ("--where tokens_per_second>=20", 0),
      ("--speed --top 1 --by tokens_per_second", 1), ("--speed --prompt 9k", 3),
    ])
  func fast(options: String, count: Int) {
    let swept = rows("llama3.1:8b --gpu raspberry-pi-5-16gb,rtx-4090,24GiB \(options)")
    #expect(swept.count == count)
    if options.contains("top") { #expect(swept[0]["gpu"] == "rtx-4090") }
    if options.contains("9k") {
      #expect(swept.allSatisfy { $0["verdict"] == "error" || $0["gpu"] == "24GiB" })
    }
  }

  /// 378 cells under a runtime whose figures are quickly found.
  private static let axes =
    "smollm2-360m smollm3-3b --runtime transformers --quant HF-BF16,AWQ,NF4"
    + " --gpu 2GiB,4GiB,rtx-4090 --sequences 1..3 --context 1k..64k*2"

  @Test(
    "Parts one after the other are the whole, in any format",
    arguments: ["csv", "json", "table", "markdown"])
  func shards(format: String) {
    let line = "\(Self.axes) --format \(format)"
    let whole = sweep(line).output
    for count in [2, 5] {
      let parts = (1...count).map { sweep("\(line) --shard \($0)/\(count)").output }
      #expect(parts.joined() == whole, "\(count) parts")
    }
  }

  @Test("The number of threads changes nothing")
  func threads() {
    let whole = sweep("\(Self.axes) --format csv --threads 1").output
    for threads in [2, 3, 8] {
      #expect(sweep("\(Self.axes) --format csv --threads \(threads)").output == whole)
    }
  }

  struct ConditionRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let column: String
    let holds: @Sendable (String) -> Bool

    init(_ condition: String, _ column: String, _ holds: @escaping @Sendable (String) -> Bool) {
      testDescription = condition
      self.column = column
      self.holds = holds
    }
  }

  @Test(
    "--where writes the rows of the whole of which the condition holds",
    arguments: [
      ConditionRow("verdict=fits", "verdict") { $0 == "fits" },
      ConditionRow("verdict=fits,tight", "verdict") { ["fits", "tight"].contains($0) },
      ConditionRow("verdict!=error", "verdict") { $0 != "error" },
      ConditionRow("verdict=error", "verdict") { $0 == "error" },
      ConditionRow("headroom>1GiB", "headroom_bytes") { (Int($0) ?? .min) > 1 << 30 },
      ConditionRow("headroom<0", "headroom_bytes") { (Int($0) ?? .max) < 0 },
      ConditionRow("context>=8k", "context") { (Int($0) ?? 0) >= 8192 },
      ConditionRow("context=1k,64k", "context") { ["1024", "65536"].contains($0) },
      ConditionRow("model!=smollm3-3b", "model") { $0 != "smollm3-3b" },
      ConditionRow("quant=nf4", "quantization") { $0 == "NF4" },
      ConditionRow("kv_cache<=100MiB", "kv_cache_bytes") { (Int($0) ?? .max) <= 100 << 20 },
    ])
  func conditions(row: ConditionRow) {
    let whole = rows(Self.axes)
    let kept = rows("\(Self.axes) --where \(row.testDescription)")
    #expect(kept == whole.filter { row.holds($0[row.column] ?? "") })
    #expect(!kept.isEmpty && kept.count < whole.count)
  }

  // 8,192 and 65,536 positions, as the two configurations say.
  @Test("--where context<=max leaves out what a model was not made for")
  func maximum() {
    let kept = rows("smollm2-360m smollm3-3b --gpu 8GiB --context 4k..128k*2 --where context<=max")
    #expect(
      kept.map { $0["context"] } == ["4096", "8192", "4096", "8192", "16384", "32768", "65536"])
    #expect(kept.map { $0["max_context"] }.prefix(3) == ["8192", "8192", "65536"])
  }

  @Test("--top writes the best rows, the first of equals first", arguments: [1, 7, 1000])
  func top(limit: Int) {
    let whole = rows(Self.axes).filter { !($0["expected_bytes"] ?? "").isEmpty }
    func number(_ row: [String: String], _ column: String) -> Int { Int(row[column] ?? "") ?? 0 }
    let byRoom = whole.enumerated().sorted { a, b in
      let ranks = (number(a.element, "headroom_bytes"), number(b.element, "headroom_bytes"))
      return ranks.0 != ranks.1 ? ranks.0 > ranks.1 : a.offset < b.offset
    }
    #expect(rows("\(Self.axes) --top \(limit)") == byRoom.prefix(limit).map(\.element))
    let byNeed = whole.enumerated().sorted { a, b in
      let contexts = (number(a.element, "context"), number(b.element, "context"))
      if contexts.0 != contexts.1 { return contexts.0 > contexts.1 }
      let needs = (number(a.element, "expected_bytes"), number(b.element, "expected_bytes"))
      return needs.0 != needs.1 ? needs.0 < needs.1 : a.offset < b.offset
    }
    #expect(
      rows("\(Self.axes) --top \(limit) --by context,expected")
        == byNeed.prefix(limit).map(\.element))
  }

  @Test("A combination that is refused is a row with its reason, and one line says so")
  func refusedCells() {
    let outcome = sweep("smollm2-360m --quant AWQ,Q8_0 --gpu 8GiB --format csv")
    #expect(outcome.status == .success)
    let swept = rows("smollm2-360m --quant AWQ,Q8_0 --gpu 8GiB")
    #expect(swept[0]["verdict"] == "error" && swept[0]["expected_bytes"] == "")
    #expect(swept[0]["error"]?.contains("--quant: a row of 960 elements") == true)
    #expect(swept[1]["verdict"] == "fits" && swept[1]["error"] == "")
    #expect(outcome.diagnostics.hasPrefix("vram: note: 1 of 2 cells have no verdict; the first: "))
  }

  @Test(
    "A wrong axis is refused before the first row",
    arguments: [
      ("smollm3-3b --gpu 8GiB --context 8k..2k", "--context", "2k..8k"),
      ("smollm3-3b --gpu 8GiB --context 2k..8k+0", "--context", "*2"),
      ("smollm3-3b --gpu 8GiB --context 2k..8k*1", "--context", "*2"),
      ("smollm3-3b --gpu 8GiB --context 2k..8k*0", "--context", "*2"),
      ("smollm3-3b --gpu 8GiB --context 2k..8k*-2", "--context", "*2"),
      ("smollm3-3b --gpu 8GiB --context 2k..8k*99999999999999999999", "--context", "*2"),
      ("smollm3-3b --gpu 8GiB --context 2k..8k+99999999999999999999", "--context", "*2"),
      ("smollm3-3b --gpu 8GiB --context 2k..128k", "--context", "2k..128k*2"),
      ("smollm3-3b --gpu 8GiB --context ..8k", "--context", "FIRST..LAST"),
      ("smollm3-3b --gpu 8GiB --context 2k..", "--context", "FIRST..LAST"),
      ("smollm3-3b --gpu 8GiB --context 2k...8k", "--context", "FIRST..LAST"),
      ("smollm3-3b --gpu 8GiB --context 2k..8k..16k", "--context", "number"),
      ("smollm3-3b --gpu 8GiB --context 0..8", "--context", "1 to"),
      ("smollm3-3b --gpu 8GiB --context 8,192", "--context", "8192"),
      ("smollm3-3b --gpu 8GiB --context 8k,", "--context", "comma"),
      ("smollm3-3b --gpu 8GiB --context=", "--context", "comma"),
      ("smollm3-3b --gpu 8GiB --quant Q4_K_X", "--quant", "Q4_K_M"),
      ("smollm3-3b --gpu 8GiB --runtime llama", "--runtime", "llama.cpp"),
      ("smollm3-3b --gpu rtx-3061", "--gpu", "rtx-3060"),
      ("smollm3-3b --gpu class=none", "--gpu", "vram devices"),
      ("smollm3-3b --gpu colour=red", "--gpu", "class="),
      ("smollm3-3b --gpu class>5", "--gpu", "class="),
      ("smollm3-3b --gpu memory>=24", "--gpu", "24GiB"),
      ("smollm3-3b --gpu 24GiB..8GiB+4GiB", "--gpu", "8GiB..24GiB"),
      ("smollm3-3b --gpu 8GiB..24GiB", "--gpu", "8GiB..24GiB*2"),
      ("smollm3-3b", "--gpu", "--gpu"), ("smol --gpu 8GiB", "MODEL", "smollm"),
      ("--gpu 8GiB", "sweep", "MODEL"),
      ("smollm3-3b --gpu 8GiB --where verdict=good", "--where", "fits"),
      ("smollm3-3b --gpu 8GiB --where verdict>fits", "--where", "verdict=fits"),
      ("smollm3-3b --gpu 8GiB --where fits", "--where", "verdict=fits"),
      ("smollm3-3b --gpu 8GiB --where headrom>1GiB", "--where", "headroom"),
      ("smollm3-3b --gpu 8GiB --where headroom>1", "--where", "1GiB"),
      ("smollm3-3b --gpu 8GiB --top 0", "--top", "1 to"),
      ("smollm3-3b --gpu 8GiB --top 3 --by verdict", "--by", "headroom"),
      ("smollm3-3b --gpu 8GiB --by headroom", "--by", "--top"),
      ("smollm3-3b --gpu 8GiB --shard 0/3", "--shard", "1/8"),
      ("smollm3-3b --gpu 8GiB --shard 4/3", "--shard", "1/8"),
      ("smollm3-3b --gpu 8GiB --shard 1/3 --top 2", "--top", "--shard"),
      ("smollm3-3b --gpu 8GiB --threads 0", "--threads", "1 to"),
      ("smollm3-3b --gpu 8GiB --jobs x --top 3", "--top", "leave"),
      ("--jobs /nowhere/jobs", "/nowhere/jobs", "path"),
      (
        "all --gpu all --quant all --context 1..16m --sequences 1..256 --ubatch 1..100000+1"
          + " --batch 1..100000+1 --gpu-layers 0..1000 --n-cpu-moe 0..1000", "--context", "number"
      ),
      (
        "all --gpu all --quant all --context 1..16384k+1 --sequences 1..256 --ubatch 1..100000+1"
          + " --batch 1..100000+1 --gpu-layers 0..1000 --n-cpu-moe 0..1000", "sweep", "fewer"
      ),
    ])
  func refused(line: String, place: String, fix: String) {
    let outcome = sweep(line)
    #expect(outcome.status == .badInput, "\(line)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.diagnostics.hasPrefix("vram: error: \(place): "), "\(outcome.diagnostics)")
    let lines = outcome.diagnostics.split(separator: "\n")
    #expect(lines.count == 2 && lines.last?.contains(fix) == true, "\(outcome.diagnostics)")
  }

  @Test("A sweep of 10^15 cells begins at once and ends when its reader goes")
  func endless() throws {
    let line =
      "sweep smollm3-3b --gpu 8GiB --context 1..16384k+1 --sequences 1..256"
      + " --batch 1..100000+1 --cache-type f16,q8_0 --format csv"
    let outcome = Tool.run(line.split(separator: " ").map(String.init))
    let rest = try #require(outcome.rest)
    var rows = 0
    let end = rest { bytes in
      rows += bytes.count { $0 == UInt8(ascii: "\n") }
      return rows < 100
    }
    #expect(rows >= 100)
    #expect(end.status == .success && end.diagnostics.isEmpty && end.output.isEmpty)
  }

  @Test(
    "With --require-fit every row must fit",
    arguments: [
      ("--context 8k", Outcome.Status.success), ("--context 8k,64k", .doesNotFit),
      ("--context 8k --quant Q4_K_M,AWQ", .cannotTell),
      ("--context 64k --where verdict=fits", .success),
    ])
  func requirement(options: String, status: Outcome.Status) {
    #expect(sweep("smollm2-360m --gpu 2GiB \(options)").status == .success)
    #expect(sweep("smollm2-360m --gpu 2GiB \(options) --require-fit").status == status)
  }
}
