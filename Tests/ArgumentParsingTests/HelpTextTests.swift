import ArgumentParsing
import Testing

private let command = CommandSpec(
  name: "budget", summary: "Say what a model needs.", operands: "MODEL…", operandCount: 1...9,
  options: [
    OptionSpec("context", "TOKENS", help: "tokens to keep, prompt and output\ntogether (8192)"),
    OptionSpec("gpu", "NAME", help: "the device", isRepeatable: true),
    OptionSpec("json", help: "write JSON"),
  ],
  examples: [
    .init("vram budget llama3.1:8b", "what it needs by default"),
    .init("vram budget phi4 --gpu a10", "whether it fits an A10"),
  ],
  discussion: "The answer is a table.")

@Suite("Help texts")
struct HelpTextTests {
  @Test("A help text holds usage, summary, discussion, examples and options, in this order")
  func whole() {
    #expect(
      command.helpText(tool: "vram") == """
        vram budget MODEL… [options]

        Say what a model needs.

        The answer is a table.

        Examples:
          vram budget llama3.1:8b
              what it needs by default
          vram budget phi4 --gpu a10
              whether it fits an A10

        Options:
          --context TOKENS  tokens to keep, prompt and output
                            together (8192)
          --gpu NAME        the device
          --json            write JSON

        """)
  }

  @Test("Every option, its placeholder and every example appears")
  func complete() {
    let lines = command.helpText(tool: "vram").split(separator: "\n").map(String.init)
    for option in command.options {
      let head = option.flag + (option.placeholder.map { " \($0)" } ?? "")
      #expect(lines.contains { $0.hasPrefix("  \(head)  ") }, "\(head)")
      for line in option.help.split(separator: "\n") {
        #expect(lines.contains { $0.hasSuffix(line) }, "\(line)")
      }
    }
    for example in command.examples {
      #expect(lines.contains("  \(example.line)"))
      #expect(lines.contains("      \(example.answer)"))
    }
  }

  @Test("A command with neither options, examples nor discussion has none in its help")
  func bare() {
    let version = CommandSpec(name: "version", summary: "Say it.", options: [], examples: [])
    #expect(version.helpText(tool: "vram") == "vram version\n\nSay it.\n")
  }

  @Test("Option texts stand in one column, whose width the longest option gives")
  func columns() {
    let text = command.helpText(tool: "vram")
    let options = text.split(separator: "\n").filter { $0.hasPrefix("  --") }
    #expect(options.count == 3)
    for line in options {
      // Two spaces, `--context TOKENS`, two spaces.
      #expect(!line.dropFirst(20).hasPrefix(" "))
      #expect(line.prefix(20).hasSuffix("  "))
    }
  }

  @Test("No line is over 100 columns, ends with a space, or holds a tab")
  func lines() {
    for line in command.helpText(tool: "vram").split(separator: "\n") {
      #expect(line.count <= 100)
      #expect(!line.hasSuffix(" "))
      #expect(!line.contains("\t"))
    }
  }

  @Test("An empty line within an option's help stays empty")
  func emptyLine() {
    let command = CommandSpec(
      name: "x", summary: "S.", options: [OptionSpec("a", "B", help: "one\n\ntwo")], examples: [])
    #expect(
      command.helpText(tool: "t") == """
        t x [options]

        S.

        Options:
          --a B  one

                 two

        """)
  }
}
