internal import ArgumentParsing
internal import Reports
internal import VRAMBudget

/// What is asked of speed, cost and transfer, for every command that answers it.
enum SpeedOptions {
  static let speed = OptionSpec(
    "speed", help: "all that is estimated of speed, throughput, cost, disk and download")

  /// What asks for columns in a table of many.
  static let columns = OptionSpec(
    "speed", help: "columns for tokens a second and the first token")

  static let prompt = Option(
    "prompt", "TOKENS", help: "the prompt before the first token (default 1k)"
  ) { try TokenCount.parse($0, allowed: Workload.allowedContext) }

  static let mostFirstToken = Option(
    "max-first-token", "TIME",
    help: "the first token must come within this, such as 300ms"
  ) { try Amount.seconds($0) }

  static let leastRate = Option(
    "min-tokens-per-second", "N",
    help: "each sequence must get so many"
  ) { try Amount.plain($0, allowed: 1e-6...1e9, words: "0.000001 to 1000000000") }

  static let hostBandwidth = Option(
    "host-bandwidth", "RATE",
    help: "what the host's memory delivers, such as 64GB/s (default: a range)"
  ) { try Amount.bytesPerSecond($0) }

  static let pricePerHour = money(
    "price-per-hour", "MONEY", help: "rent of all devices, in any currency; shown with --speed")
  static let watts = money("watts", "W", help: "what the machine draws at work")
  static let pricePerKilowattHour = money("price-per-kwh", "MONEY", help: "price of its power")
  static let otherPerMillion = money(
    "api-price-per-million", "MONEY",
    help: "price of a million tokens elsewhere, to break even with")

  static let load = Option(
    "load", "PERCENT", help: "share of the time at work, for costs (default 100%)"
  ) { try Amount.share($0) }

  static let downloadRate = Option(
    "download-rate", "RATE", help: "such as 100Mbit/s, to download the file"
  ) { try Amount.bytesPerSecond($0) }

  static let mostFile = Option(
    "max-file", "SIZE", help: "the file must be no larger"
  ) { try Bytes(parsing: $0) }

  private static func money(_ name: String, _ placeholder: String, help: String) -> Option<Double> {
    Option(name, placeholder, help: help) {
      try Amount.plain($0, allowed: ServingCost.allowed, words: "0 to 1000000000000")
    }
  }

  /// What is asked of speed itself, in every command that answers it.
  static let question: [OptionSpec] = [
    prompt.spec, mostFirstToken.spec, leastRate.spec, hostBandwidth.spec,
  ]

  /// Returns what is asked of speed.
  ///
  /// - Throws: A failure about the option that is wrong.
  static func question(_ arguments: ParsedArguments) throws(CommandFailure) -> SpeedQuestion {
    let time = try arguments.optional(mostFirstToken).map(SpeedRequirement.firstToken)
    let rate = try arguments.optional(leastRate).map(SpeedRequirement.rate)
    return SpeedQuestion(
      prompt: try arguments.optional(prompt),
      hostBandwidth: try arguments.optional(hostBandwidth),
      requirements: [time, rate].compactMap { $0 })
  }

  /// Whether speed is asked for, or something of it.
  static func isAsked(_ arguments: ParsedArguments) -> Bool {
    ([speed] + question).contains(where: arguments.has)
  }

  /// The failure that a prompt is longer than a sequence may be.
  static func tooLong(_ prompt: Int64, _ longest: Int64) -> CommandFailure {
    CommandFailure(
      at: Self.prompt.spec.flag,
      UsageError.missing(
        what: "\(prompt) tokens are more than a sequence may hold (\(longest))",
        fix: "give a longer --context, or a shorter prompt"))
  }

  /// All of them, in the order of the help.
  static let all: [OptionSpec] = [
    speed, prompt.spec, mostFirstToken.spec, leastRate.spec, hostBandwidth.spec,
    pricePerHour.spec, watts.spec, pricePerKilowattHour.spec, otherPerMillion.spec, load.spec,
    downloadRate.spec, mostFile.spec,
  ]

  /// Returns what is known of a budget's speed, and what is asked of it.
  ///
  /// - Throws: A failure about the option that is wrong.
  static func report(
    of budget: Budget, _ arguments: ParsedArguments
  ) throws(CommandFailure) -> SpeedReport {
    let question = try question(arguments)
    var summaries: [SpeedSummary?] = []
    for index in budget.deployments.indices {
      let summary = SpeedSummary(
        of: index, in: budget, prompt: question.prompt, hostBandwidth: question.hostBandwidth)
      if let prompt = question.prompt, let summary, summary.prompt < prompt {
        throw tooLong(prompt, summary.prompt)
      }
      summaries.append(summary)
    }
    let costs = try costs(arguments)
    return SpeedReport(
      summaries, requirements: question.requirements, costs: costs,
      downloadRate: try arguments.optional(downloadRate),
      mostFileBytes: try arguments.optional(mostFile),
      isWhole: arguments.has(speed) || costs != nil)
  }

  /// What serving costs; nil where nothing is given that costs.
  private static func costs(
    _ arguments: ParsedArguments
  ) throws(CommandFailure) -> SpeedReport.Costs? {
    let rent = try arguments.optional(pricePerHour)
    let watts = try arguments.optional(watts)
    let power = try arguments.optional(pricePerKilowattHour)
    let other = try arguments.optional(otherPerMillion)
    let load = try arguments.optional(load)
    for (given, missing, name) in [
      (watts, power, pricePerKilowattHour.spec.flag), (power, watts, self.watts.spec.flag),
    ] where given != nil && missing == nil {
      throw CommandFailure(
        at: name,
        UsageError.missing(what: "power costs by its draw and its price", fix: "give both"))
    }
    guard rent != nil || watts != nil else {
      guard other == nil, load == nil else {
        throw CommandFailure(
          at: (other != nil ? otherPerMillion.spec : Self.load.spec).flag,
          UsageError.missing(
            what: "there is no cost to compare with",
            fix: "add \(pricePerHour.spec.flag), or \(self.watts.spec.flag) and"
              + " \(pricePerKilowattHour.spec.flag)"))
      }
      return nil
    }
    return SpeedReport.Costs(
      ServingCost(
        rentPerHour: rent, watts: watts, pricePerKilowattHour: power, otherPerMillion: other),
      load: load ?? 1)
  }
}
