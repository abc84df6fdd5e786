extension CommandSpec {
  /// The help of the command: usage, summary, examples, options.
  ///
  /// - Parameter tool: The name of the program.
  public func helpText(tool: String) -> String {
    var text = "\(tool) \(name)\(operands.isEmpty ? "" : " \(operands)")"
    text += options.isEmpty ? "\n\n" : " [options]\n\n"
    text += summary + "\n"
    if !discussion.isEmpty { text += "\n" + discussion + "\n" }
    if !examples.isEmpty {
      text += "\nExamples:\n"
      for example in examples { text += "  \(example.line)\n      \(example.answer)\n" }
    }
    if !options.isEmpty {
      let names = options.map { $0.placeholder.map { " \($0)" } ?? "" }
      let heads = zip(options, names).map { "  \($0.flag)\($1)" }
      let width = 2 + (heads.map(\.count).max() ?? 0)
      text += "\nOptions:\n"
      for (head, option) in zip(heads, options) {
        let lines = option.help.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
          let left = index == 0 ? head : ""
          let gap = line.isEmpty ? "" : String(repeating: " ", count: width - left.count)
          text += left + gap + line + "\n"
        }
      }
    }
    return text
  }
}
