public import VRAMBudget

/// A budget as a list of lines, one a row.
public enum BudgetLists {
  /// The lines as CSV: whole bytes, a row for each line of each model on each device or the host.
  ///
  /// A model's speed stands in each of its rows; it is empty where it is not known.
  public static func csv(_ budget: Budget, speed: SpeedReport = SpeedReport([])) -> String {
    var table = TextTable(
      [
        ("model", .left), ("device", .left), ("line", .left), ("low_bytes", .right),
        ("expected_bytes", .right), ("high_bytes", .right), ("basis", .left), ("verdict", .left),
        ("model_index", .right), ("device_index", .right),
      ] + SpeedReport.columns.map { ($0, .right) })
    for entry in budget.entries {
      let estimate = entry.line.estimate
      table.add(
        [
          budget.deployments[entry.deployment].model.id, placeID(entry.line.place, in: budget),
          entry.line.name.rawValue, "\(estimate.low.count)", "\(estimate.expected.count)",
          "\(estimate.high.count)", entry.line.basis.rawValue, budget.verdict.rawValue,
          "\(entry.deployment)", deviceIndex(entry.line.place),
        ] + speed.cells(of: entry.deployment))
    }
    return table.csv
  }

  /// The lines as Markdown, with the answer above them.
  public static func markdown(
    _ budget: Budget, answers: BudgetAnswers = BudgetAnswers(), prefix: BytePrefix
  ) -> String {
    var table = TextTable([
      ("Where", .left), ("Part", .left), ("Memory", .right), ("Range", .left), ("Basis", .left),
    ])
    for entry in budget.entries {
      let estimate = entry.line.estimate
      table.add([
        placeName(entry.line.place, in: budget), entry.line.name.title,
        estimate.expected.formatted(prefix, decimals: 3),
        estimate.isExact
          ? ""
          : "\(estimate.low.formatted(prefix)) – \(estimate.high.formatted(prefix))",
        entry.line.basis.rawValue,
      ])
    }
    for index in budget.devices.indices {
      let need = budget.needed(on: .device(index))
      table.add([
        placeName(.device(index), in: budget), "**Needed**",
        "**\(need.expected.formatted(prefix, decimals: 3))**",
        need.isExact ? "" : "\(need.low.formatted(prefix)) – \(need.high.formatted(prefix))",
        "of \(budget.devices[index].usable.formatted(prefix, decimals: 3))",
      ])
    }
    let titles = budget.deployments.map { BudgetTable.title(of: $0) + "\n" }.joined()
    let found = answers.found.map { "`\($0.flags)`: \($0.words)\n" }.joined()
    return titles + found + "\n" + self.answers(budget, prefix: prefix) + "\n" + table.markdown
      + changes(budget, answers, prefix)
  }

  /// What would make it fit, and how long the context could be.
  private static func changes(
    _ budget: Budget, _ answers: BudgetAnswers, _ prefix: BytePrefix
  ) -> String {
    var text = ""
    if !answers.suggestions.isEmpty {
      text += "\n\(answers.aim(of: budget)):\n\n"
      for suggestion in answers.suggestions {
        let price = suggestion.price(for: budget.deployments[suggestion.index].model)
        text +=
          "- `\(suggestion.flags)`: \(suggestion.words),"
          + " \(suggestion.needed.expected.formatted(prefix, decimals: 2))"
          + (price.isEmpty ? "" : "; \(price)") + "\n"
      }
    }
    if budget.deployments.count == 1, let sure = answers.sureContext {
      text += "\nLargest context that fits: \(sure.grouped).\n"
    }
    return text
  }

  private static func answers(_ budget: Budget, prefix: BytePrefix) -> String {
    budget.devices.indices.map { index in
      let headroom = budget.headroom(of: index)
      let amount =
        headroom < .zero
        ? "\((.zero - headroom).formatted(prefix)) short"
        : "\(headroom.formatted(prefix)) to spare"
      let verdict = budget.verdict(of: index).words
      return "**\(verdict)** on \(placeName(.device(index), in: budget)): \(amount).\n"
    }.joined()
  }

  private static func placeName(_ place: Place, in budget: Budget) -> String {
    switch place {
    case .host: return "host"
    case .device(let index):
      let count = budget.devices.count
      return budget.devices[index].name + (count > 1 ? ", \(index + 1) of \(count)" : "")
    }
  }

  /// The number of a device, from 0; empty for the host.
  private static func deviceIndex(_ place: Place) -> String {
    guard case .device(let index) = place else { return "" }
    return "\(index)"
  }

  private static func placeID(_ place: Place, in budget: Budget) -> String {
    switch place {
    case .host: "host"
    case .device(let index): budget.devices[index].id
    }
  }
}

extension Verdict {
  /// The verdict in words.
  var words: String {
    switch self {
    case .fits: "Fits"
    case .tight: "Tight"
    case .doesNotFit: "Does not fit"
    case .unknown: "Unknown"
    }
  }
}
