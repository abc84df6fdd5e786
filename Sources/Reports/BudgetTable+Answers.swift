internal import VRAMBudget

extension BudgetTable {
  /// What was found of the settings that were asked for; empty where none was.
  var foundText: String {
    answers.found.map { found in
      "\(found.flags): \(found.words)\(modelName(found.index))\n"
    }.joined()
  }

  /// What swapped models cost each time they are loaded again.
  var swappedText: String {
    guard budget.isSwapped, budget.deployments.count > 1 else { return "" }
    let loads = budget.deployments.map {
      "\($0.model.name) \(size($0.weights.tensorBytes)) \(unit)"
    }
    return "\n  One model at a time, the largest counts. Weights to load at each change: "
      + loads.joined(separator: ", ") + ".\n"
  }

  /// What a cap on the history is worth.
  var historyText: String {
    answers.history.map { cap in
      let saved = size(cap.whole - cap.capped)
      let reset =
        cap.isPreallocated
        ? "A reset of the history frees no memory: the cache is allocated whole"
        : "A hard reset of the history frees up to \(size(cap.capped)) \(unit)"
      return "\n  History of at most \(cap.tokens.grouped) tokens\(modelName(cap.index)):"
        + " \(size(cap.capped)) \(unit) of cache.\n"
        + (saved == size(.zero)
          ? "" : "  A context of no more than that saves \(saved) \(unit).\n")
        + "  \(reset).\n"
    }.joined()
  }

  /// What to change, and how far the context could go: the last lines.
  var answerText: String {
    var text = ""
    let model = budget.deployments.first?.model
    if let model, !answers.suggestions.isEmpty {
      text += "\n  \(answers.aim(of: budget)):\n"
      var table = TextTable([("", .left), ("", .left), ("", .right), ("", .left)])
      let devices = answers.suggestions.filter(\.isOfDevices)
      for suggestion in answers.suggestions.filter({ !$0.isOfDevices }).prefix(5) + devices {
        let own = budget.deployments[suggestion.index].model
        let isWhole = budget.deployments.count == 1 || suggestion.isOfDevices
        table.add([
          "    " + suggestion.flags + (isWhole ? "" : " for \(own.name)"), suggestion.words,
          "\(size(suggestion.needed.expected, decimals: 2)) \(unit)",
          suggestion.price(for: own.id == model.id ? model : own),
        ])
      }
      text += String(table.text.drop { $0 == "\n" })
    }
    return text + contextText
  }

  private var contextText: String {
    guard budget.deployments.count == 1, let likely = answers.likelyContext else { return "" }
    let sequences = budget.deployments[0].workload.sequences
    let isEach = budget.deployments[0].runtime.kind.countsContextPerSequence
    let each =
      sequences == 1 ? "" : isEach ? " for each sequence" : " for \(sequences) sequences together"
    let all = likely >= budget.deployments[0].largestContext
    guard let sure = answers.sureContext else {
      return "\n  Largest context that may fit: \(likely.grouped)\(each); none is sure to.\n"
    }
    let most =
      sure == likely
      ? (all ? ", all that the model was made for" : "") : "; as expected, \(likely.grouped)"
    return "\n  Largest context that fits: \(sure.grouped)\(each)\(most).\n"
  }

  /// Whose figure it is, where several models share the devices.
  private func modelName(_ index: Int?) -> String {
    guard let index, budget.deployments.count > 1 else { return "" }
    return " for \(budget.deployments[index].model.name)"
  }
}
