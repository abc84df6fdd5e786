extension String {
  /// Returns the text as it may be shown: at most `limit` characters, and none that steers a terminal.
  public func shown(upTo limit: Int = 80) -> String {
    // What most texts are: short, and of printable ASCII.
    if utf8.count <= limit, utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return self }
    let scalars = unicodeScalars.prefix(limit + 1)
    let shown = scalars.prefix(limit).map { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
        .paragraphSeparator:
        "\\u{\(String(scalar.value, radix: 16))}"
      default: String(scalar)
      }
    }
    return shown.joined() + (scalars.count > limit ? "…" : "")
  }
}
