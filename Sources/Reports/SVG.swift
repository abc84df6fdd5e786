internal import VRAMBudget

/// What pictures share: text that stays text, and writing that turns light where the reader's system
/// is dark. Nothing is drawn behind a picture, so it can stand in any document.
enum SVG {
  static let width: Int64 = 760
  static let margin: Int64 = 20

  /// A whole picture.
  ///
  /// - Parameter styles: Rules beside those that all pictures have.
  static func document(title: String, height: Int64, styles: String, body: String) -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
    viewBox="0 0 \(width) \(height)" role="img">
    <title>\(title.xml)</title>
    <style>
    text{font:13px system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;fill:#1f2328}
    .title{font-size:15px;font-weight:600}
    .number{text-anchor:end;font-variant-numeric:tabular-nums}
    .tick{text-anchor:middle}
    .quiet{fill:#59636e}
    .frame{fill:none;stroke:#818b98}
    .limit{fill:none;stroke:#1f2328;stroke-width:2}
    .stripe{fill:#818b98}
    \(styles)@media (prefers-color-scheme:dark){
    text{fill:#e6edf3}
    .quiet{fill:#9198a1}
    .limit{stroke:#e6edf3}
    }
    </style>
    <defs>
    <pattern id="range" width="6" height="6" patternUnits="userSpaceOnUse" \
    patternTransform="rotate(45)"><rect class="stripe" width="2.5" height="6"/></pattern>
    </defs>
    \(body)</svg>

    """
  }

  /// A line of text that begins at a point, or ends there where its style is `number`.
  static func text(_ text: String, x: Int64, y: Int64, style: String? = nil) -> String {
    let style = style.map { " class=\"\($0)\"" } ?? ""
    return "<text\(style) x=\"\(x)\" y=\"\(y)\">\(text.xml)</text>\n"
  }

  /// A length in tenths of a unit, as XML writes it.
  static func tenths(_ number: Int64) -> String {
    number.isMultiple(of: 10) ? "\(number / 10)" : "\(number / 10).\(number % 10)"
  }
}

extension String {
  /// The text as XML's character data.
  fileprivate var xml: String {
    var text = ""
    for character in shown(upTo: 300) {
      switch character {
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "&": text += "&amp;"
      case "\"": text += "&quot;"
      default: text.append(character)
      }
    }
    return text
  }
}
