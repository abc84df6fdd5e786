import Commands
import Testing

@Suite("vram lifetime")
struct LifetimeCommandTests {
  private func run(_ options: String) -> Outcome {
    Tool.run(
      ["lifetime", "llama3:8b", "--training-tokens", "15T"]
        + options.split(separator: " ").map(String.init))
  }

  /// Three times 15 T tokens are served on day 450; the plot is 640 wide from 90 and 220 high from 276:
  /// 450 of 730 days stand at 484.5, 450 of 730 of the height at 140.4.
  @Test("The picture crosses where serving overtakes, and says so in text")
  func picture() {
    let text = run("--served-tokens-per-day 100B --days 730 --format svg").output
    #expect(text.hasPrefix("<svg ") && text.hasSuffix("</svg>\n"))
    #expect(text.contains("cx=\"484.5\" cy=\"140.4\"") && text.contains(">day 450</text>"))
    #expect(!run("--served-tokens-per-day 1B --days 730 --format svg").output.contains("<circle"))
    #expect(run("--format svgz").status == .badInput)
  }

  @Test(
    "Amounts out of range are refused",
    arguments: [
      "--days 0", "--days 1e3", "--days nan", "--served-tokens-per-day 0",
      "--served-tokens-per-day -1B", "--served-tokens-per-day 9999999999999T", "--days 99999999",
    ])
  func refused(options: String) {
    for format in ["table", "svg", "json"] {
      #expect(run("\(options) --format \(format)").status == .badInput)
    }
  }
}
