internal import ArgumentParsing
internal import PresetEntries
internal import Presets
internal import Reports
internal import VRAMBudget

/// `vram devices`: the devices known by name.
enum DevicesCommand {
  private enum Order: String, CaseIterable {
    case name, total, usable, bandwidth, year
  }

  private static let family = ListOptions.filter(
    "family", "those of a preset file", example: "nvidia-geforce-rtx-40")
  private static let vendor = ListOptions.filter("vendor", "those of a maker", example: "NVIDIA")
  private static let kind = ListOptions.filter(
    "kind", "those of a class", example: "consumer or datacenter")
  private static let minMemory = Option(
    "min-memory", "SIZE", help: "those sold with so much or more, such as 24GB"
  ) { try Bytes(parsing: $0) }
  private static let maxMemory = Option(
    "max-memory", "SIZE", help: "those sold with so much or less"
  ) { try Bytes(parsing: $0) }
  private static let sort = Option(
    "sort", "ORDER",
    help: "name, total, usable, bandwidth or year; the largest first\n"
      + "(default: by family, as in the preset files)"
  ) { try Options.choice($0, of: Order.self) }

  static let command = Command(
    spec: CommandSpec(
      name: "devices",
      summary: "The devices known by name, with the memory that their drivers report.",
      operands: "[TEXT…]", operandCount: 0...8,
      options: [
        family.spec, vendor.spec, kind.spec, minMemory.spec, maxMemory.spec, sort.spec,
        Options.presets.spec, Options.format.spec, Options.units.spec,
      ],
      examples: [
        .init("vram devices 4060", "those with '4060' in a name"),
        .init(
          "vram devices --vendor AMD --min-memory 20GiB --sort usable", "AMD's larger ones"),
        .init("vram devices rtx-3060-12gb --format json", "a preset file with this entry"),
      ],
      discussion: """
        Usable is what a model can have: the total less what the driver or the system keeps.
        JSON is a preset file: --presets reads it back, and an entry can be pasted into another.
        """),
    run: run)

  private static func run(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) -> Outcome {
    let catalogue = context.catalogue
    let all: [PresetCatalog.ListedDevice]
    do {
      all = try catalogue.allDevices()
    } catch {
      throw CommandFailure(at: "devices", error)
    }
    var devices = try filtered(all, arguments)
    if let order = try arguments.optional(sort) { devices = sorted(devices, by: order) }
    let prefix = try arguments.prefix()
    let output: String
    if let shape = try ListOptions.shape(arguments, context) {
      output = ListReport.text(
        devices: devices.map { summary(of: $0.listing) }, shape, prefix: prefix)
    } else {
      do {
        output = try catalogue.document(of: devices)
      } catch {
        throw CommandFailure(at: "devices", error)
      }
    }
    return Outcome(
      output: output, diagnostics: devices.isEmpty ? "vram: no device is like that\n" : "")
  }

  private static func filtered(
    _ all: [PresetCatalog.ListedDevice], _ arguments: ParsedArguments
  ) throws(CommandFailure) -> [PresetCatalog.ListedDevice] {
    let texts = arguments.operands.map(LooseName.normalized)
    let families = try ListOptions.wanted(
      family, arguments, among: all.compactMap(\.listing.family))
    let vendors = try ListOptions.wanted(vendor, arguments, among: all.map(\.listing.vendor))
    let kinds = try ListOptions.wanted(kind, arguments, among: all.map(\.listing.deviceClass))
    let least = try arguments.optional(minMemory)
    let most = try arguments.optional(maxMemory)
    return all.filter { device in
      let listing = device.listing
      return families.map { $0.contains(listing.family ?? "") } ?? true
        && vendors.map { $0.contains(listing.vendor) } ?? true
        && kinds.map { $0.contains(listing.deviceClass) } ?? true
        && least.map { listing.total >= soldAs($0).leastReported } ?? true
        && most.map { listing.total <= soldAs($0) } ?? true
        && ListOptions.matches(texts, device.names)
    }
  }

  /// The memory that a card of a size has: makers print GB and mean GiB.
  private static func soldAs(_ size: Bytes) -> Bytes {
    let (gigabytes, rest) = size.count.quotientAndRemainder(dividingBy: 1_000_000_000)
    return rest == 0 && gigabytes > 0 && gigabytes < 1 << 20 ? .gibibytes(gigabytes) : size
  }

  private static func sorted(
    _ devices: [PresetCatalog.ListedDevice], by order: Order
  ) -> [PresetCatalog.ListedDevice] {
    func key(_ listing: DeviceListing) -> Double {
      switch order {
      case .name: 0
      case .total: Double(listing.total.count)
      case .usable: Double(listing.usable.count)
      case .bandwidth: listing.bandwidth ?? 0
      case .year: Double(listing.releaseYear ?? 0)
      }
    }
    return devices.sorted {
      let keys = (key($0.listing), key($1.listing))
      return keys.0 == keys.1 ? $0.listing.name < $1.listing.name : keys.0 > keys.1
    }
  }

  private static func summary(of listing: DeviceListing) -> DeviceSummary {
    DeviceSummary(
      id: listing.id, name: listing.name, family: listing.family, vendor: listing.vendor,
      deviceClass: listing.deviceClass, backend: listing.backend, isUnified: listing.isUnified,
      total: listing.total, usable: listing.usable, basis: listing.basis,
      bandwidth: listing.bandwidth, releaseYear: listing.releaseYear)
  }
}

extension Bytes {
  /// The least total that a driver reports of a card sold with so much: an A10 has 22.49 of 24 GiB.
  fileprivate var leastReported: Bytes { Bytes(count / 100 * 93) }
}
