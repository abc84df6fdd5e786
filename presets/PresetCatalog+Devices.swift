public import PresetEntries
public import VRAMBudget

extension PresetCatalog {
  /// Returns the device that a name finds, or those of the cloud machine that it names.
  ///
  /// Case, punctuation and vendor words do not matter, nor where the size stands and how its unit
  /// is written. A size that only repeats what the one device of the name has does not either.
  ///
  /// - Throws: ``PresetError``.
  public func devices(named name: String) throws(PresetError) -> [Device] {
    if let found = try knownDevices(named: name) { return found }
    let meant = try deviceWithoutSize(name).map { [$0.device.id] } ?? []
    let nearest = Self.nearest(to: name, among: deviceNames).filter { !meant.contains($0) }
    throw .unknownDevice(name, nearest: Array((meant + nearest).prefix(3)))
  }

  /// Returns what ``devices(named:)`` does, but nil for an unknown name: it takes long to find what is
  /// near it.
  ///
  /// - Throws: ``PresetError``, for an ambiguous name.
  public func knownDevices(named name: String) throws(PresetError) -> [Device]? {
    for key in PresetName.deviceKeys(name) {
      if let found = try devices(normalized: key) { return found }
      if let ids = choices(named: key) { throw .ambiguousDevice(name, choices: ids) }
    }
    return try deviceWithoutSize(name).flatMap { $0.isOfSize ? [$0.device] : nil }
  }

  /// Returns the device that a name finds; the name of a cloud machine finds none.
  ///
  /// - Throws: ``PresetError``.
  public func device(named name: String) throws(PresetError) -> Device {
    let found = try devices(named: name)
    guard found.count == 1 else { throw .unknownDevice(name, nearest: [found[0].id]) }
    return found[0]
  }

  private func devices(normalized key: String) throws(PresetError) -> [Device]? {
    if let entry = ownDevices.item(named: key)?.entry {
      let machine = entry.instances.first { $0.names.contains(key) }
      return Array(repeating: Device(entry), count: machine?.count ?? 1)
    }
    if let entry = Self.devices.first(named: key), !isReplaced(entry.columns[0]) {
      return [Device(try Self.read(entry.text))]
    }
    if let machine = Self.instances.first(named: key)?.words, machine.count == 2,
      let count = Int(machine[1]), !isReplaced(machine[0])
    {
      return Array(repeating: try device(named: machine[0]), count: count)
    }
    return nil
  }

  private func choices(named key: String) -> [String]? {
    ownDevices.choices(named: key) ?? Self.ambiguousDevices.first(named: key)?.words
  }

  /// The device of a name without its size, and whether that is the size the device is sold with: a
  /// card "of 24 GB" reports 21.6 to 24 GiB.
  private func deviceWithoutSize(
    _ name: String
  ) throws(PresetError) -> (device: Device, isOfSize: Bool)? {
    guard let (bare, gigabytes) = PresetName.withoutSize(name) else { return nil }
    for key in [bare, PresetName.withoutVendor(bare)] {
      guard let found = try devices(normalized: key), found.count == 1 else { continue }
      let sold = Bytes.gibibytes(gigabytes)
      let total = found[0].total
      let isOfSize = total.count >= sold.count / 10 * 9 && total <= sold + .gibibytes(1)
      return (found[0], isOfSize)
    }
    return nil
  }

  private func isReplaced(_ id: String) -> Bool {
    !ownDevices.replaced.isEmpty && ownDevices.replaced.contains(id)
  }

  private var deviceNames: [(ids: [String], names: [String])] {
    Self.devices.all.map { ([$0.columns[0]], $0.names) }
      + Self.ambiguousDevices.all.map { ($0.words, $0.names) }
      + Self.instances.all.map { ($0.columns, $0.names) }
      + ownDevices.items.map { ([$0.entry.id], $0.entry.claims) }
      + ownDevices.ambiguous.map { ($0.ids, [$0.name]) }
  }
}

// MARK: - Lists

extension PresetCatalog {
  /// What lists show of a device, the names that find it, and its file where it is not built in.
  public struct ListedDevice: Sendable {
    public let listing: DeviceListing
    public let names: [String]
    public let path: String?
    fileprivate let text: [UInt8]?
  }

  /// Every device: those built in, in the order of their files, then the user's.
  public func allDevices() throws(PresetError) -> [ListedDevice] {
    var devices: [ListedDevice] = []
    let machines = Dictionary(grouping: Self.instances.all) { $0.words.first ?? "" }
    for entry in Self.devices.all {
      guard let listing = DeviceListing(columns: entry.columns) else {
        throw .damaged("a device's columns")
      }
      guard !isReplaced(listing.id) else { continue }
      let names = entry.names + (machines[listing.id]?.flatMap(\.names) ?? [])
      devices.append(
        ListedDevice(listing: listing, names: names, path: nil, text: entry.text))
    }
    return devices
      + ownDevices.items.map { item in
        ListedDevice(
          listing: DeviceListing(item.entry, family: item.family), names: item.entry.claims,
          path: item.path, text: nil)
      }
  }

  /// The whole entry of a device that is listed.
  ///
  /// - Throws: ``PresetError/damaged(_:)``.
  public func entry(of device: ListedDevice) throws(PresetError) -> DeviceEntry {
    if let text = device.text { return try Self.read(text) }
    guard let item = ownDevices.items.first(where: { $0.entry.id == device.listing.id }) else {
      throw .damaged("'\(device.listing.id)' is not in this catalogue")
    }
    return item.entry
  }

  /// Names that several devices go by.
  public var ambiguousDeviceNames: [(name: String, ids: [String])] {
    Self.ambiguousDevices.all.map { ($0.names[0], $0.words) }
      + ownDevices.ambiguous.map { ($0.name, $0.ids) }
  }
}
