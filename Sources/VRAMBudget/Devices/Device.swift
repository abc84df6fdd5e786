/// A processor with memory of its own, or a share in the machine's.
public struct Device: Hashable, Sendable {
  public let id: String
  public let name: String
  public internal(set) var backend: Backend
  /// The memory that the driver (or, for shared memory, the system) reports.
  public let total: Bytes
  /// What of the total a model cannot have, in the order it is taken away.
  public private(set) var reservations: [Reservation]
  /// Whether the processor shares its memory with the host.
  public let isUnified: Bool
  /// What an empty process costs on this very device, where it was measured.
  public let measuredContext: Bytes?
  /// The processors of the chip that each need some of an empty process's memory (NVIDIA's SMs); nil
  /// where their number is not known.
  public let multiprocessors: Int64?
  /// NVIDIA's code for what the chip can compute; nil where it is not known, or not NVIDIA's.
  public let computeCapability: ComputeCapability?
  /// Whether nothing but the amount of memory is known.
  public let isMemoryOnly: Bool
  /// How fast it is; nil where its memory's bandwidth is not known.
  public let performance: Performance?

  public init(
    id: String, name: String, backend: Backend, total: Bytes, reservations: [Reservation] = [],
    isUnified: Bool = false, measuredContext: Bytes? = nil, multiprocessors: Int64? = nil,
    computeCapability: ComputeCapability? = nil, isMemoryOnly: Bool = false,
    performance: Performance? = nil
  ) {
    self.id = id
    self.name = name
    self.backend = backend
    self.total = total
    self.reservations = reservations
    self.isUnified = isUnified
    self.measuredContext = measuredContext
    self.multiprocessors = multiprocessors
    self.computeCapability = computeCapability
    self.isMemoryOnly = isMemoryOnly
    self.performance = performance
  }

  /// The sum of all reservations.
  public var reserved: Bytes { reservations.lazy.map(\.bytes).total }

  /// What a model can have as expected; negative when more is reserved than there is.
  public var usable: Bytes { total - reserved }

  /// What a model can have when every reservation is at its most.
  public var leastUsable: Bytes { total - reservations.lazy.map(\.estimate.high).total }

  /// What the device and the host together can have of memory that they share, as expected: the limit
  /// on the device's own share does not bind the whole, the system's needs do.
  public var usableWhenShared: Bytes { total - reservedWhenShared.lazy.map(\.bytes).total }

  /// The same when every reservation is at its most.
  public var leastUsableWhenShared: Bytes {
    total - reservedWhenShared.lazy.map(\.estimate.high).total
  }

  private var reservedWhenShared: [Reservation] {
    reservations.filter { !$0.reason.limitsOneProcess } + [systemWhenShared].compactMap { $0 }
  }

  /// What the system needs of shared memory beside the device's and the host's parts; nil where a
  /// reservation says it already, or nothing is shared.
  public var systemWhenShared: Reservation? {
    let isNamed = reservations.contains { $0.reason == .operatingSystem }
    return isUnified && !isNamed ? .assumedSystem(ofTotal: total, isPhone: false) : nil
  }

  /// The same device with one more reservation.
  public func reserving(_ reservation: Reservation) -> Device {
    var device = self
    device.reservations.append(reservation)
    return device
  }

  /// The same device with another limit on what of shared memory it may use; nil where nothing limits
  /// it.
  ///
  /// - Parameter limit: What the user has set it to (`iogpu.wired_limit_mb`, GTT, an entitlement).
  public func limited(to limit: Bytes) -> Device? {
    guard
      let present = reservations.first(where: {
        $0.reason.limitsOneProcess || $0.reason == .operatingSystem
      }), limit <= total
    else { return nil }
    return without(present.reason).reserving(
      Reservation(present.reason, total - limit, basis: .assumed, source: "given with --gpu-limit"))
  }

  /// The same device without what is taken for one reason.
  func without(_ reason: Reservation.Reason) -> Device {
    var device = self
    device.reservations.removeAll { $0.reason == reason }
    return device
  }
}

/// The programming interface through which a runtime uses a device.
public enum Backend: String, Hashable, Sendable, CaseIterable {
  case cuda, rocm, metal, sycl, vulkan
  /// No accelerator: the host's own processor and memory.
  case cpu
}

/// A part of a device's memory that a model cannot have.
public struct Reservation: Hashable, Sendable {
  public enum Reason: String, Hashable, Sendable {
    /// What the driver keeps for itself.
    case driver
    /// What the system does not let a GPU process use (Apple's working-set limit).
    case workingSetLimit = "working_set_limit"
    /// What of shared memory the system does not map for the GPU (GTT on Linux).
    case graphicsLimit = "graphics_limit"
    /// What the system does not let one app use.
    case appLimit = "app_limit"
    /// What the operating system and other programs use of shared memory.
    case operatingSystem = "operating_system"
    /// What the desktop of a display on this card uses.
    case desktop
    /// What error correction takes of a card that can be switched to it.
    case errorCorrection = "error_correction"
    /// What a runtime that claims a share leaves to others (vLLM).
    case unclaimedShare = "unclaimed_share"
    /// What a runtime keeps free of every device (Ollama).
    case runtime
    /// What the user asked to keep free.
    case user
  }

  public let reason: Reason
  public let estimate: ByteEstimate
  public let basis: Basis
  public let source: String

  /// The expected part.
  public var bytes: Bytes { estimate.expected }

  public init(_ reason: Reason, _ estimate: ByteEstimate, basis: Basis, source: String) {
    self.reason = reason
    self.estimate = estimate
    self.basis = basis
    self.source = source
  }

  public init(_ reason: Reason, _ bytes: Bytes, basis: Basis, source: String) {
    self.init(reason, ByteEstimate(exactly: bytes), basis: basis, source: source)
  }
}

extension Reservation.Reason {
  /// Whether the device's part of shared memory is bound by it, but not the host's beside it.
  var limitsOneProcess: Bool {
    self == .workingSetLimit || self == .graphicsLimit || self == .appLimit
  }
}
