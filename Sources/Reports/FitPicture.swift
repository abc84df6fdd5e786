internal import VRAMBudget

/// How far the context goes, as a picture: a row for each format or whatever else is compared, and a
/// line along the last context that fits.
struct FitPicture {
  /// Contexts that fit, from the end of those before.
  struct Span {
    /// The last context before them; nil where there is none.
    let start: Int64?
    let end: Int64
    /// Whether they fit even at the highest estimate.
    let isSure: Bool
  }

  /// A row with its figures, as text.
  struct Row {
    let name: String
    let weights: String
    let loss: String
    let spans: [Span]
    /// The last context up to which all fit even at the highest estimate.
    let end: Int64?
    /// How far it goes, in words.
    let label: String
  }

  let title: String
  /// The titles of a row's texts.
  let heads: (name: String, weights: String, loss: String)
  let rows: [Row]
  let recommended: Int?
  /// The context that has to fit; nil where none is asked for.
  let context: Int64?
  let maximumContext: Int64
  /// The answer in words, whole lines.
  let answer: String

  private static let left: Int64 = 250
  private static let right: Int64 = 640
  private static let top: Int64 = 68
  private static let rowHeight: Int64 = 20

  /// Where the weights end: further right where no loss stands beside them.
  private var weightsEnd: Int64 { heads.loss.isEmpty ? 240 : 168 }

  /// The whole picture.
  var text: String {
    let bottom = Self.top + Self.rowHeight * Int64(rows.count)
    var y = bottom + 34
    var body = line(title, x: SVG.margin, y: 26, style: "title") + head + grid(to: bottom)
    for index in rows.indices { body += row(index) }
    body += (context.map { asked($0, to: bottom) } ?? "") + frontier + legend(y: y)
    y += 12
    for words in wrapped(answer).split(separator: "\n") {
      y += 18
      body += line(String(words), x: SVG.margin, y: y)
    }
    return SVG.document(
      title: title, height: y + 16,
      styles: """
        .fits{fill:#229977}
        .chosen{font-weight:600}
        .grid{stroke:#818b98;stroke-opacity:0.35}
        .asked{stroke:#ee8833;stroke-width:1.5;stroke-dasharray:4 3}

        """, body: body)
  }

  // MARK: Axes

  private var head: String {
    let y = Self.top - 10
    var text = line(heads.name, x: SVG.margin, y: y, style: "quiet")
    text += line(heads.weights, x: weightsEnd, y: y, style: "number quiet")
    if !heads.loss.isEmpty { text += line(heads.loss, x: 240, y: y, style: "number quiet") }
    for tick in ticks {
      text += line(Self.short(tick), x: x(tick) / 10, y: y, style: "tick quiet")
    }
    return text
  }

  private func grid(to bottom: Int64) -> String {
    ticks.map { tick in
      let x = SVG.tenths(x(tick))
      return "<path class=\"grid\" d=\"M\(x) \(Self.top - 4)V\(bottom)\"/>\n"
    }.joined()
  }

  /// Contexts by fours, from 1024 up, and all that the model was made for.
  private var ticks: [Int64] {
    var ticks: [Int64] = []
    var tick: Int64 = 1024
    while tick <= maximumContext, tick <= 1 << 40 {
      ticks.append(tick)
      tick *= 4
    }
    // The last one, where it stands apart.
    if let last = ticks.last, maximumContext >= last * 2 { ticks.append(maximumContext) }
    return ticks
  }

  /// Where a context stands, in tenths: doubling goes as far everywhere, and straight in between.
  private func x(_ tokens: Int64) -> Int64 {
    let most = Self.logarithm(max(maximumContext, 512))
    let least = Self.logarithm(256)
    let share = max(0, Self.logarithm(max(1, tokens)) - least)
    return 10 * Self.left + min(share, most - least) * 10 * (Self.right - Self.left)
      / (most - least)
  }

  /// The number of doublings from 1, in 1024ths, straight between powers of two.
  private static func logarithm(_ number: Int64) -> Int64 {
    let doublings = Int64(Int64.bitWidth - 1 - number.leadingZeroBitCount)
    let power = Int128(1) << Int128(doublings)
    return doublings * 1024 + Int64((Int128(number) - power) * 1024 / power)
  }

  private static func short(_ tokens: Int64) -> String {
    if tokens.isMultiple(of: 1 << 20) { return "\(tokens >> 20)M" }
    return tokens.isMultiple(of: 1 << 10) ? "\(tokens >> 10)k" : tokens.grouped
  }

  // MARK: Rows

  private func row(_ index: Int) -> String {
    let row = rows[index]
    let y = Self.top + Self.rowHeight * Int64(index)
    let isChosen = index == recommended
    var text = ""
    if isChosen { text += line("▸", x: 6, y: y + 15, style: "chosen") }
    text += line(row.name, x: SVG.margin, y: y + 15, style: isChosen ? "chosen" : nil)
    text += line(row.weights, x: weightsEnd, y: y + 15, style: "number")
    if !row.loss.isEmpty { text += line(row.loss, x: 240, y: y + 15, style: "number quiet") }
    for span in row.spans {
      text += rectangle(
        from: span.start.map(x) ?? 10 * Self.left, to: x(span.end), y: y,
        span.isSure ? "class=\"fits\"" : "fill=\"url(#range)\"")
    }
    return text + line(row.label, x: Self.right + 8, y: y + 15, style: isChosen ? "chosen" : nil)
  }

  private func rectangle(
    from start: Int64, to end: Int64, y: Int64, _ attributes: String
  ) -> String {
    guard end > start else { return "" }
    return "<rect \(attributes) x=\"\(SVG.tenths(start))\" y=\"\(y + 4)\""
      + " width=\"\(SVG.tenths(end - start))\" height=\"14\"/>\n"
  }

  /// The context that has to fit.
  private func asked(_ context: Int64, to bottom: Int64) -> String {
    let x = x(context)
    return "<path class=\"asked\" d=\"M\(SVG.tenths(x)) \(Self.top - 4)V\(bottom + 4)\"/>\n"
  }

  /// A line down the ends of the rows' bars.
  private var frontier: String {
    var path = ""
    for (index, row) in rows.enumerated() {
      let y = Self.top + Self.rowHeight * Int64(index)
      let end = SVG.tenths(row.end.map(x) ?? 10 * Self.left)
      path += (path.isEmpty ? "M\(end) \(y + 1)" : "H\(end)") + "V\(y + Self.rowHeight + 1)"
    }
    return path.isEmpty ? "" : "<path class=\"limit\" d=\"\(path)\"/>\n"
  }

  private func legend(y: Int64) -> String {
    "<rect class=\"fits\" x=\"20\" y=\"\(y - 11)\" width=\"13\" height=\"13\"/>\n"
      + line("fits at the highest estimate", x: 40, y: y)
      + "<rect fill=\"url(#range)\" x=\"250\" y=\"\(y - 11)\" width=\"13\" height=\"13\"/>\n"
      + line("fits as expected", x: 270, y: y)
      + (context.map {
        "<path class=\"asked\" d=\"M410 \(y - 12)V\(y + 3)\"/>\n"
          + line("\($0.grouped) tokens", x: 420, y: y)
      } ?? "")
  }

  private func line(_ text: String, x: Int64, y: Int64, style: String? = nil) -> String {
    SVG.text(text, x: x, y: y, style: style)
  }
}

extension FitPicture.Row {
  /// - Parameters:
  ///   - name: The format's, and its figures as text.
  ///   - maximumContext: What the model was made for.
  init(
    name: String, weights: String, loss: String, _ fit: FormatFit, maximumContext: Int64
  ) {
    let sure = fit.sureContext
    let spans = [
      sure.map { FitPicture.Span(start: nil, end: $0, isSure: true) },
      fit.likelyContext.map { FitPicture.Span(start: sure, end: $0, isSure: false) },
    ]
    let label =
      sure.map { $0.grouped + ($0 >= maximumContext ? " (all)" : "") }
      ?? fit.likelyContext.map { "perhaps \($0.grouped)" } ?? "does not fit"
    self.init(
      name: name, weights: weights, loss: loss, spans: spans.compactMap { $0 }, end: sure,
      label: label)
  }
}
