internal import HostSystem
internal import Presets
internal import Reports

/// Deployments that are checked on all cores of the machine, in the order of their file.
struct CheckRun: Sendable {
  let entries: [BudgetsFile.Entry]
  /// Settings of the command line, which replace the deployments' own.
  let options: Settings
  let isStrict: Bool
  /// The budgets file that says what is deployed; nil where options do.
  let file: String?
  let catalogue: PresetCatalog

  /// How many deployments a fix is looked for, which takes longer than to check one.
  private static let mostFixes = 16
  /// The deployments that a thread takes at a time: fewer are not worth another. Those of a model stand
  /// together, so that few models are read in more than one thread.
  private static let entriesAtOnce = 50

  /// Returns how each came out, with the cheapest fix of the first that do not pass, and what a person
  /// should know of them: lines, each once.
  func result() -> (deployments: [CheckedDeployment], notes: [String]) {
    let order = entries.indices.sorted {
      (entries[$0].firstModel, $0) < (entries[$1].firstModel, $1)
    }
    var checked: [(deployment: CheckedDeployment, notes: [String])?] =
      Array(repeating: nil, count: entries.count)
    let starts = Array(stride(from: 0, to: order.count, by: Self.entriesAtOnce))
    each(of: starts) { check, start in
      order[start..<min(order.count, start + Self.entriesAtOnce)].map {
        ($0, check.result(of: entries[$0], options: options))
      }
    } consume: { results in
      for (index, result) in results { checked[index] = result }
    }
    var deployments = checked.compactMap { $0?.deployment }
    var notes = checked.compactMap { $0?.notes }
    let failing = deployments.indices.filter {
      deployments[$0].status != .pass && !deployments[$0].devices.isEmpty
    }.prefix(Self.mostFixes)
    each(of: Array(failing)) { check, index in
      (index, check.fix(of: entries[index], options: options))
    } consume: { index, found in
      deployments[index].fix = found.fix
      notes[index] += found.notes
    }
    var told: Set<String> = []
    return (deployments, notes.joined().filter { told.insert($0).inserted })
  }

  /// Does some work for each of some numbers, and hands the results on in order.
  private func each<Result>(
    of numbers: [Int], _ work: @escaping @Sendable (inout DeploymentCheck, Int) -> Result,
    consume: (Result) -> Void
  ) {
    OrderedWork.run(
      threads: max(1, min(HostSystem.processors, numbers.count)),
      piece: { $0 < UInt64(numbers.count) ? numbers[Int($0)] : nil },
      worker: {
        var check = DeploymentCheck(isStrict: isStrict, file: file, in: catalogue)
        return { work(&check, $0) }
      },
      consume: { result in
        consume(result)
        return true
      })
  }
}

extension BudgetsFile.Entry {
  /// What its first model is named.
  fileprivate var firstModel: String { models.first?.text ?? "" }
}
