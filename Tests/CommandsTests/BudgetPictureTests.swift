import Commands
import Testing

@Suite("Budgets as pictures")
struct BudgetPictureTests {
  /// The widths of a bar's parts in cells, by the table's shares: 37, 34 (rounded sums) and so on.
  @Test("The bar in a terminal is stacked, in shades or in colours, and as long either way")
  func terminal() throws {
    let line = "budget llama3.1:8b --gpu rtx-3060-12gb --context 32k".split(separator: " ")
      .map(String.init)
    func bar(_ words: [String], _ surroundings: Surroundings = Surroundings()) -> String {
      Tool.run(line + words, in: surroundings).output.split(separator: "\n").first {
        $0.hasPrefix("  ▕")
      }.map(String.init) ?? ""
    }
    let plain = bar([])
    // 4.300, 8.300, 8.552, 8.643 and 8.793 of 11.561 GiB.
    #expect(
      plain == "  ▕" + String(repeating: "█", count: 19) + String(repeating: "▓", count: 17) + "▒╱"
        + String(repeating: "·", count: 12) + "▏")
    let coloured = bar(["--color", "always"])
    #expect(coloured.contains("\u{1B}[38;5;67m" + String(repeating: "█", count: 19) + "\u{1B}[0m"))
    #expect(bar([], Surroundings(showsColours: true)) == coloured)
    #expect(bar(["--color", "never"], Surroundings(showsColours: true)) == plain)
    let json = Tool.run(line + ["--format", "json"], in: Surroundings(showsColours: true)).output
    #expect(!json.contains("\u{1B}"))
  }

  @Test("The mark of what is usable stands in a bar that is longer")
  func overflowInATerminal() {
    let text = Tool.run(
      "budget llama3.1:70b --gpu rtx-4090 --context 4096".split(separator: " ").map(String.init)
    ).output
    // 23.516 of 41.234 GiB.
    #expect(text.contains("▕" + String(repeating: "█", count: 29) + "┃█"))
    #expect(text.contains("▶\n"))
  }

  @Test("A map of formats and contexts has a row for each, and a line along what fits")
  func fitMap() {
    let line = "fit smollm3-3b --gpu 6GiB --min-quality 1% --format "
    let rows = Tool.run((line + "csv").split(separator: " ").map(String.init)).output
      .split(separator: "\n").dropFirst().map {
        $0.split(separator: ",", omittingEmptySubsequences: false)
      }
    let picture = Tool.run((line + "svg").split(separator: " ").map(String.init)).output
    for row in rows { #expect(picture.contains(">\(row[2])</text>")) }
    // 390 units from 256 to 65,536 tokens, eight doublings: 1,024 are two of them.
    #expect(picture.contains("<path class=\"grid\" d=\"M347.5 "))
    #expect(picture.contains("class=\"limit\""))
    #expect(picture.hasSuffix("</svg>\n"))
    let lists = Tool.run(["fit", "--gpu", "8GiB", "--format", "svg"])
    #expect(lists.status == .badInput)
    #expect(lists.diagnostics.contains("a picture is of one model"))
  }

  private func picture(_ line: String) -> String {
    Tool.run(["budget"] + line.split(separator: " ").map(String.init) + ["--format", "svg"]).output
  }

  /// The bars' parts: class, left edge and width in tenths of a unit.
  private func parts(_ picture: String) -> [(name: String, x: Int, width: Int)] {
    func tenths(_ text: Substring?) -> Int {
      let parts = (text ?? "").split(separator: ".")
      return (Int(parts.first ?? "") ?? 0) * 10 + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
    }
    return picture.split(separator: "\n").filter {
      $0.hasPrefix("<rect class") && $0.hasSuffix("height=\"28\"/>")
    }.map { line in
      let values = line.split(separator: "\"")
      return (String(values[1]), tenths(values[3]), tenths(values[7]))
    }
  }

  // Usable of the RTX 3060: 12,288 MiB less what its driver keeps; the bar is 720 wide.
  @Test("A bar's parts lie side by side, each as wide as its share")
  func shares() throws {
    let csv = Tool.run(
      "budget smollm3-3b --gpu 6GiB --format csv".split(separator: " ").map(String.init)
    ).output.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    let parts = parts(picture("smollm3-3b --gpu 6GiB"))
    var end = 200
    for row in csv where row.count > 4 && row[1] == "6GiB" {
      let part = try #require(parts.first { $0.name == row[2] && $0.x == end })
      let bytes = try #require(Int(row[4]))
      let share = 7200 * bytes / (6 << 30)
      #expect(abs(part.width - share) <= 1, "\(row[2])")
      end += part.width
    }
    #expect(parts.last?.name == "frame" && parts.last?.width == 7200)
  }

  @Test("What does not fit goes beyond the mark of what is usable")
  func overflow() {
    let picture = picture("llama3.1:70b --gpu rtx-4090")
    #expect(picture.contains("class=\"limit\""))
    #expect(picture.contains(">Does not fit: "))
    #expect(!self.picture("smollm3-3b --gpu rtx-4090").contains("class=\"limit\""))
  }

  @Test("Names are text, whatever is in them")
  func escaped() {
    let picture = picture("./a<b>&c\".json --gpu 24GiB")
    #expect(picture.isEmpty)
    let two = self.picture("llama3.1:70b smollm3-3b --gpu rtx-3090x2")
    #expect(two.contains(">NVIDIA GeForce RTX 3090, 2 of 2<"))
    #expect(two.contains(">Weights<") && two.contains("class=\"quiet\" x=\"20\""))
    #expect(two.hasSuffix("</svg>\n"))
  }
}
