import Commands
import Testing

@Suite("Sweeps as a map")
struct SweepMapTests {
  @Test("A row goes as far as every context fits, and no other axis than the rows' is lost")
  func rowsOfTheMap() {
    let line =
      "smollm3-3b --quant Q4_K_M,Q8_0,F16 --context 64k,2k..32k*2 --gpu 6GiB --cache-type q8_0"
    let map = sweep("\(line) --format svg").output
    let cells = Dictionary(grouping: rows(line)) { $0["quantization"] ?? "" }
    #expect(cells.count == 3)
    var labels: Set<String> = []
    for (format, cells) in cells {
      let ordered = cells.compactMap { cell in
        Int(cell["context"] ?? "").map { (context: $0, fits: cell["verdict"] == "fits") }
      }.sorted { $0.context < $1.context }
      let last = ordered.prefix { $0.fits }.last?.context ?? 0
      let tokens = "\(last / 1000),\(String(1000 + last % 1000).dropFirst())"
      let label =
        last == 0 ? "does not fit" : last == 65536 ? "\(tokens) (all)" : tokens
      labels.insert(label)
      #expect(map.contains(">\(format)</text>"))
      #expect(map.contains(">\(label)</text>"), "\(format) \(label)")
    }
    #expect(labels.count > 1)
    #expect(map.contains("class=\"limit\"") && map.hasSuffix("</svg>\n"))
    #expect(map.contains(">smollm3-3b · llama.cpp · 6GiB · cache-type q8_0</text>"))
  }

  @Test("Any axis makes the rows; a row that is refused says so")
  func otherRows() {
    let sequences = sweep(
      "smollm3-3b --context 2k,4k --gpu 4GiB,8GiB --runtime llama.cpp --format svg")
    #expect(sequences.output.contains(">GPU</text>"))
    #expect(sequences.output.contains(">4,096 (all)</text>"))
    let refused = sweep(
      "smollm3-3b --context 2k,4k --gpu 8GiB --flash-attention off --cache-type-v f16,q8_0"
        + " --format svg")
    #expect(refused.output.contains(">refused</text>"))
    #expect(refused.status == .success)
    let none = sweep(
      "llama3.1:70b --context 2k,4k --gpu 8GiB --sequences 1,2 --format svg --require-fit")
    #expect(none.output.contains("None of these fits"))
    #expect(none.status == .doesNotFit)
  }

  @Test(
    "What a map has no room for is refused by name",
    arguments: [
      ("--gpu 8GiB", "several contexts", "--context"),
      ("--gpu 8GiB --context 4k", "several contexts", "--context"),
      (
        "--gpu 8GiB,24GiB --quant Q8_0,F16 --context 2k,4k", "not 2: --quant, --gpu",
        "for all but one"
      ),
      ("--gpu 1GiB..300GiB+1GiB --context 2k,4k", "300 rows", "200"),
      ("--gpu 8GiB --context 256..512000+256", "2000 contexts", "1000"),
      ("--gpu 8GiB --context 2k,4k --where verdict=fits", "--format svg", "leave one"),
      ("--gpu 8GiB --context 2k,4k --speed", "--format svg", "leave one"),
      ("--gpu 8GiB --context 2k,4k --top 3", "--format svg", "leave one"),
    ])
  func refusals(line: String, problem: String, fix: String) {
    let outcome = sweep("smollm3-3b \(line) --format svg")
    #expect(outcome.status == .badInput)
    #expect(outcome.diagnostics.contains(problem), "\(outcome.diagnostics)")
    #expect(outcome.diagnostics.contains(fix), "\(outcome.diagnostics)")
  }
}
