internal import VRAMBudget

/// A budget as a picture: for each device a bar of what lies on it, up to what can be had of it.
struct BudgetSVG {
  private let budget: Budget
  private let prefix: BytePrefix

  private static let margin = SVG.margin
  private static let barWidth: Int64 = SVG.width - 2 * margin
  private static let barHeight: Int64 = 28
  private static let rowHeight: Int64 = 22

  init(_ budget: Budget, prefix: BytePrefix) {
    self.budget = budget
    self.prefix = prefix
  }

  /// The whole picture.
  var text: String {
    var y: Int64 = 0
    var body = ""
    for deployment in budget.deployments {
      y += 26
      body += line(BudgetTable.title(of: deployment), x: Self.margin, y: y, style: "title")
    }
    for device in budget.devices.indices { body += picture(of: device, from: &y) }
    return SVG.document(
      title: budget.deployments.map { BudgetTable.title(of: $0) }.joined(separator: "; "),
      height: y + 16,
      styles: Self.colours.map { ".\($0.rawValue){fill:\($1)}\n" }.joined(), body: body)
  }

  /// Colours that stand out from white and from black, and from each other without red and green.
  private static let colours: [(BudgetLine.Name, String)] = [
    (.weights, "#4477aa"), (.keyValueCache, "#ee8833"), (.recurrentState, "#cc6677"),
    (.computeBuffer, "#229977"), (.outputBuffer, "#88bb55"), (.runtimeContext, "#9966bb"),
    (.draftModel, "#66aadd"), (.projector, "#bbaa33"), (.adapter, "#aa7755"),
    (.cudaGraphs, "#999999"),
    (.claimedRest, "#d8dee4"),
  ]

  // MARK: Devices

  private func picture(of index: Int, from y: inout Int64) -> String {
    let device = budget.devices[index]
    let constraint = budget.constraint(of: index)
    let entries = budget.entries(on: .device(index))
    let count = budget.devices.count
    y += 32
    var body = line(
      device.name + (count > 1 ? ", \(index + 1) of \(count)" : ""), x: Self.margin, y: y)
    body += line(
      "\(size(device.usable)) usable of \(size(device.total))", x: SVG.width - Self.margin, y: y,
      style: "number quiet")
    y += 10
    body += bar(of: budget.countedEntries(on: index), constraint, y: y)
    y += Self.barHeight + 6
    var named: Int?
    for entry in entries {
      if budget.deployments.count > 1, entry.deployment != named {
        y += Self.rowHeight
        let name = budget.deployments[entry.deployment].model.name
        body += line(name, x: Self.margin, y: y, style: "quiet")
        named = entry.deployment
      }
      y += Self.rowHeight
      body += row(entry, on: device, y: y)
    }
    y += Self.rowHeight + 4
    let needed = budget.needed(on: .device(index))
    body += line("Needed", x: Self.margin + 22, y: y)
    body += line(size(needed.expected), x: 330, y: y, style: "number")
    if !needed.isExact { body += line(range(needed), x: 480, y: y, style: "quiet") }
    y += Self.rowHeight + 6
    return body + line(answer(of: index, constraint), x: Self.margin, y: y, style: "title")
  }

  /// The bar: what is expected of each line, the range of all, and where the usable memory ends.
  private func bar(
    of entries: [Budget.Entry], _ constraint: Budget.Constraint, y: Int64
  ) -> String {
    let usable = constraint.available
    let whole = max(usable, constraint.needed.high, Bytes(1))
    func x(_ bytes: Bytes) -> Int64 {
      let share = Int128(max(0, bytes.count)) * Int128(Self.barWidth * 10) / Int128(whole.count)
      return Self.margin * 10 + Int64(share)
    }
    func rectangle(from start: Bytes, to end: Bytes, _ attributes: String) -> String {
      let left = x(start)
      let width = x(end) - left
      guard width > 0 else { return "" }
      return
        "<rect \(attributes) x=\"\(SVG.tenths(left))\" y=\"\(y)\" width=\"\(SVG.tenths(width))\""
        + " height=\"\(Self.barHeight)\"/>\n"
    }
    var text = ""
    var sum = Bytes.zero
    for entry in entries {
      let next = sum + entry.line.estimate.expected
      text += rectangle(from: sum, to: next, "class=\"\(entry.line.name.rawValue)\"")
      sum = next
    }
    if constraint.includesHost {
      text += rectangle(from: sum, to: constraint.needed.expected, "class=\"stripe\"")
      sum = max(sum, constraint.needed.expected)
    }
    text += rectangle(from: sum, to: constraint.needed.high, "fill=\"url(#range)\"")
    text += rectangle(from: .zero, to: whole, "class=\"frame\"")
    if whole > usable, usable > .zero {
      let edge = SVG.tenths(x(usable))
      text += "<path class=\"limit\" d=\"M\(edge) \(y - 4)V\(y + Self.barHeight + 4)\"/>\n"
    }
    return text
  }

  private func row(_ entry: Budget.Entry, on device: Device, y: Int64) -> String {
    let estimate = entry.line.estimate
    var text =
      "<rect class=\"\(entry.line.name.rawValue)\" x=\"\(Self.margin)\" y=\"\(y - 11)\""
      + " width=\"13\" height=\"13\"/>\n"
    text += line(entry.line.name.title, x: Self.margin + 22, y: y)
    text += line(size(estimate.expected), x: 330, y: y, style: "number")
    if let percent = estimate.expected.percent(of: device.usable) {
      text += line("\(percent) %", x: 390, y: y, style: "number")
    }
    text += line(entry.line.basis.rawValue, x: 410, y: y, style: "quiet")
    if !estimate.isExact { text += line(range(estimate), x: 480, y: y, style: "quiet") }
    return text
  }

  private func answer(of index: Int, _ constraint: Budget.Constraint) -> String {
    let headroom = constraint.headroom
    let amount =
      headroom < .zero ? "\(size(.zero - headroom)) short" : "\(size(headroom)) to spare"
    let host = constraint.includesHost ? ", counting the host's part" : ""
    return "\(budget.verdict(of: index).words): \(amount)\(host)"
  }

  // MARK: Text

  private func size(_ bytes: Bytes) -> String {
    "\(bytes.formatted(inUnitsOf: prefix.budgetUnit.bytes, decimals: 2)) \(prefix.budgetUnit.symbol)"
  }

  private func range(_ estimate: ByteEstimate) -> String {
    "\(size(estimate.low)) – \(size(estimate.high))"
  }

  private func line(_ text: String, x: Int64, y: Int64, style: String? = nil) -> String {
    SVG.text(text, x: x, y: y, style: style)
  }
}
