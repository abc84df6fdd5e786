import Commands
import HostSystem
import TestSupport
import Testing

@Suite("Lists of the catalogue")
struct ListTests {
  private func run(_ line: String, columns: Int? = nil) -> Outcome {
    Tool.run(
      line.split(separator: " ").map(String.init),
      in: Surroundings(terminalColumns: columns))
  }

  /// A column of a list as CSV.
  private func column(_ index: Int, of line: some StringProtocol) -> [String] {
    run("\(line) --format csv").output.split(separator: "\n").dropFirst().map { row in
      var cells = [""]
      var isQuoted = false
      for letter in row {
        if letter == "\"" { isQuoted.toggle() }
        if letter == ",", !isQuoted {
          cells.append("")
        } else {
          cells[cells.count - 1].append(letter)
        }
      }
      return cells[index]
    }
  }

  /// The same of the list without filters.
  private func all(_ index: Int, of line: String) -> [String] {
    column(index, of: line.prefix { $0 != " " })
  }

  @Test(
    "A filter leaves those that have the value, and there are some",
    arguments: [
      ("devices --vendor amd", 2, "AMD"), ("devices --kind laptop", 3, "laptop"),
      ("devices --kind apple-silicon --vendor apple", 2, "Apple"),
      ("models --tier micro", 8, "micro"), ("models --family qwen3-vl", 9, "qwen3-vl"),
      ("devices --family intel", 10, "intel-arc"),
    ])
  func filters(line: String, index: Int, value: String) {
    let values = column(index, of: line)
    #expect(!values.isEmpty)
    #expect(values.allSatisfy { $0 == value })
    #expect(values.count < all(index, of: line).count)
  }

  @Test("Texts are found in any name, in any spelling, all of them")
  func texts() {
    #expect(column(0, of: "devices RTX-4060 ti") == ["rtx-4060-ti-8gb", "rtx-4060-ti-16gb"])
    #expect(column(0, of: "devices p5.48xlarge") == ["h100-sxm"])
    #expect(column(0, of: "models HuggingFaceTB/SmolLM3") == ["smollm3-3b"])
    #expect(column(0, of: "models qwen 14b coder") == ["qwen2.5-coder:14b"])
    let none = run("devices zzz")
    #expect(none.status == .success)
    #expect(none.diagnostics == "vram: no device is like that\n")
  }

  @Test("Memory is filtered by what a card is sold with, borders included")
  func memory() {
    #expect(
      column(0, of: "devices --family nvidia-geforce-rtx-30 --min-memory 12GiB")
        == ["rtx-3060-12gb", "rtx-3080-12gb", "rtx-3080-ti", "rtx-3090", "rtx-3090-ti"])
    #expect(
      column(0, of: "devices --family nvidia-geforce-rtx-30 --max-memory 6GiB")
        == ["rtx-3050-6gb"])
    // Drivers report 23.99 GiB of an RTX 4090 and 8 GiB of a card "of 8 GB".
    for size in ["24GiB", "24GB"] {
      #expect(
        column(0, of: "devices --family nvidia-geforce-rtx-40 --min-memory \(size)")
          == ["rtx-4090", "rtx-4090-d"])
    }
    #expect(
      column(0, of: "devices --family nvidia-geforce-rtx-30 --max-memory 8GB").contains(
        "rtx-3050-8gb"))
  }

  @Test(
    "A list is sorted as asked, the largest first",
    arguments: [
      ("devices --sort total", 6), ("devices --sort usable", 8), ("devices --sort bandwidth", 11),
      ("devices --sort year", 12), ("models --sort parameters", 3), ("models --sort active", 4),
      ("models --sort context", 6),
    ])
  func sorted(line: String, index: Int) {
    let values = column(index, of: line).map { Double($0) ?? 0 }
    let isSorted = values == values.sorted(by: >)
    #expect(isSorted)
    #expect(values.count == all(0, of: line).count)
  }

  @Test("Names are sorted from A, days from the newest")
  func sortedTexts() {
    let names = column(1, of: "devices --sort name --family nvidia-jetson")
    #expect(names == names.sorted())
    let days = column(7, of: "models --sort released")
    let isSorted = days == days.sorted(by: >)
    #expect(isSorted)
  }

  @Test(
    "A value that nothing has is refused, and those that there are are named",
    arguments: [
      ("devices --vendor nvidea", "--vendor", "NVIDIA"), ("devices --kind gpu", "--kind", "laptop"),
      ("models --tier huge", "--tier", "architect"), ("models --family qwen9", "--family", "qwen3"),
      ("models --kind big", "--kind", "embedding"), ("devices --sort size", "--sort", "usable"),
      ("devices --min-memory 24G", "--min-memory", "24GiB"),
      ("models --architectures --tier micro", "--tier", "leave it out"),
    ])
  func refused(line: String, place: String, fix: String) {
    let outcome = run(line)
    #expect(outcome.status == .badInput)
    #expect(outcome.diagnostics.hasPrefix("vram: error: \(place): "), "\(outcome.diagnostics)")
    #expect(outcome.diagnostics.contains(fix), "\(outcome.diagnostics)")
  }

  @Test("Experts and embeddings can be asked for")
  func kinds() {
    #expect(column(0, of: "models gpt-oss --kind moe") == ["gpt-oss:20b", "gpt-oss:120b"])
    #expect(run("models gpt-oss --kind dense").output.split(separator: "\n").count == 1)
    #expect(column(0, of: "models --kind embedding").contains("nomic-embed-text:v1.5"))
  }

  @Test("A terminal shows as many columns as it has room for; elsewhere they are always the same")
  func widths() {
    for line in ["devices", "models"] {
      let piped = run(line).output
      let longestName = all(0, of: line).map(\.count).max() ?? 0
      for columns in [20, 40, 60, 80, 100, 120, 160, 250] {
        let output = run(line, columns: columns).output
        let longest = output.split(separator: "\n").map(\.count).max() ?? 0
        // The name to type is always there.
        #expect(longest <= max(columns, longestName), "\(line) in \(columns)")
        #expect(output.split(separator: "\n").count == piped.split(separator: "\n").count)
        for format in ["csv", "json", "markdown"] where [20, 250].contains(columns) {
          #expect(
            run("\(line) qwen3 --format \(format)", columns: columns)
              == run("\(line) qwen3 --format \(format)"))
        }
      }
      let titles = [40, 90, 250].map { run(line, columns: $0).output.prefix { $0 != "\n" } }
      #expect(titles[0].count < titles[1].count && titles[1].count < titles[2].count)
      #expect(!piped.prefix { $0 != "\n" }.contains("Released") && !piped.contains("GB/s"))
    }
    #expect(run("devices", columns: 250).output.contains("GB/s"))
    #expect(run("models", columns: 250).output.contains("Released"))
  }
}
