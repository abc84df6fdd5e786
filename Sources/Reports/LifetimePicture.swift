internal import VRAMBudget

/// What training and serving cost over a model's life, as a picture: a level line for training, a
/// rising one for serving, and the day on which they cross.
struct LifetimePicture {
  let title: String
  let life: Lifetime
  /// The answer in words.
  let answer: String

  private static let left: Int64 = 90
  private static let right: Int64 = 730
  private static let top: Int64 = 56
  private static let bottom: Int64 = 276

  /// The whole picture.
  var text: String {
    var body = SVG.text(title, x: SVG.margin, y: 26, style: "title") + axes
    let training = y(life.trainingOperations)
    body += path("serving area", "M\(point(0, 0))L\(point(life.days, served))V\(tenths(y(0)))Z")
    body += path("serving line", "M\(point(0, 0))L\(point(life.days, served))")
    body += path(
      "training line", "M\(SVG.tenths(Self.left * 10)) \(tenths(training))H\(Self.right)")
    body += crossing
    let y = Self.bottom + 44
    body += key(
      "training", "Training, \(life.trainingOperations.scientific) FLOPs", x: SVG.margin, y)
    body += key("serving", "Serving, \(served.scientific) FLOPs", x: 300, y)
    body += SVG.text(answer, x: SVG.margin, y: y + 28)
    return SVG.document(
      title: title, height: y + 46,
      styles: """
        .training{fill:#4477aa}
        .serving{fill:#ee8833}
        .line{fill:none;stroke-width:2.5}
        .training.line{stroke:#4477aa}
        .serving.line{stroke:#ee8833}
        .area{fill-opacity:0.2}
        .grid{fill:none;stroke:#818b98;stroke-opacity:0.35}
        .cross{fill:none;stroke:#818b98;stroke-dasharray:4 3}

        """, body: body)
  }

  private var served: Double { life.inferenceOperations }
  private var most: Double { max(life.trainingOperations, served) }

  // MARK: Places, in tenths of a unit

  private func y(_ operations: Double) -> Int64 {
    let height = Double(10 * (Self.bottom - Self.top))
    return 10 * Self.bottom - Int64((min(1, operations / most) * height).rounded())
  }

  private func x(_ day: Double) -> Int64 {
    let width = Double(10 * (Self.right - Self.left))
    return 10 * Self.left + Int64((min(1, day / life.days) * width).rounded())
  }

  private func point(_ day: Double, _ operations: Double) -> String {
    "\(tenths(x(day))) \(tenths(y(operations)))"
  }

  private func tenths(_ number: Int64) -> String { SVG.tenths(number) }

  // MARK: Parts

  private func path(_ style: String, _ data: String) -> String {
    "<path class=\"\(style)\" d=\"\(data)\"/>\n"
  }

  /// Quarters of both axes.
  private var axes: String {
    var text = ""
    for quarter in 0...4 {
      let share = Double(quarter) / 4
      let (day, operations) = (share * life.days, share * most)
      text += path("grid", "M\(Self.left) \(tenths(y(operations)))H\(Self.right)")
      text += SVG.text(
        operations.scientific, x: Self.left - 8, y: y(operations) / 10 + 4, style: "number quiet")
      let label = quarter == 0 ? "day 0" : day.counted
      text += SVG.text(label, x: x(day) / 10, y: Self.bottom + 18, style: "tick quiet")
    }
    return text
  }

  /// The day from which serving costs more, where the life is long enough.
  private var crossing: String {
    guard life.crossoverDay <= life.days else { return "" }
    let (x, level) = (x(life.crossoverDay), y(life.trainingOperations))
    let isLate = x > 5 * (Self.left + Self.right)
    let label = "day \(life.crossoverDay.counted)"
    return path("cross", "M\(tenths(x)) \(tenths(level))V\(Self.bottom)")
      + "<circle class=\"serving\" cx=\"\(tenths(x))\" cy=\"\(tenths(level))\" r=\"4\"/>\n"
      + SVG.text(
        label, x: x / 10 + (isLate ? -10 : 10), y: Self.bottom - 8,
        style: isLate ? "number" : nil)
  }

  private func key(_ style: String, _ text: String, x: Int64, _ y: Int64) -> String {
    "<rect class=\"\(style)\" x=\"\(x)\" y=\"\(y - 11)\" width=\"13\" height=\"13\"/>\n"
      + SVG.text(text, x: x + 22, y: y)
  }
}
