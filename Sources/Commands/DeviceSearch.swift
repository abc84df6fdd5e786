internal import ArgumentParsing
internal import PresetEntries
internal import Presets
internal import Reports
internal import VRAMBudget

/// `--gpu smallest`: the card with the least memory that holds the models.
enum DeviceSearch {
  /// What asks for it.
  static let word = "smallest"

  static func isAskedFor(_ arguments: ParsedArguments) -> Bool {
    arguments.texts(of: Options.gpu.spec).contains { $0.lowercased() == word }
  }

  /// The listings of the catalogue that a condition holds for, the least usable first.
  ///
  /// - Throws: A failure about the catalogue.
  static func listed(
    in catalogue: PresetCatalog, where condition: (DeviceListing) -> Bool
  ) throws(CommandFailure) -> [PresetCatalog.ListedDevice] {
    do {
      return try catalogue.allDevices().filter { condition($0.listing) }.sorted {
        ($0.listing.usable, $0.listing.id) < ($1.listing.usable, $1.listing.id)
      }
    } catch {
      throw CommandFailure(at: Options.gpu.spec.flag, error, status: error.status)
    }
  }

  /// A listed device with what the arguments keep free of it.
  ///
  /// - Throws: A failure about the catalogue or an option.
  static func device(
    _ listed: PresetCatalog.ListedDevice, in catalogue: PresetCatalog, _ arguments: ParsedArguments
  ) throws(CommandFailure) -> Device {
    let device: Device
    do {
      device = Device(try catalogue.entry(of: listed))
    } catch {
      throw CommandFailure(at: Options.gpu.spec.flag, error, status: error.status)
    }
    let desktop = try arguments.optional(Options.desktop) ?? .none
    return try ConfigurationArguments.adjusted(desktop.shown(on: [device]), arguments)[0]
  }

  /// Every device of the catalogue, the least usable first.
  ///
  /// - Throws: A failure about the catalogue or an option.
  static func all(
    in catalogue: PresetCatalog, _ arguments: ParsedArguments
  ) throws(CommandFailure) -> [Device] {
    var devices: [Device] = []
    for listed in try listed(in: catalogue, where: { _ in true }) {
      devices.append(try device(listed, in: catalogue, arguments))
    }
    return devices
  }

  /// Returns the smallest card on which everything fits, or the largest there is.
  ///
  /// - Throws: A failure about MODEL or the option that is wrong; about `--gpu` when another value is
  ///   to be found too, for then no card is too small.
  static func smallest(
    for operands: [String], _ arguments: ParsedArguments, _ models: ReadModels
  ) throws(CommandFailure) -> (device: Device, found: FoundSetting) {
    let flag = Options.gpu.spec.flag
    guard arguments.texts(of: Options.gpu.spec).count == 1 else {
      throw CommandFailure(
        at: flag,
        UsageError.missing(
          what: "'\(word)' stands beside another device", fix: "write \(flag) \(word) alone"))
    }
    let catalogue = models.catalogue
    let cards = try listed(in: catalogue) { !$0.isUnified && $0.backend != Backend.cpu.rawValue }
    guard let largest = cards.last else { preconditionFailure("the catalogue has cards") }
    let draft = try ConfigurationSearch(
      of: operands, on: [try device(largest, in: catalogue, arguments)], arguments, models)
    guard try !draft.looksForAnything() else {
      throw CommandFailure(
        at: flag,
        UsageError.missing(
          what: "'\(word)' and another value that is to be found depend on each other",
          fix: "give one of the two"))
    }
    // ExecuTorch's programs and MLX run on no card, but on phones, boards and Macs.
    let runsOnCards = draft.question.deployments.allSatisfy {
      $0.runtime.kind != .execuTorch && $0.runtime.kind != .mlx
    }
    let candidates = runsOnCards ? cards : try listed(in: catalogue) { $0.isUnified }
    let graphs = PricedGraphs()
    var refused: RuntimeError?
    var last: Device?
    for listed in candidates {
      let device = try device(listed, in: catalogue, arguments)
      do {
        let fits = try draft.question.on([device]).fits(graphs: graphs)
        last = device
        guard fits else { continue }
        // A default may depend on the card.
        let search = try ConfigurationSearch(of: operands, on: [device], arguments, models)
        if try search.question.fits(graphs: graphs) { return (device, found(device, fits: true)) }
      } catch let error as RuntimeError {
        // Another device may be one that the runtime runs on.
        refused = error
      } catch let error as CommandFailure {
        throw error
      } catch {
        preconditionFailure("a search fails with one of the two")
      }
    }
    if let last { return (last, found(last, fits: false)) }
    guard let refused else { preconditionFailure("the catalogue has devices") }
    throw CommandFailure(refused)
  }

  private static func found(_ device: Device, fits: Bool) -> FoundSetting {
    FoundSetting(
      index: nil, option: Options.gpu.spec.name, value: device.id,
      words: fits
        ? "the smallest \(device.isUnified ? "device" : "card") that holds it"
        : "the largest \(device.isUnified ? "device" : "card") known, and too small",
      fits: fits)
  }
}
