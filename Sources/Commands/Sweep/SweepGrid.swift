internal import ArgumentParsing
internal import ModelFiles
internal import Presets
internal import VRAMBudget

/// A model of a sweep, or why it cannot be told.
struct SweepModel: Sendable {
  let label: String
  let named: Result<NamedModel, CommandFailure>
}

/// The cells of a sweep: every value of every axis with every value of the others.
///
/// Their order is fixed, the first axis slowest: model; format, runtime and what else decides the
/// weights; the other settings, as the help lists them; device; sequences; context.
struct SweepGrid: Sendable {
  let arguments: ParsedArguments
  let spec: CommandSpec
  /// Where names are looked up.
  let catalogue: PresetCatalog
  let models: [SweepModel]
  /// What decides the weights.
  let weightAxes: [TextAxis]
  let settingAxes: [TextAxis]
  let machines: [DeviceChoice]
  /// Nil where one sequence is meant.
  let sequences: NumberAxis?
  /// Nil where the default is meant.
  let contexts: NumberAxis?
  let count: Int64

  /// The combinations of values that decide the weights, and of the other settings.
  let weightCombinations: Int64
  let settingCombinations: Int64

  /// Where a cell lies.
  struct Position: Equatable {
    var model: Int64
    var weights: Int64
    var settings: Int64
    var machine: Int64
    var sequences: Int64
    var context: Int64
  }

  /// Reads the axes of a command line.
  ///
  /// - Throws: A failure about the option whose list is wrong, or about MODEL.
  init(
    _ arguments: ParsedArguments, of spec: CommandSpec, in catalogue: PresetCatalog
  ) throws(CommandFailure) {
    self.arguments = arguments
    self.spec = spec
    self.catalogue = catalogue
    models = try Self.models(arguments.operands, in: catalogue)
    let deciding = [Options.quant.spec, Options.runtime.spec] + RecipeOptions.all
    weightAxes = try Self.axes(of: deciding, arguments)
    settingAxes = try Self.axes(
      of: ConfigurationArguments.options.filter { option in
        !deciding.contains(option) && !Self.ownAxes.contains(option)
      }, arguments)
    machines = try Self.machines(arguments, in: catalogue)
    sequences = try Self.numbers(Options.sequences.spec, Workload.allowedSequences, arguments)
    contexts = try Self.numbers(Options.context.spec, Workload.allowedContext, arguments)
    let weights = Self.product(weightAxes.map { Int64($0.values.count) })
    let settings = Self.product(settingAxes.map { Int64($0.values.count) })
    let whole = Self.product([
      Int64(models.count), weights, settings, Int64(machines.count), sequences?.count ?? 1,
      contexts?.count ?? 1,
    ])
    guard let weights, let settings, let whole else {
      throw CommandFailure(at: spec.name, SweepError.tooManyCells)
    }
    weightCombinations = weights
    settingCombinations = settings
    count = whole
  }

  private static let ownAxes = [Options.gpu.spec, Options.sequences.spec, Options.context.spec]

  private static func product(_ factors: [Int64?]) -> Int64? {
    factors.reduce(1) { product, factor in
      guard let product, let factor else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      return overflow ? nil : next
    }
  }

  // MARK: Reading axes

  private static func models(
    _ operands: [String], in catalogue: PresetCatalog
  ) throws(CommandFailure) -> [SweepModel] {
    var models: [SweepModel] = []
    var known: Set<String> = []
    for operand in operands {
      for model in operand == "all"
        ? try allPresets(of: catalogue) : [try model(operand, in: catalogue)]
      where known.insert(model.label).inserted {
        models.append(model)
      }
    }
    return models
  }

  private static func model(
    _ operand: String, in catalogue: PresetCatalog
  ) throws(CommandFailure) -> SweepModel {
    do {
      let named = try ModelArgument.named(operand, in: catalogue)
      return SweepModel(label: named.shape.id, named: .success(named))
    } catch {
      // A name that is wrong is wrong in every cell; what cannot be told is told of in its rows.
      guard error.status == .cannotTell else { throw error }
      return SweepModel(label: operand, named: .failure(error))
    }
  }

  private static func allPresets(
    of catalogue: PresetCatalog
  ) throws(CommandFailure) -> [SweepModel] {
    do {
      var models: [SweepModel] = []
      for (entry, _, _) in try catalogue.allModels() {
        let named = try NamedModel(entry, in: catalogue)
        models.append(SweepModel(label: named.shape.id, named: .success(named)))
      }
      return models
    } catch {
      throw CommandFailure(at: "MODEL", error, status: error.status)
    }
  }

  private static func axes(
    of options: [OptionSpec], _ arguments: ParsedArguments
  ) throws(CommandFailure) -> [TextAxis] {
    var axes: [TextAxis] = []
    // What may be given several times is given to every cell.
    for option in options
    where option.placeholder != nil && !option.isRepeatable && arguments.has(option) {
      let texts = arguments.texts(of: option)
      let name = option.name
      axes.append(
        try reading(option) {
          if name == Options.quant.spec.name { return try formats(texts.joined(separator: ",")) }
          let axis = try TextAxis(name: name, parsing: texts.joined(separator: ","))
          if name == Options.runtime.spec.name {
            for text in axis.values { _ = try Options.runtime.parse(text) }
          }
          return axis
        })
    }
    return axes
  }

  /// The formats that a text lists; `all` is every one that some runtime here loads.
  private static func formats(_ text: String) throws -> TextAxis {
    let names = try text.listedValues().flatMap { part -> [String] in
      guard LooseName.normalized(part) == "all" else {
        return [try FormatRecipe.named(part).name]
      }
      return FormatRecipe.all.filter { !$0.runtimes.isEmpty }.map(\.name)
    }
    return TextAxis(name: Options.quant.spec.name, values: names)
  }

  private static func machines(
    _ arguments: ParsedArguments, in catalogue: PresetCatalog
  ) throws(CommandFailure) -> [DeviceChoice] {
    var machines: [DeviceChoice] = []
    var known: Set<String> = []
    for text in arguments.texts(of: Options.gpu.spec) {
      let choices = try reading(Options.gpu.spec) { try DeviceAxis.choices(text, in: catalogue) }
      for choice in choices where known.insert(choice.label).inserted { machines.append(choice) }
    }
    guard !machines.isEmpty else {
      throw CommandFailure(
        at: Options.gpu.spec.flag,
        UsageError.missing(
          what: "no device is named",
          fix: "add --gpu with names or sizes, commas between, or with class=consumer or all"))
    }
    return machines
  }

  private static func numbers(
    _ option: OptionSpec, _ allowed: ClosedRange<Int64>, _ arguments: ParsedArguments
  ) throws(CommandFailure) -> NumberAxis? {
    guard let text = arguments.texts(of: option).last else { return nil }
    return try reading(option) { try NumberAxis(parsing: text, allowed: allowed) }
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

  // MARK: Cells

  /// Where the cell with a number lies.
  func position(of cell: Int64) -> Position {
    var rest = cell
    func digit(_ radix: Int64) -> Int64 {
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: radix)
      rest = quotient
      return digit
    }
    let context = digit(contexts?.count ?? 1)
    let sequences = digit(sequences?.count ?? 1)
    let machine = digit(Int64(machines.count))
    let settings = digit(settingCombinations)
    let weights = digit(weightCombinations)
    return Position(
      model: rest, weights: weights, settings: settings, machine: machine, sequences: sequences,
      context: context)
  }

  /// The values of axes in one of their combinations.
  static func values(
    of axes: [TextAxis], combination: Int64
  ) -> [(name: String, text: String?)] {
    var rest = combination
    var values: [(name: String, text: String?)] = []
    for axis in axes.reversed() {
      let (quotient, index) = rest.quotientAndRemainder(dividingBy: Int64(axis.values.count))
      values.append((axis.name, axis.values[Int(index)]))
      rest = quotient
    }
    return values.reversed()
  }
}
