internal import VRAMBudget

/// Why the axes, the conditions or the part of a sweep cannot be understood.
enum SweepError: Error, Hashable {
  case emptyValue(String)
  case descending(String, first: String, last: String)
  case step(String)
  case stepMissing(String, values: Int64)
  case tooManyValues(String, limit: Int)
  case notARange(String)
  case oneNumberOrTwo(String, joined: String)
  case tooManyCells
  case condition(String)
  case field(String, known: [String])
  case speedColumn(String)
  case shard(String)
  case deviceFilter(String)
  case noDevice(String)
}

extension SweepError: ActionableError {
  var problem: String {
    switch self {
    case .emptyValue(let text): "'\(text)' lists an empty value"
    case .descending(let text, _, _): "the range '\(text)' goes down"
    case .step(let text): "the range '\(text)' has a step that leads nowhere"
    case .stepMissing(let text, let values): "the range '\(text)' has \(values) values"
    case .tooManyValues(let text, let limit): "'\(text)' lists more than \(limit) values"
    case .notARange(let text): "'\(text)' is no range"
    case .oneNumberOrTwo(let text, _): "'\(text)' may be one number or two"
    case .tooManyCells: "the axes have more than \(Int64.max) cells"
    case .condition(let text): "'\(text)' is no condition"
    case .field(let text, _): "unknown column '\(text)'"
    case .speedColumn(let text): "'\(text)' is a column with --speed only"
    case .shard(let text): "'\(text)' is no part"
    case .deviceFilter(let text): "'\(text)' is no choice of devices"
    case .noDevice(let text): "no device is '\(text)'"
    }
  }

  var fix: String {
    switch self {
    case .emptyValue: "leave the comma out"
    case .descending(_, let first, let last): "write \(last)..\(first)"
    case .step: "write a factor of 2 or more (*2) or a step above zero (+4k)"
    case .stepMissing(let text, _): "name a step, for example \(text)*2 or \(text)+4k"
    case .tooManyValues: "name a larger step, or fewer values"
    case .notARange: "write FIRST..LAST*FACTOR or FIRST..LAST+STEP, such as 2k..128k*2 or 1..8"
    case .oneNumberOrTwo(let text, let joined):
      "write \(joined), or '\(text.split(separator: ",").joined(separator: ", "))' with a space"
    case .tooManyCells: "list fewer values"
    case .condition: "write COLUMN and =, !=, <, <=, > or >= and a value, such as verdict=fits"
    case .field(let text, let known):
      (LooseName.nearest(to: text, among: known, limit: 1).first.map { "did you mean '\($0)'? " }
        ?? "") + "the columns are \(known.joined(separator: ", "))"
    case .speedColumn: "add --speed"
    case .shard: "write I/N with I from 1 to N, such as 1/8"
    case .deviceFilter:
      "write all, class=, vendor= or backend= with a name, memory>=24GiB, or several with ':' between"
    case .noDevice: "'vram devices --format csv' lists classes, vendors and memory"
    }
  }
}
