public import VRAMBudget

extension Device {
  /// The device that a preset entry describes, with what of its memory a model cannot have.
  public init(_ entry: DeviceEntry) {
    let total = Bytes.mebibytes(entry.total.mebibytes)
    self.init(
      id: entry.id, name: entry.name, backend: Backend(rawValue: entry.backend) ?? .cpu,
      total: total,
      reservations: [entry.reservation(ofTotal: total), entry.errorCorrection(ofTotal: total)]
        .compactMap { $0 },
      isUnified: entry.isUnified,
      measuredContext: entry.measuredContext.map { .mebibytes($0.mebibytes) },
      multiprocessors: entry.multiprocessors,
      computeCapability: entry.computeCapability.flatMap { ComputeCapability($0) },
      performance: entry.performance)
  }
}

extension DeviceEntry {
  /// How fast the device is; nil where its bandwidth is not known.
  fileprivate var performance: Performance? {
    guard let bandwidth = bandwidth?.value, bandwidth > 0 else { return nil }
    func operations(_ figure: Figure?) -> Double? {
      figure.flatMap { $0.value > 0 ? $0.value * 1e12 : nil }
    }
    let eightBit = [eightBitInteger, eightBitFloat].compactMap(operations).max()
    return Performance(
      bandwidth: bandwidth * 1e9, halfPrecision: operations(halfPrecision), eightBit: eightBit,
      kind: processorKind(gigabytesPerSecond: bandwidth))
  }

  /// The class of processors that the device belongs to.
  ///
  /// NVIDIA's parts with stacked memory have codes of their own (P100 to B300); AMD's are told by
  /// bandwidth: the slowest has 1024 GB/s (Vega 20), the fastest with graphics memory 960.
  private func processorKind(gigabytesPerSecond bandwidth: Double) -> ProcessorKind {
    let stackedCodes = ["6.0", "7.0", "8.0", "9.0", "10.0", "10.3"]
    switch vendor {
    case "NVIDIA" where isUnified: return .nvidiaUnified
    case "NVIDIA":
      return computeCapability.map(stackedCodes.contains) ?? false ? .nvidiaStacked : .nvidia
    case "AMD" where isUnified: return .amdUnified
    case "AMD": return bandwidth > 1000 ? .amdStacked : .radeon
    case "Apple": return .apple
    case "Intel": return .arc
    default: return .processor
    }
  }
}

extension DeviceEntry {
  /// What of the total a model cannot have: the most specific figure that the entry gives, else the
  /// rule for its kind of device.
  fileprivate func reservation(ofTotal total: Bytes) -> Reservation? {
    if let limit {
      let beyond = max(Bytes.zero, total - .mebibytes(limit.mebibytes))
      guard deviceClass == "apu" else {
        return Reservation(
          deviceClass == "mobile" ? .appLimit : .operatingSystem, beyond, basis: .modelled,
          source: limit.source)
      }
      let raised = totalVariants.map(\.memory.mebibytes).max() ?? limit.mebibytes
      return Reservation(
        .graphicsLimit,
        ByteEstimate(
          low: min(beyond, max(.zero, total - .mebibytes(raised))), expected: beyond, high: beyond),
        basis: .modelled, source: "\(limit.source); --gpu-limit says where it was raised")
    }
    if !workingSets.isEmpty {
      let sources = workingSets.map {
        "\($0.memory.mebibytes) MiB (\($0.system)): \($0.memory.source)"
      }
      return .workingSet(
        total: total, limits: workingSets.map { .mebibytes($0.memory.mebibytes) },
        source: "recommendedMaxWorkingSetSize, which iogpu.wired_limit_mb moves (--gpu-limit): "
          + sources.joined(separator: "; "))
    }
    if isUnified {
      return .assumedSystem(ofTotal: total, isPhone: deviceClass == "mobile")
    }
    let observed = runtimeTotals.filter { $0.system != "windows" }
    if let least = observed.min(by: { $0.mebibytes < $1.mebibytes }) {
      return .observedDriver(
        total: total, runtimeTotals: observed.map { .mebibytes($0.mebibytes) },
        source: least.source)
    }
    switch Backend(rawValue: backend) {
    case .cuda: return .estimatedDriver(ofTotal: total)
    case .sycl: return .estimatedArcDriver(ofTotal: total)
    case .rocm, .metal, .vulkan, .cpu, nil: return nil
    }
  }

  /// What error correction takes where the card reports another total with it.
  fileprivate func errorCorrection(ofTotal total: Bytes) -> Reservation? {
    guard let corrected = totalVariants.first(where: { $0.condition == "ECC enabled" }) else {
      return nil
    }
    return .errorCorrection(
      total: total, corrected: .mebibytes(corrected.memory.mebibytes),
      isUsual: deviceClass == "datacenter",
      source:
        "\(corrected.memory.mebibytes) MiB are reported with it, which is usual on Tesla cards"
        + " and not on others: \(corrected.memory.source)")
  }
}
