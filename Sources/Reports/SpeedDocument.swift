internal import VRAMBudget

/// A deployment's speed as programs read it: the key `speed` of a model.
///
/// Estimates have three significant digits. Keys are only ever added.
struct SpeedDocument: Codable, Sendable {
  typealias Range = RangeDocument

  struct Requirement: Codable, Sendable {
    let maxFirstTokenSeconds: Double?
    let minTokensPerSecond: Double?
    let verdict: String
  }

  struct Throughput: Codable, Sendable {
    let sequences: Int64
    let fittingSequences: Int64
    let context: Int64
    let boundBy: String
    let tokensPerSecond: Range
  }

  struct Cost: Codable, Sendable {
    let perHour: Double
    let load: Double
    let tokensPerHour: Range
    let perMillionTokens: Range
    let breakEvenLoad: Range?
  }

  let basis: String
  let source: String
  let promptTokens: Int64
  let tokensPerSecond: Range
  let tokensPerSecondBound: Double
  let tokensPerSecondAtFullContext: Range
  let sequences: Int64
  let servedTokensPerSecond: Range
  let firstTokenSeconds: Range?
  let throughput: Throughput?
  let cost: Cost?
  let throughputCost: Cost?
  /// Nil where nothing is asked.
  let requirements: [Requirement]?

  /// Nil where nothing is known of the deployment's speed.
  init?(_ report: SpeedReport, _ index: Int) {
    guard let summary = report.summary(index) else { return nil }
    basis = Basis.modelled.rawValue
    source = summary.source
    promptTokens = summary.prompt
    tokensPerSecond = Range(summary.decode.rate)
    tokensPerSecondBound = summary.decode.bound.rounded(to: 3)
    tokensPerSecondAtFullContext = Range(summary.decodeAtEnd.rate)
    sequences = summary.served.sequences
    servedTokensPerSecond = Range(summary.served.rate)
    firstTokenSeconds = summary.firstToken.map(Range.init)
    throughput = summary.throughput.map {
      Throughput(
        sequences: $0.sequences, fittingSequences: $0.fittingSequences, context: $0.depth,
        boundBy: $0.limit.rawValue, tokensPerSecond: Range($0.speed.rate))
    }
    cost = report.costs.map { Cost($0, rate: summary.decode.rate) }
    throughputCost = report.costs.flatMap { costs in
      summary.throughput.map { Cost(costs, rate: $0.speed.rate) }
    }
    let answers = report.requirements.map { requirement in
      let verdict = requirement.verdict(on: summary.serving).rawValue
      return switch requirement {
      case .firstToken(let seconds):
        Requirement(maxFirstTokenSeconds: seconds, minTokensPerSecond: nil, verdict: verdict)
      case .rate(let tokens):
        Requirement(maxFirstTokenSeconds: nil, minTokensPerSecond: tokens, verdict: verdict)
      }
    }
    requirements = answers.isEmpty ? nil : answers
  }
}

extension SpeedDocument.Cost {
  init(_ costs: SpeedReport.Costs, rate: SpeedRange) {
    perHour = costs.cost.perHour.rounded(to: 6)
    load = costs.load
    tokensPerHour = .init(costs.cost.tokensPerHour(rate: rate, load: costs.load))
    perMillionTokens = .init(costs.cost.perMillion(rate: rate, load: costs.load))
    breakEvenLoad = costs.cost.breakEvenLoad(rate: rate).map(SpeedDocument.Range.init)
  }
}

extension SpeedReport {
  /// The columns of a table for programs.
  static let columns = [
    "tokens_per_second_low", "tokens_per_second", "tokens_per_second_high",
    "first_token_seconds_low", "first_token_seconds", "first_token_seconds_high",
  ]

  /// The cells of a deployment under ``columns``; empty where nothing is known.
  func cells(of index: Int) -> [String] {
    let summary = summary(index)
    return Self.cells(
      rate: summary.map { RangeDocument($0.decode.rate) },
      firstToken: (summary?.firstToken).map(RangeDocument.init))
  }

  /// The cells under ``columns``.
  static func cells(rate: RangeDocument?, firstToken: RangeDocument?) -> [String] {
    [rate, firstToken].flatMap { range in
      [range?.low, range?.expected, range?.high].map { $0.map { "\($0)" } ?? "" }
    }
  }
}
