internal import ArgumentParsing
internal import HostSystem
internal import Presets
internal import Reports
internal import VRAMBudget

/// `vram sweep`: every combination of lists and ranges, one row each, written as they are priced.
enum SweepCommand {
  private static let conditions = OptionSpec(
    "where", "CONDITION",
    help:
      "write only such rows: verdict=fits,tight, 'headroom>=1GiB',\n'context<=max';\nrepeatable",
    isRepeatable: true)
  private static let top = Option(
    "top", "N", help: "write the N best rows only, by --by"
  ) { try TokenCount.parse($0, allowed: 1...100_000) }
  private static let order = OptionSpec(
    "by", "COLUMN,…",
    help:
      "what --top orders by: headroom, context, sequences (most first), or\nbytes such as expected or weights (least first); default headroom"
  )
  private static let shard = Option(
    "shard", "I/N", help: "the I-th of N parts; all parts one after the other are the whole"
  ) { try Shard(parsing: $0) }
  static let threads = Option(
    "threads", "N", help: "threads that price (default: one for each processor core)"
  ) { try TokenCount.parse($0, allowed: 1...1024) }
  private static let progress = OptionSpec(
    "progress", help: "tell on a terminal's standard error how far it is")

  static let format = Option(
    "format", "FORMAT",
    help: "table, json, csv or markdown (default table); svg: a map of contexts\nand one other axis"
  ) { try Options.choice($0, of: MapFormat.self) }

  private static let speedOptions = [SpeedOptions.columns] + SpeedOptions.question

  static let command = Command(
    spec: CommandSpec(
      name: "sweep",
      summary:
        "Every combination of lists and ranges, one row each, written while they are priced.",
      operands: "MODEL…|all", operandCount: 0...100_000,
      options: ConfigurationArguments.options + speedOptions + [
        conditions, top.spec, order, shard.spec, SweepJobs.option, threads.spec, progress,
        Options.presets.spec, Options.requireFit, Options.strict, format.spec,
        Options.units.spec,
      ],
      examples: [
        .init(
          "vram sweep llama3.1:8b --quant Q4_K_M,Q8_0 --context 8k..128k*2 --gpu rtx-3060-12gb",
          "two formats, five contexts"),
        .init(
          "vram sweep all --quant all --gpu class=consumer --where verdict=fits --format csv",
          "what fits which card, for a spreadsheet"),
        .init(
          "vram sweep qwen3:8b --context 4k..128k+4k --gpu 24GiB --where verdict=fits --top 5"
            + " --by context", "the largest contexts that fit"),
        .init(
          "vram sweep llama3.1:8b --gpu class=consumer --min-tokens-per-second 40 --top 5",
          "the cards with the most room among those that answer fast enough"),
        .init(
          "vram sweep llama3.1:8b --quant Q4_K_M,Q6_K,Q8_0 --context 2k..128k*2 --gpu 12GiB"
            + " --format svg", "… as a map, for a document"),
        .init("vram sweep --jobs jobs.ndjson", "a configuration a line, an answer a line"),
      ],
      discussion: """
        Every option with a value takes several, commas between; numbers and sizes take ranges:
        1..8, 2k..128k*2 (times), 4k..32k+4k (plus). --quant all is every format, MODEL all every
        preset. --gpu takes all, class=, vendor= or backend= with a name, memory>=24GiB, and
        several of these with ':' between; each --gpu adds to the list. Options without a value, and
        --lora, hold for every cell. A share of --tensor-split is written 3/1.

        The first axis is slowest: model; quant, runtime and what else decides the weights; the other
        options as listed below; gpu; sequences; context. A combination that is refused, or cannot be
        priced, is a row with its reason. --format json writes one object a line.

        --speed adds what each sequence gets after the prompt and when its first token comes; a device
        whose bandwidth is not known has neither. --max-first-token and --min-tokens-per-second add
        them too, and write only rows that are expected to hold them; with --strict, that hold them at
        the slow end of the range.

        --jobs reads one JSON object a line: "model", "gpu", and options by their names with '_' for
        '-' ("cache_type": "q8_0", "kv_unified": true); options of the command line hold where a line
        says nothing. It writes one object a line, with the line's number and its "id".
        """),
    run: run)

  private static func run(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) -> Outcome {
    if arguments.has(SweepJobs.option) {
      try refuse(ofRows, in: arguments, with: SweepJobs.option.flag)
      return try SweepJobs.run(arguments, spec: command.spec, in: context.catalogue)
    }
    guard !arguments.operands.isEmpty else {
      throw CommandFailure(
        at: "sweep", ArgumentError.tooFewOperands(command: "sweep", operands: "MODEL…"))
    }
    if try arguments.optional(format) == .svg {
      return try map(arguments, in: context.catalogue)
    }
    let run = try plan(arguments, in: context.catalogue)
    return Outcome { sink in run.write(to: sink) }
  }

  /// Options that choose among rows.
  private static let ofRows = [
    conditions, top.spec, order, shard.spec, SpeedOptions.mostFirstToken.spec,
    SpeedOptions.leastRate.spec,
  ]

  private static func refuse(
    _ options: [OptionSpec], in arguments: ParsedArguments, with other: String
  ) throws(CommandFailure) {
    for option in options where arguments.has(option) {
      throw CommandFailure(
        at: option.flag,
        UsageError.missing(what: "not possible with \(other)", fix: "leave one of the two out"))
    }
  }

  private static func map(
    _ arguments: ParsedArguments, in catalogue: PresetCatalog
  ) throws(CommandFailure) -> Outcome {
    try refuse(
      ofRows + [SpeedOptions.columns, SpeedOptions.prompt.spec, SpeedOptions.hostBandwidth.spec],
      in: arguments, with: "\(format.spec.flag) svg")
    let grid = try SweepGrid(arguments, of: command.spec, in: catalogue)
    let prefix = try arguments.prefix()
    let map = try SweepMap(
      of: grid, SweepLayout(axes: SweepPricer.axes(of: grid), format: .csv, prefix: prefix))
    let drawn = map.picture(
      prefix: prefix, threads: Int(try arguments.optional(threads) ?? Int64(HostSystem.processors)))
    return Outcome(
      output: drawn.text, status: SweepRequirement(arguments).status(of: drawn.answers))
  }

  private static func plan(
    _ arguments: ParsedArguments, in catalogue: PresetCatalog
  ) throws(CommandFailure) -> SweepRun {
    let grid = try SweepGrid(arguments, of: command.spec, in: catalogue)
    let layout = SweepLayout(
      axes: SweepPricer.axes(of: grid), format: try arguments.optional(format)?.list ?? .table,
      prefix: try arguments.prefix(), hasSpeed: SpeedOptions.isAsked(arguments))
    let speed = layout.hasSpeed ? try SpeedOptions.question(arguments) : nil
    let shard = try arguments.optional(shard) ?? .whole
    let ranking = try ranking(arguments, layout)
    if ranking != nil, shard.count > 1 {
      throw CommandFailure(
        at: top.spec.flag,
        UsageError.missing(
          what: "the best rows of a part are not the best of the whole",
          fix: "leave out --shard, or order the joined parts"))
    }
    return SweepRun(
      grid: grid, layout: layout, speed: speed,
      conditions: try conditions(arguments, layout)
        + SweepCondition.conditions(
          on: speed?.requirements ?? [], isStrict: arguments.has(Options.strict)),
      ranking: ranking,
      cells: shard.cells(of: grid.count), writesHead: shard.number == 1,
      threads: Int(try arguments.optional(threads) ?? Int64(HostSystem.processors)),
      tellsProgress: arguments.has(progress) && HostSystem.isTerminal(.diagnostics)
        && !HostSystem.isTerminal(.output),
      requirement: SweepRequirement(arguments))
  }

  private static func conditions(
    _ arguments: ParsedArguments, _ layout: SweepLayout
  ) throws(CommandFailure) -> [SweepCondition] {
    try reading(conditions) {
      try arguments.texts(of: conditions).map { try SweepCondition(parsing: $0, for: layout) }
    }
  }

  private static func ranking(
    _ arguments: ParsedArguments, _ layout: SweepLayout
  ) throws(CommandFailure) -> SweepRanking? {
    guard let limit = try arguments.optional(top) else {
      guard arguments.has(order) else { return nil }
      throw CommandFailure(
        at: order.flag, UsageError.missing(what: "--top is missing", fix: "add --top N"))
    }
    let keys = try reading(order) {
      try SweepRanking.keys(parsing: arguments.texts(of: order).last ?? "headroom", for: layout)
    }
    return SweepRanking(keys: keys, limit: Int(limit))
  }

  private static func reading<Value>(
    _ option: OptionSpec, _ read: () throws -> Value
  ) throws(CommandFailure) -> Value {
    do {
      return try read()
    } catch let error as any ActionableError {
      throw CommandFailure(at: option.flag, error)
    } catch {
      throw CommandFailure(
        at: option.flag, UsageError.missing(what: "\(error)", fix: "check the value"))
    }
  }
}

/// What the rows of a sweep do to its exit status.
struct SweepRequirement: Sendable {
  let requiresFit: Bool
  let isStrict: Bool

  init(_ arguments: ParsedArguments) {
    isStrict = arguments.has(Options.strict)
    requiresFit = isStrict || arguments.has(Options.requireFit)
  }

  /// What rows with such answers come to.
  func status(of answers: Set<SweepRow.Answer>) -> Outcome.Status {
    guard requiresFit else { return .success }
    if answers.contains(.doesNotFit) || isStrict && answers.contains(.tight) { return .doesNotFit }
    return answers.contains(.error) || answers.contains(.unknown) ? .cannotTell : .success
  }
}

/// One of several parts of a sweep.
struct Shard: Sendable {
  let number: Int64
  let count: Int64

  static let whole = Shard(number: 1, count: 1)

  private init(number: Int64, count: Int64) {
    self.number = number
    self.count = count
  }

  /// Reads `1/8`.
  ///
  /// - Throws: ``SweepError/shard(_:)``.
  init(parsing text: String) throws(SweepError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int64($0) }
    guard parts.count == 2, let number = parts[0], let count = parts[1], count <= 1 << 32,
      number >= 1, number <= count
    else { throw .shard(text) }
    self.init(number: number, count: count)
  }

  /// The cells of this part: parts differ by one cell at most.
  func cells(of whole: Int64) -> Range<Int64> {
    func start(_ part: Int64) -> Int64 { Int64(Int128(whole) * Int128(part) / Int128(count)) }
    return start(number - 1)..<start(number)
  }
}
