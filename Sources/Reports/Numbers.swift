internal import VRAMBudget

extension Int64 {
  /// The number with a comma between groups of three digits: `14,770,033,664`.
  var grouped: String {
    let digits = String(magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return self < 0 ? "-\(text)" : text
  }

  /// The number of parameters as people say it: `14.8 B`, `134.5 M`.
  var abbreviated: String {
    let scales: [(Int64, String)] = [
      (1_000_000_000_000, "T"), (1_000_000_000, "B"), (1_000_000, "M"), (1000, "k"),
    ]
    for (scale, letter) in scales where self >= scale {
      let tenths = (self + scale / 20) / (scale / 10)
      return "\(tenths / 10).\(tenths % 10) \(letter)"
    }
    return "\(self)"
  }
}

extension Bytes {
  /// The share of `whole` in whole percent, rounded to the nearest; nil when there is no whole.
  func percent(of whole: Bytes) -> Int64? {
    guard whole > .zero else { return nil }
    let half = Int128(whole.count / 2) * (count < 0 ? -1 : 1)
    return Int64(clamping: (Int128(count) * 100 + half) / Int128(whole.count))
  }
}

extension String {
  /// The text with spaces after it up to a width.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  /// The text with spaces before it up to a width.
  func leftPadded(to width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }

  /// The text without the spaces at its end.
  var trimmingTrailingSpaces: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

/// Returns a text broken between words into lines of at most 100 characters.
func wrapped(_ text: String) -> String {
  var lines = [""]
  for word in text.split(separator: " ") {
    let last = lines.count - 1
    if lines[last].isEmpty {
      lines[last] = String(word)
    } else if lines[last].count + 1 + word.count <= 100 {
      lines[last] += " \(word)"
    } else {
      lines.append("  \(word)")
    }
  }
  return lines.joined(separator: "\n")
}
